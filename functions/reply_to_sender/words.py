"""What every letter to a sender needs: where it goes, in whose words, and behind which link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from intake import canary, changes
from intake.forms import Form
from intake.inquiry import Case
from intake.letters.counts import records
from intake.letters.draft import Link, mailbox
from intake.letters.posting import Attempt
from intake.standing import Completeness, completeness
from intake.words import Words

# Why nothing is written to a sender any more: mail to them came back, or was not wanted.
ADDRESS_FAILED = "address_failed"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Reader:
    """The sender of one case, in the locale of the form that was sent."""

    form: Form
    case: Case
    words: Words
    zone: ZoneInfo

    @classmethod
    def of(cls, form: Form, case: Case, zone: ZoneInfo) -> Reader:
        """Return the reader of *case*; a locale that the form has dropped falls back."""
        locale = case.inquiry.locale
        locale = locale if locale in form.locales else form.locales[0]
        return cls(form, case, Words(locale, form.catalogues[locale]), zone)

    @property
    def until(self) -> str:
        """The last day on which the link opens."""
        expires = self.case.inquiry.tokens_expire_at.astimezone(self.zone)
        return self.words.day(expires.date().isoformat())

    def link(self, key: str) -> Link:
        """Return the link that was mailed to this address and nowhere else."""
        inquiry = self.case.inquiry
        return Link(self.words.text(key), f"{inquiry.base_url}/u/{inquiry.receipt_token}")

    def counts(self, now: datetime) -> Completeness:
        """Return how the required records stand today, by the clinic's calendar."""
        return completeness(self.form, self.case, now.astimezone(self.zone).date())

    def records(self, now: datetime) -> tuple[str, ...]:
        """Say how the required records stand; nothing where the form requires none."""
        counts = self.counts(now)
        if not counts.total:
            return ()
        said = records(self.words, "sender", counts)
        return (self.words.text("mail.sender_records.all", records=said),)

    def again(self, attempt: Attempt) -> tuple[str, ...]:
        """Say why this letter may look familiar."""
        resent = attempt.letter.resent_at
        if not (resent or attempt.repeat):
            return ()
        why = self.words.text(f"mail.team.{'resent' if resent else 'repeat'}")
        return (f"{why} {self.words.text('mail.receipt.known')}",)


def address_of(case: Case) -> str | None:
    """
    Return where to write, None if that can't be done safely.

    Who writes for the patient gave this address as the one to answer to.
    """
    if canary.is_canary(case.inquiry.id):
        return canary.MAILBOX
    return mailbox(changes.address(case.inquiry))
