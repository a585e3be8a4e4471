"""The records board: what the form asks for, how it stands, and what staff may do with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from intake import doubts, standing
from intake.evidence import STATED
from intake.forms import Form
from intake.inquiry import Case, File
from intake.standing import Note, Standing
from intake.words import Words
from open_case import imaging
from open_case.access import SUPERVISOR, Staff
from open_case.actions import (
    LET_THROUGH,
    REFUSE,
    ROLES,
    UNWAIVE,
    WAIVE,
    can_be_let_through,
    can_be_opened,
    can_be_unwaived,
    can_be_waived,
    waits_for_decision,
    was_here,
)
from open_case.folding import folded
from open_case.sheet import Sheet

# What is only to be known, and lessens nothing.
_HARMLESS = (standing.POLICY_CHANGED,)


@dataclass(frozen=True)
class Board:
    """The records of one case, as this reader may see them on the day *today*."""

    form: Form
    case: Case
    staff: Staff
    words: Words
    today: date
    zone: ZoneInfo

    def requirements(self) -> list[dict[str, Any]]:
        """Return all that the form needs or expects, and of the rest what came or will come."""
        then = {each.kind: each for each in self._then}
        return [self._row(each, then[each.kind]) for each in self.standings if self._is_shown(each)]

    def other_files(self) -> list[dict[str, Any]]:
        """Return the files of kinds that the form does not ask for, or no longer."""
        asked = {need["kind"] for need in self.form.requirements}
        return self._files(file for file in self.case.files if file.requirement not in asked)

    def studies(self) -> list[dict[str, Any]]:
        """Return the imaging studies, over all requirements."""
        return imaging.table(self.case, self._sheet)

    def checks(self) -> list[dict[str, str]]:
        """Return what to look at first among the records, each with the requirement it is about."""
        return [
            {"key": note.key, "text": self._note(note)["text"], "source": self._name(each.kind)}
            for each, note in doubts.of_records(self.standings)
        ]

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """How each requirement stands today."""
        return standing.standings(self.form, self.case, self.today)

    @cached_property
    def _then(self) -> tuple[Standing, ...]:
        return standing.at_acceptance(self.form, self.case, self.zone)

    @cached_property
    def _sheet(self) -> Sheet:
        return Sheet(self.words, self.case.inquiry.answers.get("records", ()))

    @staticmethod
    def _is_shown(each: Standing) -> bool:
        return each.need != "optional" or each.state != standing.MISSING or bool(each.files)

    def _row(self, now: Standing, then: Standing) -> dict[str, Any]:
        return {
            "kind": now.kind,
            "name": self._name(now.kind),
            "need": now.need,
            "state": now.state,
            "stateText": self._said_state(now),
            "atAcceptance": self._at_acceptance(then) if then.state != now.state else None,
            "date": now.date,
            "dateSource": now.date_source,
            "dateSourceText": self._sheet.source(now.date_source),
            "days": now.days,
            "windowText": self._text("window", days=now.days) if now.days else "",
            "expectedBy": now.expected_by,
            # A part that is missing is the state already.
            "notes": [self._note(note) for note in now.notes if note.key != now.state],
            "waived": dict(now.waived) if now.waived else None,
            # Staff do without what is missing, and accept what is here.
            "isHere": any(map(can_be_opened, now.files)),
            "files": self._files(now.files, now),
            "can": list(self._can(now.kind)),
        }

    def _at_acceptance(self, then: Standing) -> dict[str, str]:
        day = self.case.inquiry.received_at.astimezone(self.zone).date()
        return {
            "state": then.state,
            "text": self._text(
                "at_acceptance",
                day=self.words.day(day.isoformat()),
                state=self._state(then.state),
            ),
        }

    def _files(self, files: Iterable[File], now: Standing | None = None) -> list[dict[str, Any]]:
        each_row = [self._file(file) for file in files]
        _say_once(each_row, now)
        rows = folded(each_row)
        for row in rows:
            if "members" in row:
                row["filesText"] = self._sheet.files([each["n"] for each in row["members"]])
                row["sizeText"] = self.words.size(sum(each["size"] or 0 for each in row["members"]))
        return rows

    def _file(self, file: File) -> dict[str, Any]:
        return {
            "n": file.n,
            "name": file.name,
            "size": file.size,
            "sizeText": "" if file.size is None else self.words.size(file.size),
            "canOpen": can_be_opened(file),
            "can": list(self._can_with(file)),
            **self._sheet.of(file),
        }

    def _note(self, note: Note) -> dict[str, Any]:
        said = {name: self._param(name, value) for name, value in note.params.items()}
        return {
            "key": note.key,
            "text": self._text(f"notes.{note.key}", **said),
            "bad": note.key not in _HARMLESS,
        }

    def _param(self, name: str, value: Any) -> str:
        if name == "files":
            return self._sheet.files(value)
        if name == "was":
            return self._state(value)
        return str(value) if name in {"days", "count"} else self._sheet.day(str(value))

    def _can(self, kind: str) -> Iterator[str]:
        inquiry = self.case.inquiry
        now: Mapping[str, bool] = {
            WAIVE: can_be_waived(self.form, inquiry, kind) and not self._is_complete(kind),
            UNWAIVE: can_be_unwaived(inquiry, kind),
        }
        for action, is_now in now.items():
            if is_now and self.staff.may(ROLES[action], self.form.name):
                yield action

    def _is_complete(self, kind: str) -> bool:
        return any(each.kind == kind and each.state == standing.COMPLETE for each in self.standings)

    def _can_with(self, file: File) -> Iterator[str]:
        if self.case.inquiry.withdrawn_at:
            return  # nobody is to look into it any more
        if waits_for_decision(file) and self.staff.may(SUPERVISOR, self.form.name):
            if can_be_let_through(file):
                yield LET_THROUGH
            yield REFUSE

    def _name(self, kind: str) -> str:
        return self.words.text(f"requirements.{kind}.name")

    def _said_state(self, now: Standing) -> str:
        accepted = now.waived and was_here(now.files, now.waived["at"])
        return self._text("accepted") if accepted else self._state(now.state)

    def _state(self, state: str) -> str:
        return self._text(f"states.{state}")

    def _text(self, key: str, **params: str | int) -> str:
        return self.words.text(f"case.standing.{key}", **params)


def _say_once(rows: Sequence[dict[str, Any]], now: Standing | None) -> None:
    """Take stated dates from files that are no use, and where the requirement's says it for all."""
    stated = [row for row in rows if row["dateSource"] == STATED]
    used = {row["date"] for row in rows if row["state"] != "refused"}
    said = now is not None and now.date_source == STATED and used == {now.date}
    for row in stated:
        if said or row["state"] == "refused":
            row |= {"date": None, "dateSource": None, "dateSourceText": ""}
