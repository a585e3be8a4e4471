"""Adds up what many headers say: studies, reports, people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from check_upload.inspection.header import (
    BODY_PART,
    BURNED_IN,
    CLASS,
    FRAMES,
    INSTANCE,
    MODALITY,
    ROWS,
    SERIES_TEXT,
    STUDY,
    STUDY_TEXT,
    Header,
)
from check_upload.inspection.result import (
    MOST_PEOPLE,
    MOST_STUDIES,
    UNFINISHED,
    Person,
    WithheldError,
)
from intake.findings import FROM_DICOM, NOTHING, Facts, Study

# They have pixels, or may have, but show no patient.
_NO_IMAGES = frozenset(("SR", "PR", "KO", "SEG", "REG", "DOC", "RTDOSE", "RTSTRUCT", "RTPLAN"))
_STORAGE = "1.2.840.10008.5.1.4.1.1."
# Reports that somebody wrote, as text or PDF (PS3.4, B.5); measurements and doses are none.
_AROUND = frozenset((_STORAGE + "104.1", _STORAGE + "104.2"))
_REPORTS = _AROUND | {_STORAGE + each for each in ("88.11", "88.22", "88.33", "88.34", "88.35")}
# One object holds the slices of many: CT, MR and PET, enhanced or converted to it. A film of
# ultrasound stays one image, as doctors count.
_SLICES = frozenset(_STORAGE + each for each in ("2.1", "2.2", "4.1", "4.3", "4.4", "128.1", "130"))
_MOST_FRAMES = 10_000


@dataclass
class _Found:
    study: Study
    modalities: Counter[str] = field(default_factory=Counter)
    mark: int = 0


@dataclass
class Tally:
    """What was read until now."""

    objects: int = 0
    reports: int = 0
    instances: set[str] = field(default_factory=set)
    _studies: dict[str, _Found] = field(default_factory=dict)
    _people: dict[Person, None] = field(default_factory=dict)
    _burned_in: bool = False

    def add(self, header: Header, size: int) -> None:
        """Count one object of *size* bytes; a second copy of it counts nothing."""
        instance = header.text(INSTANCE)
        if instance in self.instances:
            return
        if instance:
            self.instances.add(instance)
        self.objects += 1
        self.name(header.person)
        self._burned_in |= header.text(BURNED_IN).upper() == "YES"
        self.reports += _is_report(header)
        uid, images = header.text(STUDY), _images(header)
        if uid not in self._studies and len(self._studies) == MOST_STUDIES:
            raise WithheldError(UNFINISHED)
        found = self._studies.setdefault(uid, _Found(Study(uid)))
        if instance:
            found.mark ^= _mark(instance)
        found.modalities[header.text(MODALITY, 16)] += bool(images)
        study = found.study
        found.study = replace(
            study,
            body_part=study.body_part or header.text(BODY_PART, 16) or None,
            description=study.description or _description(header),
            date=study.date or header.date,
            images=study.images + images,
            others=study.others + (not images),
            bytes=study.bytes + size,
        )

    def name(self, person: Person) -> None:
        """Note whom something names."""
        if person == Person() or person in self._people:
            return
        if len(self._people) == MOST_PEOPLE:
            raise WithheldError(UNFINISHED)  # the patient may be the next
        self._people[person] = None

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody named, each writing once."""
        return tuple(self._people)

    def facts(self, flags: Iterable[str] = ()) -> Facts:
        """Return it all, the newest study first."""
        studies = sorted(map(_named, self._studies.values()), key=_newest, reverse=True)
        date = next((study.date for study in studies), None)
        people = _different(self._people)
        own = {"several_people": people > 1, "burned_in": self._burned_in}
        return replace(
            NOTHING,
            date=date,
            date_source=FROM_DICOM if date else None,
            studies=tuple(studies),
            people=people,
            reports=self.reports,
            flags=(*(flag for flag, is_so in own.items() if is_so), *flags),
        )


def _is_report(header: Header) -> bool:
    """Tell whether somebody can read a report in it. One around a document has to have it."""
    found = header.text(CLASS)
    return found in _REPORTS and (found not in _AROUND or header.document is not None)


def _images(header: Header) -> int:
    """Count the images in one object: its frames where those are slices, else itself."""
    if not any(header.values.get(ROWS, b"")) or header.text(MODALITY) in _NO_IMAGES:
        return 0
    frames = header.number(FRAMES) if header.text(CLASS) in _SLICES else 1
    return min(max(frames, 1), _MOST_FRAMES)


def _description(header: Header) -> str | None:
    return header.text(STUDY_TEXT) or header.text(SERIES_TEXT) or None


def _named(found: _Found) -> Study:
    """Name the study by the modality that most of its images have."""
    ((modality, _),) = found.modalities.most_common(1)
    mark = f"{found.mark:016x}" if found.mark else None
    return replace(found.study, modality=modality or None, mark=mark)


def _mark(instance: str) -> int:
    """Return what one object adds to its study's mark, in whatever order they come."""
    return int.from_bytes(sha256(instance.encode()).digest()[:8])


def _newest(study: Study) -> str:
    return study.date or ""


def _different(people: Collection[Person]) -> int:
    """
    Count the patients behind what headers say.

    Hospitals number and spell the same person differently: birth date and family name decide, and
    where one of them is missing, what is left.
    """
    known = {(_family(each.name), each.birth_date) for each in people}
    families = {family for family, born in known if family and born}
    dates = {born for family, born in known if family and born}
    apart = {
        (family, born)
        for family, born in known
        if (family and born) or (family and family not in families) or (born and born not in dates)
    }
    return len(apart) or len({each.id for each in people})


def _family(name: str) -> str:
    """Return the family name (PS3.5, 6.2.1.2), as far as every scanner writes it alike."""
    return re.sub(r"[\W_]", "", name.partition("=")[0].partition("^")[0]).casefold()
