"""The records board: what the form asks for, what came of it, and what staff may do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.completeness import MISSING, RECEIVED, states
from intake.forms import Form
from intake.inquiry import Case, File
from intake.recency import is_stale, latest_day
from intake.words import Words
from open_case.access import SUPERVISOR, Staff
from open_case.actions import LET_THROUGH, REFUSE, can_be_opened, waits_for_decision

# What a missing record may be besides, where files came; the first that is true counts.
_CAME_IN_VAIN = ("withheld", "refused")
STALE = "stale"


@dataclass(frozen=True)
class Board:
    """The files of one case, as this reader may see them."""

    form: Form
    case: Case
    staff: Staff
    words: Words
    today: date

    def requirements(self) -> list[dict[str, Any]]:
        """Return all that the form needs or expects, and of the rest what came or will come."""
        found = states(self.form, self.case)
        rows = []
        for need in self.form.requirements:
            files = [file for file in self.case.files if file.requirement == need["kind"]]
            state = self._state(found[need["kind"]], files)
            if need["need"] == "optional" and state == MISSING and not files:
                continue
            rows.append(
                {
                    "kind": need["kind"],
                    "name": self.words.text(f"requirements.{need['kind']}.name"),
                    "need": need["need"],
                    "state": state,
                    "stateText": self.words.text(f"case.states.{state}"),
                    "date": self._latest(need["kind"]),
                    "files": [self._file(file) for file in files],
                }
            )
        return rows

    def other_files(self) -> list[dict[str, Any]]:
        """Return the files of kinds that the form does not ask for, or no longer."""
        asked = {need["kind"] for need in self.form.requirements}
        return [self._file(file) for file in self.case.files if file.requirement not in asked]

    def _state(self, state: str, files: Sequence[File]) -> str:
        if state == MISSING:
            came = {file.state for file in files}
            return next((vain for vain in _CAME_IN_VAIN if vain in came), MISSING)
        if state == RECEIVED and all(self._is_stale(file) for file in files if _is_clean(file)):
            return STALE
        return state

    def _is_stale(self, file: File) -> bool:
        """Tell whether a file is surely too old; without a date it may be of today."""
        return is_stale(self._record(file), self.form.policy, self.today)

    def _record(self, file: File) -> Mapping[str, Any]:
        records = self.case.inquiry.answers.get("records", ())
        given = records[file.record] if file.record in range(len(records)) else {}
        return {**given, "requirement": file.requirement}

    def _latest(self, kind: str) -> str | None:
        """Return the newest date of a kind, as precise as it was given."""
        dates = [
            record["document_date"]
            for record in self.case.inquiry.answers.get("records", ())
            if record["requirement"] == kind and "document_date" in record
        ]
        return max(dates, key=latest_day, default=None)

    def _file(self, file: File) -> dict[str, Any]:
        return {
            "n": file.n,
            "kind": file.kind,
            "kindText": self.words.text(f"case.kinds.{file.kind}") if file.kind else "",
            "size": file.size,
            "sizeText": "" if file.size is None else self.words.size(file.size),
            "date": self._record(file).get("document_date"),
            "state": file.state,
            "stateText": self.words.text(f"case.file_states.{_state_key(file)}"),
            "reason": file.reason,
            "reasonText": self._reason(file.reason) if file.reason else "",
            "declaredType": file.declared_type,
            "name": file.name,
            "canOpen": can_be_opened(file),
            "can": list(self._can(file)),
        }

    def _reason(self, reason: str) -> str:
        """Say why a file is not clean; what a newer check found has at least a general word."""
        own = self.words.maybe(f"case.reasons.{reason}")
        return own or self.words.text("case.reasons.other")

    def _can(self, file: File) -> Iterator[str]:
        if waits_for_decision(file) and self.staff.may(SUPERVISOR, self.form.name):
            yield from (LET_THROUGH, REFUSE)


def _is_clean(file: File) -> bool:
    return file.state == "clean"


def _state_key(file: File) -> str:
    if file.state == "withheld" and file.decision:
        return "decided"
    return "abandoned" if file.state == "announced" and file.abandoned_at else file.state
