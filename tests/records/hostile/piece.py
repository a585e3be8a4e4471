"""One hostile file: how it is made, and what must come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

CLEAN, REFUSED, WITHHELD = "clean", "refused", "withheld"


@dataclass(frozen=True)
class Piece:
    """
    One file. `expected` is an outcome with its reason, as in "refused unknown_kind".

    Where several are right, for it depends on the order of looking, all of them are named.
    """

    title: str
    make: Callable[[], bytes]
    expected: tuple[str, ...]
    name: str = "IM00001"
    declared: str = "application/octet-stream"
    flags: frozenset[str] = frozenset()  # which the answer must carry, beside any others

    def fits(self, outcome: str, reason: str | None) -> bool:
        """Tell whether this is an answer that was expected."""
        return f"{outcome} {reason or ''}".strip() in self.expected


def refused(title: str, reason: str, make: Callable[[], bytes], name: str = "IM00001") -> Piece:
    """Return a file that its sender can mend."""
    return Piece(title, make, (f"{REFUSED} {reason}",), name)


def withheld(title: str, reason: str, make: Callable[[], bytes], name: str = "IM00001") -> Piece:
    """Return a file that a person must look at."""
    return Piece(title, make, (f"{WITHHELD} {reason}",), name)


def stopped(title: str, make: Callable[[], bytes], *reasons: str, name: str = "IM00001") -> Piece:
    """Return a file that must not pass, for one of these *reasons*, whoever's it is to mend it."""
    return Piece(
        title, make, tuple(f"{each} {r}" for r in reasons for each in (REFUSED, WITHHELD)), name
    )


def harmless(title: str, make: Callable[[], bytes], *flags: str, name: str = "IM00001") -> Piece:
    """Return a file that looks bad and is not, with the doubts that the team is told."""
    return Piece(title, make, (CLEAN,), name, flags=frozenset(flags))
