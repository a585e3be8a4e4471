"""
A disc's list of its contents (PS3.3, annex F), read as a list alone.

The paths in it are never resolved: a hostile one names files outside its folder (CVE-2026-32711).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from check_upload.inspection.elements import UNDEFINED, Element, elements, items
from check_upload.inspection.header import (
    BIRTH_DATE,
    CHARSET,
    ID,
    NAME,
    Depth,
    Header,
    opened,
)
from check_upload.inspection.result import Person
from check_upload.inspection.stretches import Stretch

CLASS = "1.2.840.10008.1.3.10"  # media storage directory storage
_RECORDS, _TYPE, _INSTANCE = 0x00041220, 0x00041430, 0x00041511
_KEPT = frozenset((_TYPE, _INSTANCE, CHARSET, NAME, ID, BIRTH_DATE))
_LONGEST = 1024
# A record takes some 300 bytes.
DEPTH = Depth(read=8 * 2**20, inflated=8 * 2**20, to_pixels=True)


@dataclass
class Directory:
    """Whom a disc's list names, and the instance UIDs of the images on it."""

    people: list[Person] = field(default_factory=list)
    images: set[str] = field(default_factory=set)


def read_directory(stretch: Stretch) -> Directory:
    """Read the records of a DICOMDIR, in the order in which they lie there."""
    header = opened(stretch, DEPTH)
    found = Directory()
    for record in _records(header):
        kind = record.text(_TYPE)
        if kind == "PATIENT":
            found.people.append(record.person)
        elif kind == "IMAGE":
            found.images.add(record.text(_INSTANCE))  # without one, no file is it
    return found


def _records(header: Header) -> Iterator[Header]:
    for element in elements(header.window, header.start, header.encoding, header.end):
        if element.tag == _RECORDS:
            for start, end in items(header.window, element, header.encoding):
                yield _record(header, start, end)
            return


def _record(header: Header, start: int, end: int) -> Header:
    record = Header(header.window, start, end)
    for element in elements(header.window, start, header.encoding, end):
        if element.tag in _KEPT and element.length != UNDEFINED:
            _keep(record, element)
    return record


def _keep(record: Header, element: Element) -> None:
    value = record.window.take(element.start, min(element.length, _LONGEST))
    record.values[element.tag] = value
