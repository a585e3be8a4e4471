"""Clean, refused (the sender can mend it) or withheld (a person looks): decided without AWS."""

from __future__ import annotations

from dataclasses import dataclass

from intake import scanning
from intake.inquiry import File

CLEAN = "clean"
REFUSED = "refused"
WITHHELD = "withheld"
UNFINISHED = "check_unfinished"
HARMFUL = "harmful"


@dataclass(frozen=True)
class Verdict:
    """What comes of a file. `reason` is a key of the catalogue's texts for the sender."""

    verdict: str
    reason: str | None = None


def verdict_of(file: File, *, given_up: bool = False) -> Verdict | None:
    """
    Return what comes of *file* by all that is known of it; None: something is waited for.

    In whatever order things were heard, the same things make the same verdict. *given_up* says
    that the scanner has been silent for too long; it may still speak, and is heard then.
    """
    if file.scan == scanning.THREATS:
        return Verdict(REFUSED, HARMFUL)
    if file.checked_at and file.verdict and file.verdict != WITHHELD:
        return Verdict(file.verdict, file.reason)
    if file.decision:
        return _decided(file)
    if file.found == CLEAN:
        return _scanned(file, given_up=given_up or file.checked_at is not None)
    if file.found:
        return Verdict(file.found, file.reason)
    return Verdict(WITHHELD, file.reason) if file.checked_at else None


def _scanned(file: File, *, given_up: bool) -> Verdict | None:
    if scanning.lets_through(file):
        return Verdict(CLEAN)
    if given_up or scanning.said_something(file.scan):
        return Verdict(WITHHELD, UNFINISHED)
    return None


def _decided(file: File) -> Verdict:
    """Return what the staff's decision makes of a withheld *file*."""
    if file.decision != "release":
        return Verdict(REFUSED, "not_accepted")
    # No decision replaces the scanner's word.
    return Verdict(CLEAN) if scanning.lets_through(file) else Verdict(WITHHELD, file.reason)
