"""What happened to a case: its letters, what was decided, and who looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from intake import clock
from intake.aws.casework import Note
from intake.changes import ADDRESS, CONSENT, MAILED, NOTE, OWN, WITHDRAWN
from intake.inquiry import (
    RECEIPTS,
    TEAM_CHANGE,
    TEAM_FOLLOW_UP,
    Case,
    Inquiry,
    Letter,
    is_change,
    is_follow_up,
)
from intake.words import MissingTextError, Words
from open_case.access import Staff
from open_case.actions import RESEND, ROLES, WAIVE, can_be_sent_again, was_here

_WITHDREW = "sender_withdrew"
# What a sender did, by the name of its event.
_BY_SENDER = {
    "sender_address": ADDRESS,
    "sender_note": NOTE,
    "sender_consent": CONSENT,
    _WITHDREW: WITHDRAWN,
}
# The first that is true says most: of several readers one may have it and another not.
_STAMPS = (
    ("complained", "complained_at"),
    ("bounced", "bounced_at"),
    ("rejected", "rejected_at"),
    ("delivered", "delivered_at"),
    ("soft_bounced", "soft_bounced_at"),
    ("undelivered", "undelivered_at"),
    ("gave_up", "gave_up_at"),
    ("closed", "closed_at"),
    ("delayed", "delayed_at"),
    ("sent", "sent_at"),
)


def letters(case: Case, staff: Staff, words: Words) -> list[dict[str, Any]]:
    """Return the letters of *case*, as they fell due."""
    may = staff.may(ROLES[RESEND], case.inquiry.form)
    rows = []
    for letter in sorted(case.letters.values(), key=_since):
        state, at = state_of(letter)
        rows.append(
            {
                "kind": letter.kind,
                "kindText": _name(letter.kind, words),
                "state": state,
                "stateText": words.text(f"case.letter_states.{state}"),
                "at": clock.text(at) if at else None,
                "can": [RESEND] if may and can_be_sent_again(case, letter) else [],
            }
        )
    return rows


def state_of(letter: Letter) -> tuple[str, datetime | None]:
    """Return in which state a letter is, and since when, or until when it waits."""
    for state, stamp in _STAMPS:
        at: datetime | None = getattr(letter, stamp)
        if at:
            # By then it counted as undelivered, and somebody else was told.
            is_late = state == "delivered" and letter.undelivered_at
            return ("delivered_late" if is_late else state), at
    return ("trying", letter.claimed_at) if letter.attempts else ("waiting", letter.due_at)


def told(case: Case, notes: Iterable[Note], words: Words) -> list[dict[str, Any]]:
    """Return what became of the case, the newest first."""
    happened = [
        {"at": clock.text(at), "who": "", "text": words.text(f"case.history.{key}")}
        for key, at in _own_times(case)
        if at
    ]
    happened += [
        {"at": note.at, "who": _who(note, words), "text": _decided(case, note, words)}
        for note in sorted(notes, key=lambda note: note.at)
    ]
    # Of one moment, what is told later here happened later.
    return sorted(happened, key=lambda each: each["at"])[::-1]


def changes(inquiry: Inquiry, notes: Iterable[Note], words: Words) -> list[dict[str, str]]:
    """Return what the sender changed, as it should be seen first: a withdrawal before all."""
    found = [
        {"at": note.at, "kind": kind, "text": _changed(kind, note, inquiry, words)}
        for note in sorted(notes, key=lambda note: note.at)
        if (kind := _BY_SENDER.get(note.did))
    ]
    return sorted(found, key=lambda each: each["kind"] != WITHDRAWN)


def _changed(kind: str, note: Note, inquiry: Inquiry, words: Words) -> str:
    said = _purpose(note, words) if note.purpose else note.why or ""
    own = words.maybe(f"case.changes.{note.purpose}") if kind == CONSENT else None
    if kind == ADDRESS and note.why != inquiry.address:
        said = inquiry.address or ""  # corrected once more since
    return (own or words.text(f"case.changes.{kind}")).format_map({"said": said})


def looks(notes: Iterable[Note], words: Words) -> list[dict[str, Any]]:
    """Return who looked at the case or at a file of it, the newest first."""
    return [
        {
            "at": note.at,
            "who": note.name,
            "text": words.text("case.access.case")
            if note.file is None
            else words.text("case.access.file", n=_place(note)),
        }
        for note in notes
    ]


def _own_times(case: Case) -> Iterator[tuple[str, datetime | None]]:
    inquiry = case.inquiry
    yield "received", inquiry.received_at
    yield "quarantined", inquiry.quarantined_at
    yield "done", inquiry.done_at
    yield "confirmed", inquiry.confirmed_at
    yield "opened", inquiry.opened_at


def _decided(case: Case, note: Note, words: Words) -> str:
    key = f"case.history.{note.did}"
    if note.did == _WITHDREW and note.purpose:
        key = f"{key}_consent"
    if words.maybe(key) is None:
        return words.text("case.history.other")
    files = [file for file in case.files if file.requirement == note.requirement]
    if note.did == WAIVE and was_here(files, note.at):
        key = "case.history.accept"
    letter = _name(note.letter, words) if note.letter else ""
    kind = note.requirement or ""
    name = words.maybe(f"requirements.{kind}.name") or kind
    name = _purpose(note, words) if note.purpose else name
    return words.text(key, n=_place(note), letter=letter, name=name, why=note.why or "")


def _who(note: Note, words: Words) -> str:
    """Name a colleague, or the link that a sender used."""
    by = {OWN: "browser", MAILED: "mail"}.get(note.who)
    return words.text(f"case.by.{by}") if by else note.name


def _purpose(note: Note, words: Words) -> str:
    try:
        return words.option("consents.purpose", note.purpose or "")
    except MissingTextError:
        return note.purpose or ""


def _place(note: Note) -> int:
    """Return a file's number as people count."""
    return 0 if note.file is None else note.file + 1


def _name(kind: str, words: Words) -> str:
    known = TEAM_FOLLOW_UP if is_follow_up(kind) else TEAM_CHANGE if is_change(kind) else kind
    known = "receipt_corrected" if kind in RECEIPTS[1:] else known
    return words.maybe(f"case.letters.{known}") or kind


def _since(letter: Letter) -> str:
    at = letter.owed_at or letter.sent_at or letter.due_at
    return f"{clock.text(at) if at else ''}#{letter.kind}"
