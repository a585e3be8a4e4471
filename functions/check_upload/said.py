"""What a child says it found, weighed: one that was taken over may say anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from check_upload.inspection.result import (
    CLEAN,
    MOST_PANELS,
    MOST_PEOPLE,
    MOST_STUDIES,
    REFUSED,
    WITHHELD,
    Inspection,
    Person,
)
from intake.findings import FROM_DICOM, FROM_LAB, FROM_PDF, Facts, Study

KINDS = ("pdf", "jpeg", "png", "tiff", "heic", "dicom", "zip", "iso", "fhir", "ccda", "hl7")
FLAGS = (
    "type_differs",
    "too_small",
    "several_people",
    "trailing_bytes",
    "burned_in",
    "programs_left_out",
    "images_missing_on_disc",
    "opens_itself",
    "scanned_pages",
    "odd_name",
)
REASONS = {
    REFUSED: (
        "empty_file",
        "unknown_kind",
        "word_document",
        "pdf_locked",
        "pdf_active",
        "zip_locked",
        "zip_in_zip",
        "no_images_found",
        "scan_damaged",
        "file_damaged",
        "too_many_pixels",
        "too_many_files",
    ),
    WITHHELD: ("check_unfinished", "two_things", "archive_unsafe"),
}
_MOST_TEXT = 120
_MOST_NUMBER = 2**53
_MARK = re.compile(r"[0-9a-f]{16}")


class NonsenseError(Exception):
    """A child said what no child of ours would say, or nothing. Only its kind is told."""


def inspection(given: Any) -> Inspection:
    """Return what a child found, with every part checked."""
    found = a_mapping(given)
    outcome, reason = _one_of((CLEAN, *REASONS))(found.get("outcome")), found.get("reason")
    kind = _optional(_one_of(KINDS))(found.get("kind"))
    if outcome == CLEAN:
        if reason is not None or kind is None:
            raise NonsenseError("clean for a reason, or without a kind")
    else:
        _one_of(REASONS[outcome])(reason)
    people = _all(_person, MOST_PEOPLE)(found.get("people", []))
    return Inspection(outcome, reason, kind, _made(Facts, found.get("facts", {}), _FACTS), people)


def plain(text: str, most: int = _MOST_TEXT) -> str:
    """Return *text* from a file without what no reader sees or what turns others round."""
    kept = (" " if char.isspace() else char for char in text)
    seen = "".join(char for char in kept if not unicodedata.category(char).startswith("C"))
    return " ".join(seen.split())[:most]


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise NonsenseError("no text")
    return plain(given)


def _number(given: Any) -> int:
    if type(given) is int and 0 <= given <= _MOST_NUMBER:
        return given
    raise NonsenseError("no number")


def _date(given: Any) -> str:
    try:
        return date.fromisoformat(_text(given)).isoformat()
    except ValueError as error:
        raise NonsenseError("no date") from error


def _mark(given: Any) -> str:
    if isinstance(given, str) and _MARK.fullmatch(given):
        return given
    raise NonsenseError("no mark")


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def check(given: Any) -> str:
        if isinstance(given, str) and given in known:
            return given
        raise NonsenseError("unknown word")

    return check


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda given: None if given is None else check(given)


def _several(check: Callable[[Any], Any], most: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda given: tuple(check(each) for each in a_list(given)[:most])


def _all(check: Callable[[Any], Any], most: int) -> Callable[[Any], tuple[Any, ...]]:
    """Cut nothing: who is left out may be the patient, and what is left out their newest scan."""

    def check_all(given: Any) -> tuple[Any, ...]:
        if len(a_list(given)) > most:
            raise NonsenseError("too many")
        return tuple(check(each) for each in given)

    return check_all


def a_list(given: Any) -> list[Any]:
    """Return *given* if it is a list."""
    if isinstance(given, list):
        return given
    raise NonsenseError("no list")


def a_mapping(given: Any) -> Mapping[str, Any]:
    """Return *given* if it is a mapping."""
    if isinstance(given, dict):
        return given
    raise NonsenseError("no mapping")


def _made(made: type[Any], given: Any, checks: Mapping[str, Callable[[Any], Any]]) -> Any:
    values = a_mapping(given)
    if not values.keys() <= checks.keys():
        raise NonsenseError("unknown field")
    return made(**{name: checks[name](value) for name, value in values.items()})


def _person(given: Any) -> Person:
    person: Person = _made(
        Person, given, {"name": _text, "birth_date": _optional(_date), "id": _text}
    )
    return person


def error_class(given: Any) -> str | None:
    """Return the name of an error's class; None for anything that could be more."""
    if isinstance(given, str) and given.isidentifier():
        return given[:_MOST_TEXT]
    return None


_STUDY: dict[str, Callable[[Any], Any]] = {
    "uid": _text,
    "modality": _optional(_text),
    "body_part": _optional(_text),
    "description": _optional(_text),
    "date": _optional(_date),
    "images": _number,
    "others": _number,
    "bytes": _number,
    "mark": _optional(_mark),
}
_FACTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("pages", "width", "height"), _optional(_number)),
    **dict.fromkeys(("people", "reports", "pictures", "entries", "left_out"), _number),
    "date": _optional(_date),
    "date_source": _optional(_one_of((FROM_DICOM, FROM_PDF, FROM_LAB))),
    "studies": _all(lambda each: _made(Study, each, _STUDY), MOST_STUDIES),
    "identity": _optional(_one_of(())),  # compared outside: a child never sees the form
    "panels": _several(_text, MOST_PANELS),
    "flags": _several(_one_of(FLAGS), len(FLAGS)),
}
