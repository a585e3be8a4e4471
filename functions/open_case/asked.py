"""What staff ask for, read from a body that says nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.errors import MalformedError, NotFoundError, UnknownActionError
from intake.inquiry import Case, File, Letter
from intake.reading import strict_json
from open_case.actions import LET_THROUGH, REFUSE, RESEND, ROLES, UNWAIVE, WAIVE

# What an action names besides the case.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    LET_THROUGH: ("file",),
    REFUSE: ("file",),
    RESEND: ("letter",),
    WAIVE: ("requirement", "why"),
    UNWAIVE: ("requirement",),
}
_MOST_BYTES = 5_000  # a reason of which each character is written as an escape
_MOST_NAME = 40
MOST_WHY = 300
# Control characters, and what makes a line read backwards.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Asked:
    """What somebody asked for, and the revision of the case that they saw."""

    action: str
    revision: int
    file: int | None = None
    letter: str | None = None
    requirement: str | None = None
    why: str | None = None

    def file_of(self, case: Case) -> File:
        """Return the file that is meant, or raise NotFoundError."""
        return one_file(case, self.file)

    def letter_of(self, case: Case) -> Letter:
        """Return the letter that is meant, or raise NotFoundError."""
        letter = case.letters.get(self.letter or "")
        if letter is None:
            raise NotFoundError
        return letter


def read(body: bytes) -> Asked:
    """Read a body; raise MalformedError if it is no small JSON, UnknownActionError if it is odd."""
    given = read_object(body)
    action = given.get("action")
    if not isinstance(action, str) or action not in ROLES:
        raise UnknownActionError
    needs = _NEEDS.get(action, ())
    if set(given) != {"action", "revision", *needs} or not _is_count(given["revision"]):
        raise UnknownActionError
    if not all(_IS_MEANT[name](given[name]) for name in needs):
        raise UnknownActionError
    about = {name: given[name] for name in needs}
    if "why" in about:
        about["why"] = about["why"].strip()
    return Asked(action, given["revision"], **about)


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read a small JSON object, or raise MalformedError."""
    parsed = strict_json.loads(body) if len(body) <= _MOST_BYTES else None
    if not isinstance(parsed, dict):
        raise MalformedError
    return parsed


def one_file(case: Case, n: int | None) -> File:
    """Return file number *n* of *case*, or raise NotFoundError."""
    found = next((file for file in case.files if file.n == n), None)
    if found is None:
        raise NotFoundError
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MOST_NAME


def _is_why(value: Any) -> bool:
    """Tell whether *value* is one line that can be read, and says something."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= MOST_WHY:
        return False
    return not _UNREADABLE.search(value.strip())


_IS_MEANT: Mapping[str, Callable[[Any], bool]] = {
    "file": _is_count,
    "letter": _is_name,
    "requirement": _is_name,
    "why": _is_why,
}
