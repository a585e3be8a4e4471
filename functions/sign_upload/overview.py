"""What a sender may see of an inquiry: what arrived, in which state, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from intake import clock
from intake.findings import from_text
from intake.forms import Form
from intake.inquiry import Case, File
from intake.standing import DONE, MISSING, WAIVED, Standing, standings
from sign_upload import came
from sign_upload.requirement import Requirement

# Whoever comes back from sending a file sees that it arrived, before anything else.
_NEW = timedelta(minutes=5)


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
    is_late: bool  # a file has waited for its verdict for longer than is usual
    new: int  # how many files that were sent from the page arrived just now

    @property
    def required(self) -> int:
        """How many kinds of record the form needs."""
        return sum(each.required for each in self.requirements)

    @property
    def have(self) -> int:
        """How many of those are complete."""
        return sum(each.required and each.state in DONE for each in self.requirements)

    @property
    def being_checked(self) -> int:
        """How many of those wait for us. With these two, what is asked and wanted adds up."""
        return sum(each.required and each.is_checked for each in self.requirements)

    @property
    def wanting(self) -> tuple[Requirement, ...]:
        """The needed kinds of which the sender should still send something."""
        return tuple(
            each
            for each in self.requirements
            if each.required and not each.is_done and not each.is_asked
        )

    @property
    def asking(self) -> tuple[Requirement, ...]:
        """The needed kinds about which the clinic will ask."""
        return tuple(each for each in self.requirements if each.required and each.is_asked)

    @property
    def unusable(self) -> tuple[Requirement, ...]:
        """The kinds of which a file could not be used."""
        return tuple(
            each for each in self.requirements if each.has_refused and each.state != WAIVED
        )

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
                "here": sum(each.required and each.is_here for each in self.requirements),
                "complete": self.have,
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
        in_flight=not {"announced", came.LOOKED_FOR, "arrived"}.isdisjoint(states),
        is_late=any(
            file.state == "arrived" and file.arrived_at and now - file.arrived_at > came.SOON
            for file in case.files
        ),
        new=sum(
            file.declared_at > inquiry.received_at
            and file.arrived_at is not None
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
