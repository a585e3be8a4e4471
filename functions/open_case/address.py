"""What is wrong with the sender's address, and how else they asked to be reached."""

from __future__ import annotations

from datetime import datetime

from intake import clock
from intake.inquiry import RECEIPTS, SENDER_LETTERS, Case, Inquiry, Letter
from intake.rules import get
from intake.words import MissingTextError, Words

# Why a letter to the sender was closed unsent: their address can't be written to.
_UNWRITABLE = {"address", "MessageRejected"}
# SES knew the address from before and did not even try.
_SUPPRESSED = ("/OnAccountSuppressionList", "/Suppressed")
_MAIL = "email"


def problem(case: Case, words: Words) -> dict[str, str | None] | None:
    """Return what keeps mail from the sender, since when, and what to try; None if nothing does."""
    found = _found(case)
    if found is None:
        return None
    kind, at = found
    return {
        "kind": kind,
        "at": clock.text(at) if at else None,
        "channel": _channel(case, words),
        "phone": get(case.inquiry.answers, "contact.phone"),
    }


def _found(case: Case) -> tuple[str, datetime | None] | None:
    """Return the kind of problem: an address given up, one never written to, or a doubt."""
    inquiry = case.inquiry
    letters = [each for each in case.letters.values() if _went_there(each, inquiry)]
    if inquiry.address_failed_at:
        how = inquiry.address_failure or "bounced"
        is_suppressed = how == "bounced" and any(map(_was_suppressed, letters))
        return "suppressed" if is_suppressed else how, inquiry.address_failed_at
    if any(letter.delivered_at for letter in letters):
        return None  # so it does work
    unwritable = next((each.closed_at for each in letters if each.reason in _UNWRITABLE), None)
    if unwritable:
        return "unwritable", unwritable
    in_doubt = [at for at in map(_in_doubt_since, letters) if at]
    return ("unsure", min(in_doubt)) if in_doubt else None


def _went_there(letter: Letter, inquiry: Inquiry) -> bool:
    """Tell whether a letter went to the sender's address as it is now, and not to one before."""
    if letter.kind in RECEIPTS or letter.kind not in SENDER_LETTERS:
        return letter.kind == inquiry.receipt
    since = inquiry.address_corrected_at
    return since is None or (letter.claimed_at is not None and letter.claimed_at > since)


def _was_suppressed(letter: Letter) -> bool:
    return bool(letter.bounced_at and (letter.reason or "").endswith(_SUPPRESSED))


def _in_doubt_since(letter: Letter) -> datetime | None:
    """Return since when a letter probably did not arrive."""
    lost_at = letter.undelivered_at or letter.gave_up_at
    return letter.bounced_at or letter.soft_bounced_at or lost_at


def _channel(case: Case, words: Words) -> str | None:
    """Return how they asked to be reached, unless it was by mail."""
    channel = get(case.inquiry.answers, "contact.preferred_channel")
    if not isinstance(channel, str) or channel == _MAIL:
        return None
    try:
        return words.option("contact.preferred_channel", channel)
    except MissingTextError:
        return channel
