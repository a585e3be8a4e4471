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
# Rang; a delivery that is reported later takes back the first two, but not that one came back.
_NEVER_ARRIVED = ("gave_up_at", "undelivered_at")
_CAME_BACK = ("bounced_at", "rejected_at", "complained_at")


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
    """
    Return everything that is owed or waits at *now*, or ended badly.

    Under each heading what is late comes first, the oldest before the others.
    """
    found = [*_letters(rows, now), *_files(rows, now)]
    order = (LETTERS_LATE, LETTERS_SILENT, LETTERS_ENDED, FILES_WAIT)
    return sorted(found, key=lambda line: (order.index(line.what), not line.is_late, line.since))


def _letters(rows: Rows, now: datetime) -> Iterator[Line]:
    for letter in rows.all_letters():
        ended = _ended(rows, letter)
        if ended:
            stamp, since = ended
            note = _with_reason(stamp.removesuffix("_at").replace("_", " "), letter)
            yield _line(LETTERS_ENDED, letter, since, note + _told_elsewhere(rows, letter))
        elif letter.due_at and letter.sent_at:
            late = letter.due_at <= now
            yield _line(LETTERS_SILENT, letter, letter.sent_at, "", late=late)
        elif letter.due_at and not letter.sent_at:
            since = letter.owed_at or letter.due_at
            if since <= now:
                tried = f"{letter.attempts} attempts" if letter.attempts != 1 else "1 attempt"
                late = now - since >= LATE
                yield _line(LETTERS_LATE, letter, since, _with_reason(tried, letter), late=late)


def _ended(rows: Rows, letter: Letter) -> tuple[str, datetime] | None:
    """
    Return how *letter* failed at last, and since when, until a person has seen to it.

    That the fallback letter arrived does not end it: the alarm rang for this one, and who reads
    the other may be nobody.
    """
    known = rows.inquiries.get(letter.inquiry)
    if letter.due_at or (known and known.is_rejected):
        return None
    stamps: tuple[str, ...] = () if letter.delivered_at else _NEVER_ARRIVED
    if letter.kind in SENDER_LETTERS:
        # A mistyped address is the sender's to mend; what SES never took is ours.
        stamps = stamps[:1]
    elif known and known.is_opened:
        return None
    else:
        stamps += _CAME_BACK
    at = [(moment, name) for name in stamps if (moment := getattr(letter, name))]
    return (max(at)[1], min(at)[0]) if at else None


def _told_elsewhere(rows: Rows, letter: Letter) -> str:
    fallback = rows.letters[letter.inquiry].get(TEAM_FALLBACK)
    if letter.kind in {*SENDER_LETTERS, TEAM_FALLBACK} or not fallback or not fallback.delivered_at:
        return ""
    return f", fallback delivered {fallback.delivered_at:%H:%M}"


def _files(rows: Rows, now: datetime) -> Iterator[Line]:
    for file in rows.all_files():
        known = rows.inquiries.get(file.inquiry)
        if file.due_at is None or file.arrived_at is None or (known and known.waits_for_no_file):
            continue
        waits, late = _waits_for(file, now)
        thing = f"file {file.n}"
        yield Line(FILES_WAIT, file.inquiry, thing, file.arrived_at, waits, file.due_at, late)


def _waits_for(file: File, now: datetime) -> tuple[str, bool]:
    """Return what an unfinished *file* waits for, and whether for too long."""
    if scanning.is_unscanned(file):
        return f"withheld, not scanned ({file.scan or 'no answer'})", True
    if scanning.is_kept_back(file):
        late = scanning.is_kept_too_long(file, now)
        return f"withheld, waits for a supervisor ({file.reason})", late
    late = file.due_at is not None and file.due_at <= now
    if file.decision:
        return f"waits for our check to carry out: {file.decision}", late
    return "waits for the scanner" if file.inspected_at else "waits for our check", late


def _line(what: str, letter: Letter, since: datetime, note: str, *, late: bool = True) -> Line:
    return Line(what, letter.inquiry, letter.kind, since, note, letter.due_at, late)


def _with_reason(note: str, letter: Letter) -> str:
    note = f"{note}, last {letter.reason}" if letter.reason else note
    return f"{note}, in doubt" if letter.in_doubt else note
