"""What a sender may see of an inquiry: what arrived, in which state, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from intake import clock
from intake.evidence import STATED
from intake.findings import from_text
from intake.forms import Form
from intake.inquiry import Case, File
from intake.standing import (
    CHECKING,
    DONE,
    MISSING,
    POLICY_CHANGED,
    PROMISED,
    UNUSABLE,
    WAIVED,
    WITHHELD,
    Standing,
    standings,
)
from sign_upload import came
from sign_upload.came import FileLine, StudyLine

# Whoever comes back from sending a file sees that it arrived, before anything else.
_NEW = timedelta(minutes=5)
# Nothing of use came.
_NOT_HERE = frozenset({MISSING, PROMISED, UNUSABLE})
# The sender has done what they can.
_OURS = frozenset({*DONE, CHECKING, WITHHELD})


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
        return self.state not in _NOT_HERE

    @property
    def is_done(self) -> bool:
        """Whether nothing is left for the sender to do."""
        return self.state in _OURS

    @property
    def has_refused(self) -> bool:
        """Whether a file of it should be replaced."""
        return any(line.state == "refused" for line in self.lines)

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


@dataclass(frozen=True)
class Overview:
    """The sender's view of one inquiry."""

    reference: str
    received_at: datetime
    answer_by: datetime
    expires_at: datetime
    requirements: tuple[Requirement, ...]
    files: int
    checking: int  # how many files wait for their verdict
    in_flight: bool  # a file is on its way or being checked: a later look shows more
    is_new: bool  # a file that was sent from the page arrived just now

    @property
    def required(self) -> int:
        """How many kinds of record the form needs."""
        return sum(each.required for each in self.requirements)

    @property
    def have(self) -> int:
        """How many of those are here."""
        return sum(each.required and each.is_here for each in self.requirements)

    @property
    def wanting(self) -> tuple[Requirement, ...]:
        """The needed kinds of which the sender should still send something."""
        return tuple(each for each in self.requirements if each.required and not each.is_done)

    def body(self) -> Mapping[str, Any]:
        """Return the overview for a script: no file names, they are the sender's words."""
        return {
            "ok": True,
            "reference": self.reference,
            "received": clock.text(self.received_at),
            "answerBy": clock.text(self.answer_by),
            "expires": clock.text(self.expires_at),
            "required": {
                "total": self.required,
                "here": self.have,
                "complete": sum(each.required and each.state in DONE for each in self.requirements),
            },
            "requirements": [each.body() for each in self.requirements],
            "files": [
                _file_body(file) for each in self.requirements for file in each.standing.files
            ],
        }


def overview(form: Form, case: Case, now: datetime, zone: ZoneInfo) -> Overview:
    """Return what is worth showing: all that is asked for, and whatever else came or will come."""
    case = replace(case, files=tuple(file for file in case.files if _is_awaited(file)))
    found = standings(form, case, now.astimezone(zone).date())
    inquiry = case.inquiry
    states = [came.file_state(file, now) for file in case.files]
    return Overview(
        reference=inquiry.reference,
        received_at=inquiry.received_at,
        answer_by=inquiry.answer_by,
        expires_at=inquiry.tokens_expire_at,
        requirements=tuple(_requirement(each, now) for each in found if _is_shown(each)),
        files=len(case.files),
        checking=states.count("arrived"),
        in_flight=not {"announced", "arrived"}.isdisjoint(states),
        is_new=any(
            file.declared_at > inquiry.received_at
            and file.arrived_at
            and now - file.arrived_at < _NEW
            for file in case.files
        ),
    )


def _requirement(each: Standing, now: datetime) -> Requirement:
    studies = came.studies(each.files)
    return Requirement(each, studies, came.files(each.files, studies, now))


def _is_shown(each: Standing) -> bool:
    """Tell whether it is asked for, or something of it came."""
    return each.need != "optional" or each.state not in {MISSING, WAIVED} or bool(each.files)


def _file_body(file: File) -> Mapping[str, Any]:
    told = {"n": file.n, "requirement": file.requirement, "state": file.state, "size": file.size}
    hints = came.hints_of([file])
    images = sum(study.images for study in from_text(file.facts).studies)
    known = {"reason": file.reason, "hints": list(hints), "images": images}
    return told | {name: value for name, value in known.items() if value}


def may_come(case: Case, seen: Overview) -> bool:
    """Tell whether the team may be waiting for more, and the sender has not said that it is all."""
    inquiry = case.inquiry
    later = [file.declared_at for file in case.files if file.declared_at > inquiry.received_at]
    if inquiry.answered_at or said_all(case):
        return False
    return bool(later) or not all(each.is_here for each in seen.requirements)


def said_all(case: Case) -> bool:
    """Tell whether nothing was added since the sender said that it was all."""
    done_at = case.inquiry.done_at
    return done_at is not None and all(file.declared_at <= done_at for file in case.files)


def _is_awaited(file: File) -> bool:
    """Tell whether it is here or coming: not taken back, and no place that is not used yet."""
    return bool(file.arrived_at or (file.size is not None and not file.abandoned_at))
