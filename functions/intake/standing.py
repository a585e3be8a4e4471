"""
How each requirement of a form stands: what came, how recent, whose, and what it still lacks.

A pure decision, so that pages and letters say the same of any day. Doubts are in the sender's
favour: "2026-08" may mean its last day, and of several files the best counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from intake.evidence import Evidence, Files, as_day
from intake.findings import FROM_PDF
from intake.forms import Form
from intake.inquiry import Case, File
from intake.recency import window_days

# What a requirement's state can be, the worst first.
MISSING = "missing"
UNUSABLE = "unusable"  # came, and every file was refused
PROMISED = "promised"  # announced without a file yet, or to be sent later
WITHHELD = "withheld"  # came, and a person must look at it
IMAGES_MISSING = "images_missing"
REPORT_MISSING = "report_missing"
IDENTITY_DIFFERS = "identity_differs"
STALE = "stale"
RECEIVED = "received"  # here, without a date where one is needed
CHECKING = "checking"  # a file arrived and waits for its verdict
COMPLETE = "complete"
WAIVED = "waived"  # staff do without
STATES = (
    *(MISSING, UNUSABLE, PROMISED, WITHHELD, IMAGES_MISSING, REPORT_MISSING),
    *(IDENTITY_DIFFERS, STALE, RECEIVED, CHECKING, COMPLETE, WAIVED),
)
RANK = {state: rank for rank, state in enumerate(STATES)}
# Here, and not all that is asked for.
INCOMPLETE = frozenset({IMAGES_MISSING, REPORT_MISSING, IDENTITY_DIFFERS, STALE, RECEIVED})
DONE = frozenset({COMPLETE, WAIVED})
NOT_HERE = frozenset({MISSING, UNUSABLE, PROMISED})  # nothing of use came
_COMING = "coming"  # a count, no state: pages show each file that is on its way

TOO_OLD = "too_old"  # date, days
LOW_VALUE = "low_value"  # files: pictures where images or a report are asked for
DETAILS_DIFFER = "details_differ"  # files
SEVERAL_PEOPLE = "several_people"  # files
DATE_DIFFERS = "date_differs"  # stated, found
TOO_SMALL = "too_small"  # files
UNDATED = "undated"
SOME_UNUSABLE = "some_unusable"  # count
SOME_WITHHELD = "some_withheld"  # count
POLICY_CHANGED = "policy_changed"  # was: the state under the policy of the day of acceptance
NOTES = (
    *(TOO_OLD, IMAGES_MISSING, REPORT_MISSING, LOW_VALUE, DETAILS_DIFFER, SEVERAL_PEOPLE),
    *(DATE_DIFFERS, TOO_SMALL, UNDATED, SOME_UNUSABLE, SOME_WITHHELD, POLICY_CHANGED),
)

_IMAGES, _REPORT = "images", "report"


@dataclass(frozen=True)
class Note:
    """Why a requirement is not complete, or what to know of it: a key in the catalogue."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """One requirement on one day. `date` is of the newest record that counts."""

    kind: str
    need: str  # mandatory, expected or optional
    state: str  # one of STATES
    date: str | None = None  # ISO 8601, may be partial where it was stated
    date_source: str | None = None  # stated, dicom, lab; pdf: a hint that decides nothing
    days: int | None = None  # the window that applies
    notes: tuple[Note, ...] = ()
    files: tuple[File, ...] = ()  # all of it, whatever became of them
    expected_by: str | None = None  # of a promise, as the sender wrote it
    waived: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Completeness:
    """Counts of the required kinds of record. Counts only: the kinds tell of illnesses."""

    total: int
    complete: int  # or waived
    received: int  # here, not complete
    checking: int  # by the machine or, where it could not tell, by a person
    coming: int  # files were announced, and are on their way
    promised: int  # to be sent later
    missing: int  # or of no use


def completeness(form: Form, case: Case, today: date) -> Completeness:
    """Count the form's mandatory requirements by how they stand on the day *today*."""
    found = [each for each in standings(form, case, today) if each.need == "mandatory"]
    states = Counter(_COMING if _is_coming(each) else each.state for each in found)
    return Completeness(
        total=len(found),
        complete=sum(states[state] for state in DONE),
        received=sum(states[state] for state in INCOMPLETE),
        checking=states[CHECKING] + states[WITHHELD],
        coming=states[_COMING],
        promised=states[PROMISED],
        missing=states[MISSING] + states[UNUSABLE],
    )


