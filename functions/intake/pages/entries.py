"""The entries of a list of groups, claimed one by one by the cards of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One entry: its dotted path, and what was posted (nothing, for a new one)."""

    path: str
    values: Mapping[str, Any]
    posted: bool


class Entries:
    """
    The list called *name*, whose entries tell by their field *kind* which card is theirs.

    An entry keeps its index, so that a problem's path finds it on the page again; new entries
    get the indexes behind the last.
    """

    def __init__(self, answers: Mapping[str, Any], name: str, kind: str) -> None:
        """Take the list out of *answers*; whatever is no group in it counts as an empty one."""
        found = answers.get(name)
        posted = found if isinstance(found, list) else []
        self._left = {
            place: Entry(f"{name}.{place}", each if isinstance(each, Mapping) else {}, posted=True)
            for place, each in enumerate(posted)
        }
        self._name = name
        self._kind = kind
        self._next = len(posted)

    def claim(self, kind: str) -> Entry:
        """Return the first unclaimed entry of this kind, or a new one."""
        for place, entry in self._left.items():
            if entry.values.get(self._kind) == kind:
                return self._left.pop(place)
        return self.new()

    def new(self) -> Entry:
        """Return a new entry."""
        entry = Entry(f"{self._name}.{self._next}", {}, posted=False)
        self._next += 1
        return entry

    def rest(self) -> list[Entry]:
        """Return the entries that nobody claimed."""
        return list(self._left.values())
