"""What the sender is told of files that were refused: how many, and where to read why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.changes import stops_mail
from intake.forms import Forms
from intake.inquiry import Case
from intake.letters.draft import Draft, Mail, NotWanted
from intake.letters.posting import Attempt, NotTakenError
from intake.settling import refused
from reply_to_sender.words import ADDRESS_FAILED, WITHDRAWN, Reader, address_of

_CLOSING = ("link_private", "not_emergency", "not_advice", "stop")


@dataclass(frozen=True)
class UnusableFiles:
    """Composes the letter of refused files, for an address that is known to be the sender's."""

    forms: Forms
    zone: str

    def compose(self, attempt: Attempt) -> Mail | NotWanted:
        """
        Return the mail, or why there is none. Raises NotTakenError while nobody confirmed.

        Staff who have it sent again vouch for the address themselves.
        """
        case = attempt.case
        address = address_of(case)
        if address is None:
            return NotWanted("address")
        reason = _not_wanted(case, attempt.now)
        if reason:
            return NotWanted(reason)
        if not (case.inquiry.confirmed_at or attempt.letter.resent_at):
            raise NotTakenError("unconfirmed")
        files = refused(case)
        return Mail((address,), self._draft(attempt, len(files)), tuple(n.n for n in files))

    def _draft(self, attempt: Attempt, count: int) -> Draft:
        """Write it without kinds and reasons: those stand behind the link alone."""
        case = attempt.case
        form = self.forms.get(case.inquiry.form)
        reader = Reader.of(form, case, ZoneInfo(self.zone))
        words, reference = reader.words, case.inquiry.reference
        return Draft(
            subject=words.text("mail.unusable.subject", reference=reference),
            language=words.locale,
            direction=words.direction,
            lead=words.counted("mail.unusable.lead", count, reference=reference),
            paragraphs=(
                *reader.again(attempt),
                words.text("mail.unusable.why", date=reader.until),
                *reader.records(attempt.now),
            ),
            link=reader.link("mail.unusable.link"),
            closing=tuple(words.text(f"mail.receipt.{key}") for key in _CLOSING),
        )


def _not_wanted(case: Case, now: datetime) -> str | None:
    """Return why there is nothing to say any more, or nobody to say it to."""
    inquiry = case.inquiry
    if inquiry.rejected_at:
        return "rejected"
    reasons = {
        WITHDRAWN: inquiry.withdrawn_at,
        "no_contact": stops_mail(inquiry),
        "answered": inquiry.answered_at,
        "expired": now >= inquiry.tokens_expire_at,
        "nothing_new": not refused(case),
        ADDRESS_FAILED: inquiry.address_failed_at,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
