"""What is late, and what ended badly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from infra.operate.rows import Rows
from intake import scanning
from intake.inquiry import SENDER_LETTERS, TEAM_FALLBACK, File, Letter
from retry_stalled.sweep import LATE

LETTERS_LATE = "Owed, not sent"
LETTERS_SILENT = "Sent, delivery not reported"
LETTERS_ENDED = "Ended without having arrived"
FILES_WAIT = "Files that wait"
_FAILED = ("gave_up_at", "bounced_at", "rejected_at", "undelivered_at")


@dataclass(frozen=True)
class Line:
    """One thing that stands still: a letter by its kind, or a file by its number."""

    what: str  # one of the headings above
    inquiry: str
    thing: str
    since: datetime
    note: str
    next_at: datetime | None
    is_late: bool = True


def stalled(rows: Rows, now: datetime) -> list[Line]:
    """Return everything that is owed at *now* or ended badly, oldest first under each heading."""
    found = [*_letters(rows, now), *_files(rows, now)]
    order = (LETTERS_LATE, LETTERS_SILENT, LETTERS_ENDED, FILES_WAIT)
    return sorted(found, key=lambda line: (order.index(line.what), line.since))


def _letters(rows: Rows, now: datetime) -> Iterator[Line]:
    for letter in rows.all_letters():
        ended = _ended(rows, letter)
        if ended:
            stamp, since = ended
            note = stamp.removesuffix("_at").replace("_", " ")
            yield _line(LETTERS_ENDED, letter, since, _with_reason(note, letter))
        elif letter.due_at and letter.sent_at and letter.due_at <= now:
            yield _line(LETTERS_SILENT, letter, letter.sent_at, "")
        elif letter.due_at and not letter.sent_at:
            since = letter.owed_at or letter.due_at
            if since <= now:
                tried = f"{letter.attempts} attempts" if letter.attempts != 1 else "1 attempt"
                late = now - since >= LATE
                yield _line(LETTERS_LATE, letter, since, _with_reason(tried, letter), late=late)


def _ended(rows: Rows, letter: Letter) -> tuple[str, datetime] | None:
    """Return how and when *letter* failed for good, if nobody has been told in another way."""
    stamps = {name: getattr(letter, name) for name in _FAILED}
    at = [(name, moment) for name, moment in stamps.items() if moment]
    if not at or letter.delivered_at or letter.due_at:
        return None
    if letter.kind in SENDER_LETTERS:
        # A mistyped address is the sender's to mend; what SES never took is ours.
        return at[0] if letter.gave_up_at else None
    known = rows.inquiries.get(letter.inquiry)
    if known and (known.is_opened or known.is_rejected):
        return None
    fallback = rows.letters[letter.inquiry].get(TEAM_FALLBACK)
    if fallback and letter.kind != TEAM_FALLBACK and fallback.delivered_at:
        return None
    return at[0]


def _files(rows: Rows, now: datetime) -> Iterator[Line]:
    for file in rows.all_files():
        known = rows.inquiries.get(file.inquiry)
        if file.due_at is None or (known and known.is_rejected):
            continue
        waits = _waits_for(file, now)
        since = file.checked_at or file.arrived_at
        if waits and since:
            thing = f"file {file.n}"
            yield Line(FILES_WAIT, file.inquiry, thing, since, waits, file.due_at)


def _waits_for(file: File, now: datetime) -> str:
    """Return what an overdue *file* waits for, or nothing: it is not overdue."""
    if scanning.is_unscanned(file):
        return f"withheld, not scanned ({file.scan or 'no answer'})"
    if scanning.is_kept_too_long(file, now):
        return f"withheld, waits for a supervisor ({file.reason})"
    if file.checked_at or not file.arrived_at or not file.due_at or file.due_at > now:
        return ""
    return "waits for the scanner" if file.inspected_at else "waits for our check"


def _line(what: str, letter: Letter, since: datetime, note: str, *, late: bool = True) -> Line:
    return Line(what, letter.inquiry, letter.kind, since, note, letter.due_at, late)


def _with_reason(note: str, letter: Letter) -> str:
    return f"{note}, last {letter.reason}" if letter.reason else note
