"""What the checked files of one requirement are good for: dated documents and studies, whose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from intake.findings import DIFFERS, FROM_DICOM, FROM_PDF, NOTHING, Facts, from_text, studies
from intake.inquiry import Case, File
from intake.recency import latest_day

STATED = "stated"  # on the form; the other sources are those of `findings.Facts`
PICTURES = frozenset({"jpeg", "png", "tiff", "heic"})
_MAY_HOLD_IMAGES = frozenset({"dicom", "zip", "iso"})
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
# Somewhere on earth it is tomorrow already.
_TOMORROW = timedelta(days=1)


@dataclass(frozen=True)
class Evidence:
    """
    One thing that came: a document, or an imaging study as far as its files hold it.

    `date` is the best that is known. `hint` was read where dates mean little: a PDF tells when it
    was made, not when anybody was examined.
    """

    files: tuple[int, ...]
    images: bool = False  # holds image objects; a photo of a film does not
    report: bool = False  # holds what somebody wrote about it, or may
    picture: bool = False
    date: str | None = None  # ISO 8601, may be partial where it was stated
    source: str | None = None
    hint: str | None = None
    modality: str | None = None
    differs: bool = False  # names another patient than the form


@dataclass(frozen=True)
class Disagreement:
    """A date on the form that nothing in the files of its record bears out."""

    stated: str
    found: str


class Files:
    """The clean files of one requirement, each with what our check read out of it."""

    def __init__(self, case: Case, files: Sequence[File]) -> None:
        """Read the facts of each clean one of *files* once."""
        self.clean = tuple(file for file in files if file.state == "clean")
        self.facts = {file.n: from_text(file.facts) for file in self.clean}
        self._by_number = {file.n: file for file in self.clean}
        self._records: Sequence[Mapping[str, Any]] = case.inquiry.answers.get("records", ())

    def flagged(self, flag: str) -> tuple[int, ...]:
        """Return the numbers of the files that have this flag."""
        return tuple(n for n, facts in self.facts.items() if flag in facts.flags)

    @property
    def differing(self) -> tuple[int, ...]:
        """The numbers of the files that name another patient."""
        return tuple(n for n, facts in self.facts.items() if facts.identity == DIFFERS)

    def documents(self) -> Iterator[Evidence]:
        """Yield each file as one thing."""
        for file in self.clean:
            yield self._document(file)

    def parts(self) -> Iterator[Evidence]:
        """Yield each study that has images, and each file that is or holds a report."""
        for study, numbers in studies(self.clean):
            if not study.images:
                continue
            found = self._believed(study.date, numbers)
            stated = next((each for each in map(self._stated, numbers) if each), None)
            yield Evidence(
                files=numbers,
                images=True,
                date=found or stated,
                source=FROM_DICOM if found else STATED if stated else None,
                modality=study.modality or next(filter(None, map(self._modality, numbers)), None),
                differs=all(self.facts[n].identity == DIFFERS for n in numbers),
            )
        for file in self.clean:
            one = self._document(file)
            if one.images or one.report:
                yield one

    def disagreements(self) -> Iterator[Disagreement]:
        """Yield each stated date that differs from all that the files of its record say."""
        for n, record in enumerate(self._records):
            stated = record.get("document_date")
            found = [
                day
                for file in self.clean
                if file.record == n
                for day in _dates(self.facts[file.n], stated)
            ]
            if stated and found and not any(_agree(stated, day) for day in found):
                yield Disagreement(stated, max(found))

    def _document(self, file: File) -> Evidence:
        facts = self.facts[file.n]
        # A check of an earlier release read nothing out of it: the doubt is in the sender's favour.
        unread = file.kind in _MAY_HOLD_IMAGES and facts == NOTHING
        found = self._believed(_examined(facts), (file.n,))
        stated = self._stated(file.n)
        return Evidence(
            files=(file.n,),
            images=unread,
            # An export of a laboratory says nothing about images.
            report=bool(facts.reports) or not (unread or facts.studies or facts.panels),
            picture=file.kind in PICTURES,
            date=found or stated,
            source=_source(facts) if found else STATED if stated else None,
            hint=self._believed(_made(facts), (file.n,)),
            modality=_modality_in(facts) or self._modality(file.n),
            differs=facts.identity == DIFFERS,
        )

    def _believed(self, found: str | None, numbers: Sequence[int]) -> str | None:
        """Return a date that was read, unless it is none, or later than its file's arrival."""
        day = as_day(found)
        files = [self._by_number[n] for n in numbers]
        arrived = max(file.arrived_at or file.declared_at for file in files)
        return found if day and day <= arrived.date() + _TOMORROW else None

    def _stated(self, n: int) -> str | None:
        return self._record(n).get("document_date")

    def _modality(self, n: int) -> str | None:
        return self._record(n).get("modality")

    def _record(self, n: int) -> Mapping[str, Any]:
        record = self._by_number[n].record
        known = record is not None and record < len(self._records)
        return self._records[record] if known and record is not None else {}


def as_day(found: str | None) -> date | None:
    """Return the last day that *found* can mean, None if it is no date."""
    if not found or not _DATE.fullmatch(found):
        return None
    try:
        return latest_day(found)
    except ValueError:
        return None


def _source(facts: Facts) -> str:
    return facts.date_source or FROM_DICOM


def _examined(facts: Facts) -> str | None:
    """Return when somebody was examined, as the file itself says."""
    if facts.date and facts.date_source != FROM_PDF:
        return facts.date
    return max((study.date for study in facts.studies if study.date), default=None)


def _made(facts: Facts) -> str | None:
    return facts.date if facts.date_source == FROM_PDF else None


def _modality_in(facts: Facts) -> str | None:
    return next((study.modality for study in facts.studies if study.modality), None)


def _dates(facts: Facts, stated: str | None) -> Iterator[str]:
    """Yield the dates in a file that can bear out a stated one, or contradict it."""
    found = [study.date for study in facts.studies] or [_examined(facts)]
    yield from (day for day in found if day and as_day(day))
    # Scans are made long after the examination, but none before it.
    made = _made(facts)
    if made and as_day(made) and stated and stated[: len(made)] > made[: len(stated)]:
        yield made


def _agree(stated: str, found: str) -> bool:
    return found.startswith(stated) or stated.startswith(found)
