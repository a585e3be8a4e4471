"""What the sender's page says of what can be changed, and of what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake import changes, clock
from intake.changes import ADDRESS, CONSENT, CONTACT, EMAIL, NOTE, REVIEW
from intake.errors import IntakeError, InvalidAnswersError
from intake.forms import Form
from intake.inquiry import Inquiry, is_senders_own
from intake.rules import get
from intake.words import Words
from sign_upload import wish
from sign_upload.wish import Wish

# What a question behind `?ask=` is about, besides a consent's purpose.
WITHDRAW = "withdraw"
# The form has other labels for the fields that these become.
_LABELS = {EMAIL: "upload.change.address_label", "message": "upload.change.note_label"}


@dataclass(frozen=True)
class Consent:
    """A consent as its page names it."""

    purpose: str
    title: str

    @property
    def ends_it(self) -> bool:
        """Whether the inquiry goes with it."""
        return self.purpose == REVIEW


@dataclass(frozen=True)
class Changing:
    """The part of the page where the sender puts something right."""

    form: Form
    inquiry: Inquiry
    words: Words
    secret: str
    now: datetime
    zone: ZoneInfo
    wanted: Wish | None = None
    error: IntakeError | None = None
    about: str = ""  # what `?ask=` names

    @property
    def corrects(self) -> bool:
        """Whether they came by the link beside the address: its form is unfolded then."""
        return self.about == ADDRESS

    @property
    def address(self) -> str:
        """The address as it is now, for whoever sent the form and for nobody else."""
        is_own = is_senders_own(self.inquiry, self.secret)
        return changes.address(self.inquiry) if is_own else ""

    @property
    def may_correct(self) -> bool:
        """Whether the address can still be corrected."""
        return changes.may_correct_address(self.inquiry, self.secret, self.now)

    @property
    def is_proven(self) -> bool:
        """Whether this link may change anything else."""
        return changes.is_proven(self.inquiry, self.secret)

    @property
    def may_add(self) -> bool:
        """Whether there is room for another correction."""
        return changes.may_add_note(self.inquiry)

    @property
    def seen(self) -> int:
        """How often the address was corrected before this page was made."""
        return changes.count(self.inquiry, ADDRESS)

    @property
    def most(self) -> int:
        """How long a correction may be."""
        return changes.NOTE_LENGTH

    @property
    def _is_tried(self) -> bool:
        return self.error is not None and self.wanted is not None and self.wanted.is_change

    def typed(self, name: str) -> str:
        """Return what was typed, where it was refused."""
        return self.wanted.said.get(name, "") if self.wanted and self._is_tried else ""

    def problem(self, field: str) -> str | None:
        """Say what is wrong with what was typed, in the words of this page."""
        if not isinstance(self.error, InvalidAnswersError):
            return None
        label = self.words.text(_LABELS[field])
        found = (each for each in self.error.problems if each.field == field)
        named = (replace(each, params={**each.params, "label": label}) for each in found)
        return next((self.words.problem(each) for each in named), None)

    @property
    def told(self) -> tuple[str, str] | None:
        """Say first what did not work: of what was typed here, what to write instead."""
        if self.error is None:
            return None
        title, text = self.words.refusal(self.error)
        return title, self.problem(EMAIL) or self.problem("message") or text

    @property
    def consents(self) -> tuple[Consent, ...]:
        """The consents that hold."""
        return tuple(self._named(each) for each in changes.granted(self.inquiry))

    @property
    def no_contact(self) -> bool:
        """Whether we do not write to them any more."""
        return changes.stops_mail(self.inquiry)

    @property
    def lines(self) -> tuple[str, ...]:
        """What was changed so far, and when; never what it says: a stranger may have this link."""
        return tuple(self._line(change) for change in self.inquiry.changes)

    @property
    def has_phone(self) -> bool:
        """Whether they can be reached without mail."""
        return bool(get(self.inquiry.answers, "contact.phone"))

    def asked(self, about: str) -> Consent | None:
        """Return the consent that a question is about; None: it is the whole inquiry."""
        return next((each for each in self.consents if each.purpose == about), None)

    def _line(self, change: Mapping[str, str]) -> str:
        at = self.words.moment(clock.moment(change["at"]), self.zone)
        about = {"title": self._title(change["purpose"])} if change["what"] == CONSENT else {}
        return self.words.text(f"upload.change.did.{change['what']}", at=at, **about)

    def _named(self, consent: Mapping[str, str]) -> Consent:
        notice = self.form.notices_by_hash.get(consent.get("notice_sha256", ""))
        wanted = self.form.notice(consent["purpose"], self.words.locale) or notice
        title = wanted.title if wanted and wanted.locale == self.words.locale else None
        return Consent(consent["purpose"], title or self._title(consent["purpose"]))

    def _title(self, purpose: str) -> str:
        return self.words.option("consents.purpose", purpose)


def asks(inquiry: Inquiry, secret: str, about: str) -> bool:
    """Tell whether the page is to ask once more before something that can't be undone."""
    if inquiry.withdrawn_at or not changes.is_proven(inquiry, secret):
        return False
    held = {each["purpose"] for each in changes.granted(inquiry)}
    return about == WITHDRAW or about in held


def what_to_do(about: str) -> tuple[str, str]:
    """Return the button's `do`, and the purpose that goes with it."""
    return (wish.WITHDRAW, "") if about == WITHDRAW else (wish.REVOKE, about)


def effect(about: str) -> str:
    """Return the key of what will happen, in the catalogue's `upload.ask`."""
    if about in {WITHDRAW, REVIEW}:
        return WITHDRAW
    return about if about in {CONTACT, "unencrypted_email"} else "consent"


def body(inquiry: Inquiry, secret: str, now: datetime) -> Mapping[str, Any]:
    """Return for a script what was changed and what may be; nothing that was typed."""
    return {
        "withdrawn": clock.text(inquiry.withdrawn_at) if inquiry.withdrawn_at else None,
        "changes": [{"what": each["what"], "at": each["at"]} for each in inquiry.changes],
        "consents": [
            {"purpose": purpose, "decision": each["decision"]}
            for purpose, each in changes.decisions(inquiry).items()
        ],
        "may": {
            "correctAddress": changes.may_correct_address(inquiry, secret, now),
            "addNote": changes.is_proven(inquiry, secret) and changes.may_add_note(inquiry),
            "withdraw": changes.is_proven(inquiry, secret) and not changes.is_over(inquiry),
        },
        "addressCorrections": changes.count(inquiry, ADDRESS),
        "notesLeft": changes.MOST_NOTES - changes.count(inquiry, NOTE),
    }
