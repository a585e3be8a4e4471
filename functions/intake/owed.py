"""Which letters an inquiry owes from the moment on that the team shall know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake.canary import is_canary
from intake.inquiry import (
    TEAM_ESCALATION,
    TEAM_NEW,
    TEAM_REMINDER,
    TOKENS_LIVE,
    WAIT_FOR_RECORDS,
    Case,
    Inquiry,
    Letter,
)
from intake.service_date import a_working_day_later
from intake.settling import unusable_letter


def letters(
    inquiry: Inquiry, service: Mapping[str, Any], zone: ZoneInfo, now: datetime, *, waits: bool
) -> list[Letter]:
    """
    Return the letters of *inquiry*, owed from *now* on.

    Where the first one *waits* for records, at most 15 minutes, it is only known then since when
    it is owed. A reminder and an escalation stand by from the start, for what nobody opens; who
    opens the case in time never gets them.
    """
    # Counted from the same *now*, so it lies ahead: somebody can look before they are reminded.
    remind_at = inquiry.answer_by
    escalate_at = a_working_day_later(remind_at, service, zone)
    first = [
        Letter(
            inquiry=inquiry.id,
            kind=TEAM_NEW,
            owed_at=None if waits else now,
            due_at=now + WAIT_FOR_RECORDS if waits else now,
        ),
        Letter(inquiry=inquiry.id, kind=inquiry.receipt, owed_at=now, due_at=now),
    ]
    if is_canary(inquiry.id):
        return first  # nobody is to open it
    return [
        *first,
        Letter(inquiry=inquiry.id, kind=TEAM_REMINDER, owed_at=remind_at, due_at=remind_at),
        Letter(inquiry=inquiry.id, kind=TEAM_ESCALATION, owed_at=escalate_at, due_at=escalate_at),
    ]


def on_release(
    case: Case, inquiry: Inquiry, service: Mapping[str, Any], zone: ZoneInfo, now: datetime
) -> list[Letter]:
    """
    Return the letters that a *case* owes once it is out of quarantine, as *inquiry*.

    Files may have been refused there, of which nobody has told the sender.
    """
    after = replace(inquiry, released_at=now, tokens_expire_at=now + TOKENS_LIVE)
    unusable = unusable_letter(replace(case, inquiry=after), now)
    found = letters(inquiry, service, zone, now, waits=False) + ([unusable] if unusable else [])
    return [letter for letter in found if letter.kind not in case.letters]
