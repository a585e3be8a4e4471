"""What the sender is told: that it arrived, how much of it, and when they will hear."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.completeness import completeness
from intake.forms import Form, Forms
from intake.inquiry import Case
from intake.letters.draft import Draft, Link, Mail, NotWanted, mailbox
from intake.letters.posting import Attempt
from intake.rules import get
from intake.words import Words


@dataclass(frozen=True)
class Receipts:
    """
    Composes receipts.

    `admit` counts a receipt against its address's day: anybody can type anybody's address, so a
    form must not become a way to flood a stranger's inbox.
    """

    forms: Forms
    clinic: str
    zone: str
    admit: Callable[[str, str, datetime], bool]

    def compose(self, attempt: Attempt) -> Mail | NotWanted:
        """Return the receipt, or why there is none: the address, or its limit for the day."""
        case = attempt.case
        # Who writes for the patient gave this address as the one to answer to.
        address = mailbox(get(case.inquiry.answers, "contact.email") or "")
        if address is None:
            return NotWanted("address")
        hashed = hashlib.sha256(_mailbox_of(address).encode("ascii")).hexdigest()
        if not self.admit(hashed, case.inquiry.id, attempt.now):
            return NotWanted("limit")
        return Mail((address,), self._draft(attempt))

    def _draft(self, attempt: Attempt) -> Draft:
        """
        Write it in the locale of the form that was sent.

        No form name, which is a diagnosis, and nothing that was typed: the address may belong
        to somebody else.
        """
        case, inquiry = attempt.case, attempt.case.inquiry
        form = self.forms.get(inquiry.form)
        locale = inquiry.locale if inquiry.locale in form.locales else form.locales[0]
        words = Words(locale, form.catalogues[locale])
        zone = ZoneInfo(self.zone)
        due = f"{words.moment(inquiry.answer_by, zone)} ({words.zone_name(zone)})"
        until = words.day(inquiry.tokens_expire_at.astimezone(zone).date().isoformat())
        keys = ("confirm", "link_private", "not_emergency", "not_advice", "not_you", "stop")
        return Draft(
            subject=words.text("mail.receipt.subject", reference=inquiry.reference),
            language=locale,
            direction=words.direction,
            lead=words.text("mail.receipt.lead", reference=inquiry.reference, clinic=self.clinic),
            paragraphs=(
                *_again(attempt, words),
                *_what_arrived(form, case, words),
                words.text("mail.receipt.add", date=until),
                words.text("mail.receipt.answer_by", due=due),
            ),
            link=Link(
                words.text("mail.receipt.link"),
                f"{inquiry.base_url}/u/{inquiry.receipt_token}",
            ),
            closing=(*(words.text(f"mail.receipt.{key}") for key in keys),),
        )


def _again(attempt: Attempt, words: Words) -> tuple[str, ...]:
    """Say why this letter may look familiar."""
    if attempt.letter.resent_at:
        return (words.text("mail.team.resent"),)
    return (words.text("mail.team.repeat"),) if attempt.repeat else ()


def _mailbox_of(address: str) -> str:
    """Return what to count: name+anything@host mostly ends in one person's inbox."""
    name, _, host = address.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{host}"


def _what_arrived(form: Form, case: Case, words: Words) -> tuple[str, ...]:
    """
    Say how much arrived, in counts.

    What is still being checked has arrived, as far as its sender can tell; a verdict follows
    within seconds, and the link shows it.
    """
    counts = completeness(form, case)
    here = counts.received + counts.checking
    arrived = sum(file.state in {"arrived", "clean"} for file in case.files)
    files = words.text("mail.receipt.files", count=arrived)
    if not counts.total:
        return (files,)
    have = words.text("mail.receipt.have", have=here, missing=counts.total - here)
    return have, files
