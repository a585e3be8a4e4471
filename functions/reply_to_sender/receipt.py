"""What the sender is told: that it arrived, how much of it, and when they will hear."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.canary import MAILBOX
from intake.changes import stops_mail
from intake.forms import Forms
from intake.inboxes import inbox_of
from intake.inquiry import RECEIPT, Case
from intake.letters.draft import Draft, Mail, NotWanted
from intake.letters.posting import Attempt
from intake.standing import is_on_its_way
from intake.words import Words
from reply_to_sender.words import ADDRESS_FAILED, WITHDRAWN, Reader, address_of


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
        if case.inquiry.withdrawn_at:
            return NotWanted(WITHDRAWN)
        if case.inquiry.receipt != attempt.letter.kind:
            return NotWanted("address_changed")
        address = address_of(case)
        if address is None:
            return NotWanted("address")
        if case.inquiry.address_failed_at:
            return NotWanted(ADDRESS_FAILED)
        # Nobody reads that one, and strangers could use up its day.
        if address != MAILBOX and not self._admits(address, attempt):
            return NotWanted("limit")
        return Mail((address,), self._draft(attempt))

    def _admits(self, address: str, attempt: Attempt) -> bool:
        hashed = hashlib.sha256(inbox_of(address).encode("ascii")).hexdigest()
        # A correction may lead back to an address that had its receipt: that is one more.
        inquiry, kind = attempt.case.inquiry.id, attempt.letter.kind
        counted = inquiry if kind == RECEIPT else f"{inquiry} {kind}"
        return self.admit(hashed, counted, attempt.now)

    def _draft(self, attempt: Attempt) -> Draft:
        """
        Write it in the locale of the form that was sent.

        No form name, which is a diagnosis, and nothing that was typed: the address may belong
        to somebody else.
        """
        case, inquiry = attempt.case, attempt.case.inquiry
        zone = ZoneInfo(self.zone)
        reader = Reader.of(self.forms.get(inquiry.form), case, zone)
        words = reader.words
        due = f"{words.moment(inquiry.answer_by, zone)} ({words.zone_name(zone)})"
        keys = ("confirm", "wrong", "link_private", "not_emergency", "not_advice")
        return Draft(
            subject=words.text("mail.receipt.subject", reference=inquiry.reference),
            language=words.locale,
            direction=words.direction,
            lead=words.text("mail.receipt.lead", reference=inquiry.reference, clinic=self.clinic),
            paragraphs=(
                *reader.again(attempt),
                *reader.records(attempt.now),
                *_files(words, case),
                words.text("mail.receipt.add", date=reader.until),
                words.text("upload.change.no_contact")
                if stops_mail(inquiry)
                else words.text("mail.receipt.answer_by", due=due),
            ),
            link=reader.link("mail.receipt.link"),
            closing=tuple(words.text(f"mail.receipt.{key}") for key in (*keys, "not_you", "stop")),
        )


def _files(words: Words, case: Case) -> Iterator[str]:
    """Say how many files came and will come; that there are none goes without saying."""
    # What is still being checked has arrived, as far as its sender can tell.
    arrived = sum(file.state in {"arrived", "clean"} for file in case.files)
    coming = sum(map(is_on_its_way, case.files))
    if arrived:
        yield words.text("mail.receipt.files", count=arrived)
    if coming:
        yield words.counted("mail.receipt.coming", coming)
