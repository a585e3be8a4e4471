"""One case for one reader, as the page shows it: what is known, in words, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake import changes, clock, doubts
from intake.aws.casework import Note
from intake.forms import Form
from intake.inquiry import Case, Inquiry
from intake.rules import get
from intake.standing import completeness
from intake.words import Words
from open_case import address, history
from open_case.access import Staff
from open_case.actions import possible
from open_case.answers import Answers
from open_case.board import Board
from open_case.short import Short


@dataclass(frozen=True)
class Seen:
    """A case with what was noted about it."""

    case: Case
    decisions: Sequence[Note]
    looks: Sequence[Note]


def view(
    form: Form, seen: Seen, staff: Staff, words: Words, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """Return the case as JSON. What anybody typed is a value in it and never a name."""
    inquiry, today = seen.case.inquiry, now.astimezone(zone).date()
    counts = completeness(form, seen.case, today)
    board = Board(form, seen.case, staff, words, today, zone)
    short = Short(form, inquiry.answers, words, today)
    return {
        "who": {"name": staff.name, "role": staff.forms[form.name]},
        "reference": inquiry.reference,
        "revision": inquiry.revision,
        "form": {"name": form.name, "title": words.text("form.title")},
        "received": clock.text(inquiry.received_at),
        "answerBy": clock.text(inquiry.answer_by),
        "opened": _text(inquiry.opened_at),
        "answered": _text(inquiry.answered_at),
        "withdrawn": _text(inquiry.withdrawn_at),
        "changes": history.changes(inquiry, seen.decisions, words),
        "quarantine": _quarantine(inquiry),
        "language": {
            "preferred": get(inquiry.answers, "contact.preferred_language") or inquiry.locale,
            "interpreter": get(inquiry.answers, "contact.interpreter_needed"),
        },
        "addressConfirmed": inquiry.confirmed_at is not None,
        "addressProblem": address.problem(seen.case, words),
        "can": possible(inquiry, staff),
        "short": [*short.lines(), *_no_contact(inquiry, words)],
        "check": [
            *short.check(doubts.of_answers(inquiry, board.standings)),
            *board.checks(),
        ],
        "completeness": {"have": counts.complete, "total": counts.total},
        "studies": board.studies(),
        "requirements": board.requirements(),
        "otherFiles": board.other_files(),
        "answers": Answers(form, words, zone).sections(inquiry),
        "letters": history.letters(seen.case, staff, words),
        "history": history.told(seen.case, seen.decisions, words),
        "access": history.looks(seen.looks, words),
    }


def _no_contact(inquiry: Inquiry, words: Words) -> Iterator[str]:
    """Say that nobody may call or write, which is else one row of many."""
    if changes.stops_mail(inquiry):
        yield words.text("case.short.no_contact")


def _quarantine(inquiry: Inquiry) -> dict[str, str | None] | None:
    if inquiry.quarantined_at is None:
        return None
    decided = "rejected" if inquiry.rejected_at else None
    return {
        "since": clock.text(inquiry.quarantined_at),
        "decided": "released" if inquiry.released_at else decided,
    }


def _text(at: datetime | None) -> str | None:
    return clock.text(at) if at else None
