"""What the check read out of a file, for doctors to see at a glance. Never whose it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache, reduce
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

    `images` counts image objects, and the slices of those that hold many; `others` reports,
    presentation states and whatever else belongs to the study; `bytes` is the size of both,
    unpacked. `mark` tells copies apart from other parts of a study: 16 hex digits, the XOR over
    its distinct SOP Instance UIDs of the first eight bytes of each one's SHA-256.
    """

    uid: str
    modality: str | None = None  # as DICOM codes it: MR, CT, DX
    body_part: str | None = None  # as DICOM codes it: KNEE
    description: str | None = None  # written at the scanner
    date: str | None = None  # ISO 8601
    images: int = 0
    others: int = 0
    bytes: int = 0
    mark: str | None = None  # None in what was read before there were marks


@dataclass(frozen=True)
class Examination(Study):
    """One study as far as all files of a case hold it, each of its objects counted once."""

    copies: int = 1  # how often the whole of it came


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
    pictures: int = 0  # photos in an archive without scans
    entries: int = 0  # files inside an archive
    left_out: int = 0  # programs inside, which no summary counts
    panels: tuple[str, ...] = ()  # names of laboratory panels
    flags: tuple[str, ...] = field(default=())  # keys in the catalogue: doubts that refuse nothing


NOTHING = Facts()
_SINGLE = "dicom"  # the kind of a file that holds one object; others are archives and discs
_MARK = re.compile(r"[0-9a-f]{16}")
# What the JSON of a field is, by the field's type.
_KINDS = {"int": int, "int | None": int, "str": str, "str | None": str, "tuple": list}
_FIELDS: dict[type, dict[str, type]] = {
    type_: {each.name: _KINDS[str(each.type).split("[")[0]] for each in fields(type_)}
    for type_ in (Study, Facts)
}


def to_text(facts: Facts) -> str:
    """Return *facts* as the table keeps them: JSON without what is empty."""
    kept = {name: value for name, value in asdict(facts).items() if value not in (None, (), 0)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4096)
def from_text(text: str | None) -> Facts:
    """
    Read what `to_text` wrote; what a newer version wrote besides, or otherwise, is left out.

    Never raises: a doctor must be able to open a case whose facts nobody can read any more.
    Kept for a while: a page about a thousand images asks several times for those of each.
    """
    given = _known(Facts, _loaded(text))
    studies = (_study(each) for each in given.get("studies", ()))
    given["studies"] = tuple(Study(**each) for each in studies if "uid" in each)
    for name in ("panels", "flags"):
        given[name] = tuple(each for each in given.get(name, ()) if isinstance(each, str))
    return Facts(**given)


def studies(files: Iterable[File]) -> list[tuple[Examination, tuple[int, ...]]]:
    """
    Return each study of *files* with the numbers of the files that hold it, the newest first.

    A folder that was dropped onto the page comes as one file for each image: what they say of
    themselves is added up. What came twice, as a folder and on a disc, counts once.
    """
    held: dict[str, list[tuple[File, Study]]] = {}
    for file in files:
        for study in from_text(file.facts).studies:
            held.setdefault(study.uid, []).append((file, study))
    found = [(_whole(parts), tuple(file.n for file, _ in parts)) for parts in held.values()]
    return sorted(found, key=lambda each: each[0].date or "", reverse=True)


def _whole(parts: Sequence[tuple[File, Study]]) -> Examination:
    """Put one study together: single images are one collection, each archive is its own."""
    single = [study for file, study in parts if file.kind == _SINGLE]
    others = [_examined([study]) for file, study in parts if file.kind != _SINGLE]
    return _examined([*others, *([_examined(single)] if single else [])])


def _examined(parts: Iterable[Study]) -> Examination:
    """Add up *parts* of one study, copies once; it came as often as each of its parts did."""
    came: dict[tuple[int, str] | int, list[Study]] = {}
    for n, part in enumerate(parts):
        # What was read before there were marks can't be told to be a copy.
        key = n if part.mark is None else (part.images + part.others, part.mark)
        came.setdefault(key, []).append(part)
    whole = reduce(_added, (copies[0] for copies in came.values()))
    times = (sum(getattr(each, "copies", 1) for each in copies) for copies in came.values())
    known = {each.name: getattr(whole, each.name) for each in fields(Study)}
    return Examination(**known, copies=min(times))


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
        mark=_marks(one.mark, other.mark),
    )


def _marks(one: str | None, other: str | None) -> str | None:
    """Return the mark of both parts, whose objects differ."""
    if one is None or other is None:
        return None
    return f"{int(one, 16) ^ int(other, 16):016x}"


def _loaded(text: str | None) -> Any:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}


def _study(given: Any) -> dict[str, Any]:
    known = _known(Study, given)
    if not _MARK.fullmatch(known.get("mark") or ""):
        known.pop("mark", None)
    return known


def _known(type_: type[Any], given: Any) -> dict[str, Any]:
    """Return what *type_* declares, of *given* that came as JSON, where it is of its type."""
    if not isinstance(given, dict):
        return {}
    kinds = _FIELDS[type_]
    return {
        name: value
        for name, value in given.items()
        if name in kinds and isinstance(value, kinds[name]) and not isinstance(value, bool)
    }
