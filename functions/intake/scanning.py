"""What the malware scanner says of a file, which of it counts, and how long it is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta

from intake.inquiry import SCAN_GIVEN_UP, SCAN_OVERDUE, WITHHELD_TOO_LONG, File

# GuardDuty's words for a result ("Monitoring S3 object scans", its user guide).
NO_THREATS = "NO_THREATS_FOUND"
THREATS = "THREATS_FOUND"
UNSUPPORTED = "UNSUPPORTED"
ACCESS_DENIED = "ACCESS_DENIED"
FAILED = "FAILED"
# Ours, for a word that we don't know: it can't mean that all is well.
UNKNOWN = "UNKNOWN"
_COMPLETED, _SKIPPED = "COMPLETED", "SKIPPED"

# From weak to strong. Events come twice and in any order, and a file may be scanned more than
# once: what was found stands, and no scan that failed takes anything back.
_STRENGTH = ((FAILED, ACCESS_DENIED), (UNSUPPORTED, UNKNOWN), (NO_THREATS,), (THREATS,))
_CLEAN, _WITHHELD = "clean", "withheld"

# A withheld file that was not scanned is asked for by the time that it has been withheld. Not less
# often than the sweep looks ahead: so it sees all of them each minute, and counts what is late.
ASKED_OFTEN, ASKED_SELDOM = timedelta(hours=1), timedelta(hours=3)
_FIRST_DAY = timedelta(days=1)


def result(status: object, said: object) -> str:
    """Return what a scan came to, by the *status* of the scan and what it *said* of the object."""
    if said == THREATS:
        return THREATS
    if said == NO_THREATS and status == _COMPLETED:
        return NO_THREATS
    if said in (UNSUPPORTED, ACCESS_DENIED, FAILED):  # a tuple: *said* may be anything
        return str(said)
    return {_SKIPPED: UNSUPPORTED, FAILED: FAILED}.get(str(status), UNKNOWN)


def weaker(scan: str) -> tuple[str, ...]:
    """Return the results that *scan* replaces, whichever came first."""
    place = next(place for place, alike in enumerate(_STRENGTH) if scan in alike)
    return tuple(one for alike in _STRENGTH[:place] for one in alike)


def said_something(scan: str | None) -> bool:
    """Tell whether the scanner has looked, or said that it can't: asking again changes nothing."""
    return scan not in {None, FAILED, ACCESS_DENIED}


def lets_through(file: File) -> bool:
    """Tell whether this very version may lie among the records, if our own check agrees."""
    return file.scan == NO_THREATS


def is_awaited(file: File) -> bool:
    """Tell whether nothing but the scanner's word is missing."""
    return file.found == _CLEAN and not file.checked_at and not said_something(file.scan)


def is_kept_back(file: File) -> bool:
    """Tell whether a file is withheld, and nobody has decided on it."""
    return file.verdict == _WITHHELD and file.checked_at is not None and not file.decision


def is_unscanned(file: File) -> bool:
    """Tell whether a withheld file lacks the scanner's word: nobody may let it in."""
    return is_kept_back(file) and not said_something(file.scan)


def is_kept_too_long(file: File, now: datetime) -> bool:
    """Tell whether a withheld file has waited for a decision for longer than it may."""
    return is_kept_back(file) and _kept_since(file) + WITHHELD_TOO_LONG <= now


def next_turn(file: File, now: datetime) -> datetime:
    """Return when a withheld file is due: to be asked for, or if it was scanned, to ring."""
    if said_something(file.scan):
        return _kept_since(file) + WITHHELD_TOO_LONG
    is_new = now - _kept_since(file) < _FIRST_DAY
    return now + (ASKED_OFTEN if is_new else ASKED_SELDOM)


def next_look(file: File) -> datetime:
    """Return when to ask for a scan (again), or to give up: then if it is not before."""
    asked = file.scan_asked_at or _awaited_since(file)
    return min(asked + SCAN_OVERDUE, given_up_at(file))


def given_up_at(file: File) -> datetime:
    """Return from when on a file without a scan waits for a person."""
    return _awaited_since(file) + SCAN_GIVEN_UP


def _kept_since(file: File) -> datetime:
    return file.checked_at or file.declared_at


def _awaited_since(file: File) -> datetime:
    # Not since it came: when our own step stood still, the scanner's word waits in its queue too.
    return file.inspected_at or file.arrived_at or file.declared_at
