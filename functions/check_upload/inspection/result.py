"""What an inspection is asked, what it reads from, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intake.findings import NOTHING, Facts

CLEAN, REFUSED, WITHHELD = "clean", "refused", "withheld"
UNFINISHED = "check_unfinished"
# Of one file, more than any disc holds; what has more is for a person, and never cut. A study takes
# half a kilobyte in the table at the most, so that all of them stay far below what a row may have.
MOST_STUDIES, MOST_PEOPLE = 100, 100
MOST_PANELS = 20  # what a doctor reads at a glance; more are named in the export itself


class Reader(Protocol):
    """One version of an object. Reads cost a request each, so large neighbours come together."""

    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end of the file alone."""

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Say which (offset, size) will be read soon."""


@dataclass(frozen=True)
class Asked:
    """What the sender says of the file. Compared with the content, never believed."""

    name: str
    declared_type: str
    requirement: str


@dataclass(frozen=True)
class Person:
    """Whom a header names. Compared with the form at once, and never kept."""

    name: str = ""
    birth_date: str | None = None
    id: str = ""


@dataclass(frozen=True)
class Inspection:
    """What was found. `reason` is a key of the catalogue; set unless clean."""

    outcome: str
    reason: str | None = None
    kind: str | None = None
    facts: Facts = NOTHING
    people: tuple[Person, ...] = ()


class RefusedError(Exception):
    """The sender can mend it. `reason` says how."""

    def __init__(self, reason: str) -> None:
        """Take a key of the catalogue."""
        self.reason = reason
        super().__init__(reason)


class WithheldError(RefusedError):
    """Nobody can tell from here; a person looks."""