def is_on_its_way(file: File) -> bool:
    """Tell whether *file* was announced, is not here yet, and nobody gave it up."""
    return file.state == "announced" and not file.abandoned_at


def _is_coming(each: Standing) -> bool:
    return each.state in NOT_HERE and any(map(is_on_its_way, each.files))


def standings(
    form: Form, case: Case, today: date, policy: Mapping[str, Any] | None = None
) -> tuple[Standing, ...]:
    """
    Return how each requirement stands on the day *today*, in the form's order.

    Under the policy in force, where another is given under that one.
    """
    return tuple(_standing(form, need, case, today, policy) for need in form.requirements)


def at_acceptance(form: Form, case: Case, zone: ZoneInfo) -> tuple[Standing, ...]:
    """Return how all that is here would have stood on the day of acceptance, by its policy."""
    day = case.inquiry.received_at.astimezone(zone).date()
    return standings(form, case, day, form.policy_of(case.inquiry.policy))


def _standing(
    form: Form,
    need: Mapping[str, Any],
    case: Case,
    today: date,
    policy: Mapping[str, Any] | None,
) -> Standing:
    now = _Weighing(need, case, today, policy or form.policy).standing()
    accepted_under = form.policy_of(case.inquiry.policy)
    if policy is not None or accepted_under is form.policy:
        return now
    was = _Weighing(need, case, today, accepted_under).standing().state
    if was == now.state:
        return now
    return replace(now, notes=(*now.notes, Note(POLICY_CHANGED, {"was": was})))


