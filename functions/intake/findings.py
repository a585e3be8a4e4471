"""What the check read out of a file, for doctors to see at a glance. Never whose it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from intake.inquiry import File

# How what a file says of its patient compares with the form. The verdict alone is kept.
MATCH, DIFFERS, ABSENT = "match", "differs", "absent"

# Where a date was read.
FROM_DICOM, FROM_PDF, FROM_LAB = "dicom", "pdf", "lab"


@dataclass(frozen=True)
class Study:
    """
    One imaging study (DICOM PS3.3, C.7.2.1), as far as one file or disc holds it.

    `images` counts image objects, `others` reports, presentation states and whatever else belongs
    to the study; `bytes` is the size of both, unpacked.
    """

    uid: str
    modality: str | None = None  # as DICOM codes it: MR, CT, DX
    body_part: str | None = None  # as DICOM codes it: KNEE
    description: str | None = None  # written at the scanner
    date: str | None = None  # ISO 8601
    images: int = 0
    others: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Facts:
    """What one file holds. Every statement was read out of the file, none was typed on the form."""

    pages: int | None = None
    width: int | None = None  # pixels
    height: int | None = None
    date: str | None = None  # ISO 8601, of the examination or the document
    date_source: str | None = None  # one of the constants above
    studies: tuple[Study, ...] = ()
    identity: str | None = None  # one of the constants above; None: such a file never says
    people: int = 0  # different patients that its headers name
    reports: int = 0  # written reports beside images: structured reports, PDFs on a disc
    entries: int = 0  # files inside an archive
    left_out: int = 0  # programs inside, which no summary counts
    panels: tuple[str, ...] = ()  # names of laboratory panels
    flags: tuple[str, ...] = field(default=())  # keys in the catalogue: doubts that refuse nothing


NOTHING = Facts()


def to_text(facts: Facts) -> str:
    """Return *facts* as the table keeps them: JSON without what is empty."""
    kept = {name: value for name, value in asdict(facts).items() if value not in (None, (), 0)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str | None) -> Facts:
    """Read what `to_text` wrote; what a newer version wrote besides is left out."""
    if not text:
        return NOTHING
    given: dict[str, Any] = _known(Facts, json.loads(text))
    given["studies"] = tuple(Study(**_known(Study, each)) for each in given.get("studies", ()))
    for name in ("panels", "flags"):
        given[name] = tuple(given.get(name, ()))
    return Facts(**given)


def studies(files: Iterable[File]) -> list[tuple[Study, tuple[int, ...]]]:
    """
    Return each study of *files* with the numbers of the files that hold it, the newest first.

    A folder that was dropped onto the page comes as one file for each image: what they say of
    themselves is added up.
    """
    found: dict[str, tuple[Study, tuple[int, ...]]] = {}
    for file in files:
        for study in from_text(file.facts).studies:
            if study.uid in found:
                whole, numbers = found[study.uid]
                found[study.uid] = (_added(whole, study), (*numbers, file.n))
            else:
                found[study.uid] = (study, (file.n,))
    return sorted(found.values(), key=lambda each: each[0].date or "", reverse=True)


def _added(one: Study, other: Study) -> Study:
    return replace(
        one,
        modality=one.modality or other.modality,
        body_part=one.body_part or other.body_part,
        description=one.description or other.description,
        date=one.date or other.date,
        images=one.images + other.images,
        others=one.others + other.others,
        bytes=one.bytes + other.bytes,
    )


def _known(type_: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(type_)}
    return {name: value for name, value in given.items() if name in names}
