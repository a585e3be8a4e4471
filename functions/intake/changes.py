"""
What a sender may change afterwards, by their link: how often, until when, and what that leaves.

Each change is added to `Inquiry.changes` and never taken away; what was posted stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from intake.inquiry import (
    RECEIPTS,
    TEAM_CHANGES,
    TEAM_NEW,
    Case,
    Inquiry,
    Letter,
    is_senders_own,
)
from intake.rules import get

ADDRESS, NOTE, CONSENT, WITHDRAWN = "address", "note", "consent", "withdrawn"
# Who did it: the link that the browser got, or the one that was mailed.
OWN, MAILED = "sender:browser", "sender:mail"

MOST_ADDRESSES = len(RECEIPTS) - 1
MOST_NOTES = 8
NOTE_LENGTH = 2000
# Who mistyped their address notices when no receipt comes. Later it is a matter for the staff.
CORRECT_WITHIN = timedelta(hours=24)

EMAIL = "contact.email"
# Without it nobody may look at the inquiry any more.
REVIEW = "health_data_review"
CONTACT = "contact_about_inquiry"
GRANTED, TAKEN_BACK = "granted", "withdrawn"

# Who corrects one thing often sees another: one letter tells of both.
QUIET = timedelta(minutes=2)
# A first letter that waits for records goes before.
_AFTER_THE_FIRST = timedelta(minutes=1)


def address(inquiry: Inquiry) -> str:
    """Return the sender's address as it is now, "" where none was asked for."""
    return inquiry.address or get(inquiry.answers, EMAIL) or ""


def count(inquiry: Inquiry, what: str) -> int:
    """Return how often the sender changed this."""
    return sum(change["what"] == what for change in inquiry.changes)


def is_proven(inquiry: Inquiry, secret: str) -> bool:
    """
    Tell whether the holder of *secret* may change anything.

    The browser's own link was given to whoever sent the form. The receipt's was mailed to an
    address that may be a stranger's, until somebody there said that it is theirs.
    """
    return is_senders_own(inquiry, secret) or inquiry.confirmed_at is not None


def may_correct_address(inquiry: Inquiry, secret: str, now: datetime) -> bool:
    """Tell whether the holder of *secret* may still say where the receipt should have gone."""
    return (
        is_senders_own(inquiry, secret)
        and inquiry.confirmed_at is None
        and bool(address(inquiry))
        and now - inquiry.received_at < CORRECT_WITHIN
        and count(inquiry, ADDRESS) < MOST_ADDRESSES
        and not is_over(inquiry)
    )


def may_add_note(inquiry: Inquiry) -> bool:
    """Tell whether there is room for another correction in the sender's words."""
    return count(inquiry, NOTE) < MOST_NOTES and not is_over(inquiry)


def is_over(inquiry: Inquiry) -> bool:
    """Tell whether the sender wants nothing more of it."""
    return inquiry.withdrawn_at is not None


def decisions(inquiry: Inquiry) -> Mapping[str, Mapping[str, str]]:
    """Return the last record of the consent ledger for each purpose, in the order of the form."""
    return {consent["purpose"]: consent for consent in inquiry.consents}


def granted(inquiry: Inquiry) -> tuple[Mapping[str, str], ...]:
    """Return the consents that hold."""
    return tuple(each for each in decisions(inquiry).values() if each["decision"] == GRANTED)


def taken_back(inquiry: Inquiry) -> tuple[Mapping[str, str], ...]:
    """Return the consents that were given and taken back."""
    return tuple(each for each in decisions(inquiry).values() if each["decision"] == TAKEN_BACK)


def stops_mail(inquiry: Inquiry) -> bool:
    """
    Tell whether the sender refused that we write to them, at once or later.

    The text that they read promises then a receipt with a link and nothing else.
    """
    decided = decisions(inquiry).get(CONTACT)
    return decided is not None and decided["decision"] != GRANTED


def heard(case: Case, but: str = "") -> int:
    """
    Return of how many changes the team surely heard, not counting the letter *but*.

    The fallback letter is read by somebody else, and what became of a note that was lost nobody
    knows: then the team is rather told twice than never.
    """
    told = (TEAM_NEW, *TEAM_CHANGES)
    letters = (case.letters[kind] for kind in told if kind in case.letters and kind != but)
    return max((each.heard or 0 for each in letters if each.sent_at), default=0)


def untold(case: Case, but: str = "") -> tuple[Mapping[str, str], ...]:
    """Return the changes that no letter but *but* has told the team of."""
    return case.inquiry.changes[heard(case, but) :]


def waiting_letter(case: Case) -> Letter | None:
    """Return the letter of changes that is owed and not yet being written: it tells of all."""
    letters = (case.letters[kind] for kind in TEAM_CHANGES if kind in case.letters)
    return next((each for each in letters if each.due_at and each.claimed_at is None), None)


def next_letter(case: Case, now: datetime) -> Letter | None:
    """
    Return the letter that a change owes the team now; None if they are not to know the inquiry.

    It is owed once the sender has had a moment for the next change, and follows the first letter.
    """
    first = case.letters.get(TEAM_NEW)
    kind = next((kind for kind in TEAM_CHANGES if kind not in case.letters), None)
    if first is None or kind is None:
        return None
    at = now + QUIET
    if first.due_at and first.claimed_at is None:
        at = max(at, first.due_at + _AFTER_THE_FIRST)
    return Letter(case.inquiry.id, kind, due_at=at, owed_at=at)


def unsent(case: Case) -> Iterator[Letter]:
    """Yield the letters that a withdrawal closes: to the team and to the sender."""
    for letter in case.letters.values():
        if letter.due_at and letter.sent_at is None:
            yield letter
