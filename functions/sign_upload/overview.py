"""What a sender may see of an inquiry: what arrived, in which state, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from intake import clock
from intake.aws.uploads import FORM_SIGNED_FOR
from intake.completeness import CHECKING, MISSING, RECEIVED, states
from intake.forms import Form
from intake.inquiry import Case, File
from intake.recency import is_stale

STALE = "stale"
# Whoever comes back from sending a file sees that it arrived, before anything else.
_NEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Requirement:
    """One kind of record that the form asks for, with the files that came under it."""

    kind: str
    need: str  # mandatory, expected or optional
    state: str  # received, stale, checking, promised or missing
    files: tuple[File, ...]

    @property
    def required(self) -> bool:
        """Whether the inquiry is incomplete without it."""
        return self.need == "mandatory"

    @property
    def is_here(self) -> bool:
        """Whether a file came that was not refused: old, or still being checked."""
        return self.state in {RECEIVED, STALE, CHECKING}


@dataclass(frozen=True)
class Overview:
    """The sender's view of one inquiry."""

    reference: str
    received_at: datetime
    answer_by: datetime
    expires_at: datetime
    requirements: tuple[Requirement, ...]
    files: int
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

    def body(self) -> Mapping[str, Any]:
        """Return the overview for a script: no file names, they are the sender's words."""
        return {
            "ok": True,
            "reference": self.reference,
            "received": clock.text(self.received_at),
            "answerBy": clock.text(self.answer_by),
            "expires": clock.text(self.expires_at),
            "requirements": [
                {"kind": each.kind, "required": each.required, "state": each.state}
                for each in self.requirements
            ],
            "files": [
                {"n": file.n, "requirement": each.kind, "state": file.state, "size": file.size}
                | ({"reason": file.reason} if file.reason else {})
                for each in self.requirements
                for file in each.files
            ],
        }


def overview(form: Form, case: Case, now: datetime, zone: ZoneInfo) -> Overview:
    """Return what is worth showing: all that is asked for, and whatever else came or will come."""
    today = now.astimezone(zone).date()
    case = replace(case, files=tuple(file for file in case.files if _is_awaited(file)))
    found = states(form, case)
    stale = _stale_kinds(form, case, today)
    requirements = []
    for need in form.requirements:
        kind, state = need["kind"], found[need["kind"]]
        if state == MISSING and _is_withheld(case, kind):
            state = CHECKING  # by a person
        if state == MISSING and need["need"] == "optional" and not _tried(case, kind):
            continue
        requirements.append(
            Requirement(
                kind=kind,
                need=need["need"],
                state=STALE if state == RECEIVED and kind in stale else state,
                files=tuple(file for file in case.files if file.requirement == kind),
            )
        )
    inquiry = case.inquiry
    return Overview(
        reference=inquiry.reference,
        received_at=inquiry.received_at,
        answer_by=inquiry.answer_by,
        expires_at=inquiry.tokens_expire_at,
        requirements=tuple(requirements),
        files=len(case.files),
        in_flight=any(file_state(file, now) in {"announced", "arrived"} for file in case.files),
        is_new=any(
            file.declared_at > inquiry.received_at
            and file.arrived_at
            and now - file.arrived_at < _NEW
            for file in case.files
        ),
    )


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


def state_key(requirement: Requirement) -> str:
    """Return the catalogue's key for a state; a file being checked says so itself."""
    return "file_states.arrived" if requirement.state == CHECKING else f"states.{requirement.state}"


def file_state(file: File, now: datetime) -> str:
    """Return a file's state for its sender: one whose signature has lapsed is not on its way."""
    is_lapsed = file.upload_id is None and now - file.declared_at > FORM_SIGNED_FOR
    return "not_sent" if file.state == "announced" and is_lapsed else file.state


def _is_withheld(case: Case, kind: str) -> bool:
    return any(file.requirement == kind and file.state == "withheld" for file in case.files)


def _is_awaited(file: File) -> bool:
    """Tell whether it is here or coming: not taken back, and no place that is not used yet."""
    return bool(file.arrived_at or (file.size is not None and not file.abandoned_at))


def _tried(case: Case, kind: str) -> bool:
    return any(file.requirement == kind for file in case.files)


def _stale_kinds(form: Form, case: Case, today: date) -> set[str]:
    """Return the kinds of which every announced record is surely too old."""
    recent: dict[str, bool] = {}
    for record in case.inquiry.answers.get("records", ()):
        kind = record["requirement"]
        recent[kind] = recent.get(kind, False) or not is_stale(record, form.policy, today)
    return {kind for kind, is_recent in recent.items() if not is_recent}
