"""What becomes of an inquiry when its sender corrects it, or takes something back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from intake import changes, clock
from intake.aws.casework import Note
from intake.aws.changed import Change
from intake.changes import (
    ADDRESS,
    CONSENT,
    MAILED,
    NOTE,
    OWN,
    REVIEW,
    TAKEN_BACK,
    WITHDRAWN,
)
from intake.errors import (
    AddressFixedError,
    MalformedError,
    NotConfirmedError,
    NotSignedError,
    PageOutdatedError,
    TooManyNotesError,
    WithdrawnError,
)
from intake.forms import Form
from intake.inquiry import RECEIPTS, TEAM_NEW, TEAM_WITHDRAWN, Case, Inquiry, Letter, is_senders_own
from intake.reading.typed import scalar
from intake.reference import new_id
from sign_upload import wish
from sign_upload.corrected import valid_address, valid_text
from sign_upload.wish import Wish


def planned(form: Form, case: Case, secret: str, wanted: Wish, now: datetime) -> Change | None:
    """
    Return the change that is *wanted* by the link with this *secret*; None: it is done already.

    So a double click, a reload or a lost answer changes nothing more. Raises what the sender is
    to be told where it can't be.
    """
    inquiry = case.inquiry
    if not changes.is_proven(inquiry, secret):
        raise NotConfirmedError
    if changes.is_over(inquiry):
        if wanted.do == wish.WITHDRAW or wanted.said.get("purpose") == REVIEW:
            return None
        raise WithdrawnError
    if wanted.do == wish.CORRECT:
        return _corrected(form, case, secret, wanted, now)
    by = OWN if is_senders_own(inquiry, secret) else MAILED
    if wanted.do == wish.ADD:
        return _noted(case, wanted.said["message"], by, now)
    if wanted.do == wish.WITHDRAW:
        return _withdrawn(case, inquiry, by, now)
    return _revoked(case, wanted.said["purpose"], by, now)


def _corrected(form: Form, case: Case, secret: str, wanted: Wish, now: datetime) -> Change | None:
    """
    Have the receipt go to another address, with a link of its own.

    The one that was mailed before opens nothing from now on: it may be in a stranger's hands.
    """
    inquiry = case.inquiry
    if not is_senders_own(inquiry, secret):
        raise NotSignedError  # what was mailed to an address can't say that it is wrong
    typed = scalar(wanted.said["email"], {"type": "string"})
    if typed == changes.address(inquiry):
        return None
    if wanted.said["seen"] != str(changes.count(inquiry, ADDRESS)):
        raise PageOutdatedError
    if not changes.may_correct_address(inquiry, secret, now):
        raise AddressFixedError
    address = valid_address(form, inquiry, typed)
    kind = RECEIPTS[RECEIPTS.index(inquiry.receipt) + 1]
    after = replace(
        _with(inquiry, ADDRESS, OWN, now),
        address=address,
        address_corrected_at=now,
        address_failed_at=None,
        address_failure=None,
        receipt=kind,
        receipt_secret=new_id(),
    )
    old = case.letters.get(inquiry.receipt)
    # What looks like a bot's has no letters; its receipt is owed when it is released.
    is_owed = TEAM_NEW in case.letters
    return _told(
        case,
        Change(
            after,
            (
                *("changes", "address", "address_corrected_at", "address_failed_at"),
                *("address_failure", "receipt", "receipt_secret"),
            ),
            _note(now, OWN, "sender_address", why=address),
            owed=[Letter(inquiry.id, kind, due_at=now, owed_at=now)] if is_owed else [],
            closed=[old] if old and old.due_at and not old.sent_at else [],
            reason="address_changed",
            # A stranger who has it may be confirming it this moment.
            only_if="attribute_not_exists(confirmed_at)",
        ),
        now,
    )


def _noted(case: Case, typed: str, by: str, now: datetime) -> Change | None:
    """Keep a text beside the answers; the same once more is a second click."""
    inquiry = case.inquiry
    text = valid_text(typed)
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if any(change.get("text_sha256") == sha256 for change in inquiry.changes):
        return None
    if not changes.may_add_note(inquiry):
        raise TooManyNotesError(limit=changes.MOST_NOTES)
    after = _with(inquiry, NOTE, by, now, text_sha256=sha256)
    return _told(case, Change(after, ("changes",), _note(now, by, "sender_note", why=text)), now)


def _revoked(case: Case, purpose: str, by: str, now: datetime) -> Change | None:
    """Take back a consent; without the one to look at the data, the inquiry goes with it."""
    inquiry = case.inquiry
    last = changes.decisions(inquiry).get(purpose)
    if last is None or last["decision"] == "refused":
        raise MalformedError
    if last["decision"] == TAKEN_BACK:
        return None
    entry = {**last, "decision": TAKEN_BACK, "received_at": clock.text(now), "channel": "link"}
    revoked = replace(inquiry, consents=(*inquiry.consents, entry))
    if purpose == REVIEW:
        return _withdrawn(case, revoked, by, now)
    after = _with(revoked, CONSENT, by, now, purpose=purpose)
    note = _note(now, by, "sender_consent", purpose=purpose)
    return _told(case, Change(after, ("changes", "consents"), note), now)


def _withdrawn(case: Case, inquiry: Inquiry, by: str, now: datetime) -> Change:
    """
    End it: no letter leaves any more but the one that says so.

    The team is told even of what it never heard of: an address may be a stranger's, who confirms
    and withdraws before the first letter, and nothing accepted ends unseen. Only what is kept
    aside has no team yet.
    """
    purpose = {"purpose": REVIEW} if inquiry is not case.inquiry else {}
    after = replace(_with(inquiry, WITHDRAWN, by, now, **purpose), withdrawn_at=now)
    told = Letter(inquiry.id, TEAM_WITHDRAWN, due_at=now, owed_at=now)
    return Change(
        after,
        ("changes", "withdrawn_at", *(("consents",) if purpose else ())),
        _note(now, by, "sender_withdrew", **purpose),
        owed=[] if inquiry.is_quarantined else [told],
        closed=tuple(changes.unsent(case)),
        reason="withdrawn",
    )


def _told(case: Case, change: Change, now: datetime) -> Change:
    """Have the team told: by the letter that waits for more to tell, or by one of its own."""
    waiting = changes.waiting_letter(case)
    if waiting:
        return replace(change, joined=waiting)
    letter = changes.next_letter(case, now)
    return replace(change, owed=[*change.owed, letter]) if letter else change


def _with(inquiry: Inquiry, what: str, by: str, now: datetime, **about: str) -> Inquiry:
    entry = {"what": what, "at": clock.text(now), "by": by, **about}
    return replace(inquiry, changes=(*inquiry.changes, entry))


def _note(
    now: datetime, by: str, did: str, why: str | None = None, purpose: str | None = None
) -> Note:
    return Note(clock.text(now), by, "", did, why=why, purpose=purpose)
