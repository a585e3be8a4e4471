"""The talk with one child: serve its reads, and check everything it says."""

from __future__ import annotations

import json
import socket
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from check_upload.inspection import wire
from check_upload.inspection.result import (
    CLEAN,
    REFUSED,
    WITHHELD,
    Asked,
    Inspection,
    Person,
    Reader,
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
MOST_STUDIES = 50
MOST_PEOPLE = 20
MOST_PANELS = 20
_MOST_TEXT = 120
_MOST_NUMBER = 2**53


class NonsenseError(Exception):
    """A child said what no child of ours would say, or nothing. Only its kind is told."""


class Talk:
    """One conversation; counts what it costs."""

    def __init__(self, source: Reader, most_requests: int, most_bytes: int) -> None:
        """Serve reads of *source*, up to so many and so much."""
        self._source = source
        self._most_requests, self._most_bytes = most_requests, most_bytes
        self.requests = self.bytes_read = 0

    def hold(self, child: socket.socket, asked: Asked) -> tuple[Inspection, str | None]:
        """Return what was found, and the name of an error in the child; or NonsenseError."""
        self._say(child, wire.packed({"size": self._source.size, **asdict(asked)}))
        while True:
            heard = self._hear(child)
            if "read" in heard:
                offset, size = self._range(heard["read"])
                self._count(size)
                content = self._source.read(offset, size)
                self._say(child, wire.framed(content))
            elif "soon" in heard:
                self._count(0)
                self._source.prefetch([self._range(each) for each in _list(heard["soon"])])
            elif "found" in heard:
                return inspection(heard["found"]), _error(heard.get("error"))
            else:
                raise NonsenseError("unknown message")

    def _say(self, child: socket.socket, message: bytes) -> None:
        try:
            child.sendall(message)
        except OSError as error:
            raise NonsenseError("child does not listen") from error

    def _hear(self, child: socket.socket) -> Mapping[str, Any]:
        try:
            return _mapping(json.loads(wire.received(child.recv, wire.MOST_SAID)))
        except (OSError, EOFError) as error:
            raise NonsenseError("child ended") from error
        except (ValueError, RecursionError) as error:
            raise NonsenseError("unreadable message") from error

    def _range(self, given: Any) -> tuple[int, int]:
        match given:
            case [int(offset), int(size)] if offset >= 0 and 0 <= size <= wire.MOST_READ:
                return min(offset, self._source.size), size
        raise NonsenseError("unknown range")

    def _count(self, size: int) -> None:
        self.requests += 1
        self.bytes_read += size
        if self.requests > self._most_requests or self.bytes_read > self._most_bytes:
            raise NonsenseError("too many reads")


def inspection(given: Any) -> Inspection:
    """Return what a child found, with every part checked."""
    found = _mapping(given)
    outcome, reason = _one_of((CLEAN, *REASONS))(found.get("outcome")), found.get("reason")
    kind = _optional(_one_of(KINDS))(found.get("kind"))
    if outcome == CLEAN:
        if reason is not None or kind is None:
            raise NonsenseError("clean for a reason, or without a kind")
    else:
        _one_of(REASONS[outcome])(reason)
    people = tuple(_person(each) for each in _list(found.get("people", []))[:MOST_PEOPLE])
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


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def check(given: Any) -> str:
        if isinstance(given, str) and given in known:
            return given
        raise NonsenseError("unknown word")

    return check


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda given: None if given is None else check(given)


def _several(check: Callable[[Any], Any], most: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda given: tuple(check(each) for each in _list(given)[:most])


def _list(given: Any) -> list[Any]:
    if isinstance(given, list):
        return given
    raise NonsenseError("no list")


def _mapping(given: Any) -> Mapping[str, Any]:
    if isinstance(given, dict):
        return given
    raise NonsenseError("no mapping")


def _made(made: type[Any], given: Any, checks: Mapping[str, Callable[[Any], Any]]) -> Any:
    values = _mapping(given)
    if not values.keys() <= checks.keys():
        raise NonsenseError("unknown field")
    return made(**{name: checks[name](value) for name, value in values.items()})


def _person(given: Any) -> Person:
    person: Person = _made(
        Person, given, {"name": _text, "birth_date": _optional(_date), "id": _text}
    )
    return person


def _error(given: Any) -> str | None:
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
}
_FACTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("pages", "width", "height"), _optional(_number)),
    **dict.fromkeys(("people", "reports", "pictures", "entries", "left_out"), _number),
    "date": _optional(_date),
    "date_source": _optional(_one_of((FROM_DICOM, FROM_PDF, FROM_LAB))),
    "studies": _several(lambda each: _made(Study, each, _STUDY), MOST_STUDIES),
    "identity": _optional(_one_of(())),  # compared outside: a child never sees the form
    "panels": _several(_text, MOST_PANELS),
    "flags": _several(_one_of(FLAGS), len(FLAGS)),
}