class _Weighing:
    """One requirement, its files and the policy by which they are weighed."""

    def __init__(
        self, need: Mapping[str, Any], case: Case, today: date, policy: Mapping[str, Any]
    ) -> None:
        self.need = need
        self.case = case
        self.today = today
        self.policy = policy
        self.all = tuple(file for file in case.files if file.requirement == need["kind"])
        self.files = Files(case, self.all)
        self.parts: Sequence[str] = policy.get("parts", {}).get(need["kind"], ())
        found = self.files.parts() if self.parts else self.files.documents()
        self.evidence = tuple(found)

    def standing(self) -> Standing:
        kind = self.need["kind"]
        waived = next((each for each in self.case.inquiry.waived if each["kind"] == kind), None)
        state = WAIVED if waived else self._state()
        best = self._best()
        hint = best is not None and not best.date and best.hint
        return Standing(
            kind=kind,
            need=self.need["need"],
            state=state,
            date=(best.date or best.hint) if best else None,
            date_source=(FROM_PDF if hint else best.source) if best else None,
            days=self._days(best),
            notes=tuple(self._notes(best)),
            files=self.all,
            expected_by=self._expected_by() if state == PROMISED else None,
            waived=waived,
        )

    def _state(self) -> str:
        """Return the best that is true; of what is here, its worst part."""
        states = Counter(file.state for file in self.all)
        true = {
            MISSING: True,
            UNUSABLE: bool(states["refused"]),
            PROMISED: self._is_promised(),
            WITHHELD: bool(states["withheld"]),
            self._here(): True,
            CHECKING: bool(states["arrived"]),
        }
        return max((state for state, is_true in true.items() if is_true), key=RANK.__getitem__)

    def _here(self) -> str:
        if not self.evidence:
            return MISSING
        if not self.parts:
            return max(map(self._stands, self.evidence), key=RANK.__getitem__)
        return min((self._part(part) for part in self.parts), key=RANK.__getitem__)

    def _part(self, part: str) -> str:
        """Return how the images or the report stand; how recent they are, images tell."""
        if part == _IMAGES:
            found = [self._stands(each) for each in self.evidence if each.images]
            return max(found, key=RANK.__getitem__, default=IMAGES_MISSING)
        reports = [each for each in self.evidence if each.report]
        if not reports:
            return REPORT_MISSING
        return IDENTITY_DIFFERS if all(each.differs for each in reports) else COMPLETE

    def _stands(self, one: Evidence) -> str:
        if one.differs:
            return IDENTITY_DIFFERS
        days = self._days(one)
        if days is None:
            return COMPLETE
        day = as_day(one.date)
        if day is None:
            return RECEIVED
        return STALE if day < self.today - timedelta(days=days) else COMPLETE

    def _days(self, one: Evidence | None) -> int | None:
        modality = one.modality if one else None
        return window_days(self.need["recency"], modality, self.policy)

    def _best(self) -> Evidence | None:
        """Return what decides: of the best that is here, the newest; images before reports."""

        def value(one: Evidence) -> tuple[bool, int, str]:
            return (one.images, RANK[self._stands(one)], one.date or "")

        return max(self.evidence, key=value, default=None)

    def _is_promised(self) -> bool:
        settled = {file.record for file in self.case.settled_files}
        records = (each for each in self.case.inquiry.records if each.n not in settled)
        announced = any(record.requirement == self.need["kind"] for record in records)
        return announced or self._promise() is not None

    def _promise(self) -> Mapping[str, Any] | None:
        missing = self.case.inquiry.answers.get("missing_records", ())
        return next(
            (
                each
                for each in missing
                if each["slot"] == self.need["kind"] and each["reason"] == "will_send_later"
            ),
            None,
        )

    def _expected_by(self) -> str | None:
        promise = self._promise()
        return promise.get("expected_by") if promise else None

    def _notes(self, best: Evidence | None) -> Iterator[Note]:
        states = Counter(file.state for file in self.all)
        if best:
            yield from self._of_age(best)
        yield from self._of_parts()
        for key, numbers in (
            (DETAILS_DIFFER, self.files.differing),
            (SEVERAL_PEOPLE, self.files.flagged(SEVERAL_PEOPLE)),
            (TOO_SMALL, self.files.flagged(TOO_SMALL)),
        ):
            if numbers:
                yield Note(key, {"files": numbers})
        for each in self.files.disagreements():
            yield Note(DATE_DIFFERS, {"stated": each.stated, "found": each.found})
        for key, state in ((SOME_UNUSABLE, "refused"), (SOME_WITHHELD, "withheld")):
            if states[state]:
                yield Note(key, {"count": states[state]})

    def _of_age(self, best: Evidence) -> Iterator[Note]:
        days, day = self._days(best), as_day(best.date)
        if days is None:
            return
        if day is None:
            # Of a report whose images are missing nobody asks when it was written.
            if best.images or not self.parts:
                yield Note(UNDATED)
        elif day < self.today - timedelta(days=days):
            yield Note(TOO_OLD, {"date": best.date, "days": days})

    def _of_parts(self) -> Iterator[Note]:
        """Yield which part is missing. A photo is never images, and hardly a report."""
        if not self.parts or not self.evidence:
            return
        images = any(each.images for each in self.evidence)
        reports = [each for each in self.evidence if each.report]
        if _IMAGES in self.parts and not images:
            yield Note(IMAGES_MISSING)
        if _REPORT in self.parts and not reports:
            yield Note(REPORT_MISSING)
        pictures = tuple(n for each in reports if each.picture for n in each.files)
        if pictures and (not images or all(each.picture for each in reports)):
            yield Note(LOW_VALUE, {"files": pictures})
