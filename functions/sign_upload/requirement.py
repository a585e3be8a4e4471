"""How one kind of record stands for its sender, with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from intake.evidence import STATED
from intake.inquiry import File
from intake.standing import (
    CHECKING,
    DONE,
    IDENTITY_DIFFERS,
    NOT_HERE,
    POLICY_CHANGED,
    WAIVED,
    WITHHELD,
    Standing,
)
from sign_upload import came
from sign_upload.came import FileLine, StudyLine

# The sender has done what they can.
_CHECKING = frozenset({CHECKING, WITHHELD})
_OURS = frozenset({*DONE, *_CHECKING})


@dataclass(frozen=True)
class Requirement:
    """One kind of record that the form asks for, with what came under it."""

    standing: Standing
    studies: tuple[StudyLine, ...]
    lines: tuple[FileLine, ...]

    @property
    def kind(self) -> str:
        """The kind of record: blood, radiology."""
        return self.standing.kind

    @property
    def need(self) -> str:
        """How much it is needed: mandatory, expected or optional."""
        return self.standing.need

    @property
    def state(self) -> str:
        """One of `standing.STATES`."""
        return self.standing.state

    @property
    def required(self) -> bool:
        """Whether the inquiry is incomplete without it."""
        return self.need == "mandatory" and self.state != WAIVED

    @property
    def is_here(self) -> bool:
        """Whether something of use came: old, or in part, or still being checked."""
        return self.state not in NOT_HERE

    @property
    def is_done(self) -> bool:
        """Whether nothing is left for the sender to do."""
        return self.state in _OURS or self.is_looked_for

    @property
    def is_looked_for(self) -> bool:
        """Whether nothing of use came, and a file was sent or announced just now."""
        return not self.is_here and any(line.state == came.LOOKED_FOR for line in self.lines)

    @property
    def is_checked(self) -> bool:
        """Whether somebody or something here is at it."""
        return self.state in _CHECKING or self.is_looked_for

    @property
    def is_asked(self) -> bool:
        """Whether the clinic has a question about it, and waits for no file."""
        return self.state == IDENTITY_DIFFERS

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do or to send again."""
        is_small = came.is_only_small(self.standing.files)
        return self.is_done and self.is_here and not self.has_refused and not is_small

    @property
    def has_refused(self) -> bool:
        """Whether a file of it should be replaced."""
        return any(line.state == "refused" for line in self.lines)

    def place_of(self, file: File) -> int:
        """Return which of the files it is that no study tells of, from 1."""
        return self._places[file.n]

    @cached_property
    def _places(self) -> Mapping[int, int]:
        told = sorted(each.n for line in self.lines for each in line.files)
        return {n: place for place, n in enumerate(told, 1)}

    def body(self) -> Mapping[str, Any]:
        """Return it for a script: keys, counts, and dates out of files; none that was typed."""
        each = self.standing
        found = None if each.date_source == STATED else each.date
        known = {"date": found, "windowDays": each.days}
        notes = [note.key for note in each.notes if note.key != POLICY_CHANGED]
        return {
            "kind": each.kind,
            "need": each.need,
            "required": self.required,
            "state": each.state,
            "files": len(each.files),
            "studies": len(self.studies),
            "images": sum(line.study.images for line in self.studies),
            "notes": notes,
            **{name: value for name, value in known.items() if value is not None},
        }
