"""The list of contents at the end of a ZIP archive (APPNOTE 6.3.10, sections 4.3 and 4.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from check_upload.inspection.member import UNSAFE
from check_upload.inspection.members import MOST_MEMBERS
from check_upload.inspection.result import Reader, RefusedError, WithheldError

_END = struct.Struct("<4s4H2LH")  # 4.3.16
_END_MAGIC, _MOST_COMMENT = b"PK\x05\x06", 2**16 - 1
_LOCATOR, _LOCATOR_MAGIC = struct.Struct("<4sLQL"), b"PK\x06\x07"  # 4.3.15
_END64, _END64_MAGIC = struct.Struct("<4sQ2H2L4Q"), b"PK\x06\x06"  # 4.3.14
_ENTRY, _ENTRY_MAGIC = struct.Struct("<4s6H3L5H2L"), b"PK\x01\x02"  # 4.3.12
# An entry has a name and a few extra fields; twice what real ones take.
_MOST_BYTES = MOST_MEMBERS * 512

_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF  # says elsewhere: 4.4.1.4
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075  # 4.5.3, 4.6.9
_UTF8 = 1 << 11


@dataclass(frozen=True)
class Entry:
    """One file as the list has it. Sizes in bytes."""

    raw_name: bytes
    names: tuple[str, ...]  # what programs may call it
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int  # of its own header
    mode: int  # as Unix has it; 0: made elsewhere

    @property
    def room(self) -> int:
        """The least that it takes in the archive, its own header included."""
        return 30 + len(self.raw_name) + self.packed


@dataclass(frozen=True)
class Contents:
    """All entries, where their list starts, the archive's comment, and what follows it."""

    entries: tuple[Entry, ...]
    start: int
    comment: bytes
    rest: bytes


def read_contents(reader: Reader) -> Contents:
    """
    Read the list of contents; it is looked for as everybody does, from the end.

    Refused: `file_damaged` where it is missing, as in an archive whose end was lost, and
    `too_many_files`. Withheld: `archive_unsafe` where its own figures disagree.
    """
    many, size, start, end, comment, rest = _found(reader)
    if many > MOST_MEMBERS:
        raise RefusedError("too_many_files")
    # Nothing may lie between: another program could take the list for a different one.
    if size > _MOST_BYTES or start + size != end:
        raise WithheldError(UNSAFE)
    entries = tuple(_entries(reader.read(start, size)))
    if len(entries) != many:
        raise WithheldError(UNSAFE)
    return Contents(entries, start, comment, rest)


def _found(reader: Reader) -> tuple[int, int, int, int, bytes, bytes]:
    """Return entries, size, start and end of the list, the comment, and what follows."""
    tail_size = min(reader.size, _END.size + _MOST_COMMENT)
    tail = reader.read(reader.size - tail_size, tail_size)
    found = tail.rfind(_END_MAGIC, 0, max(0, len(tail) - _END.size + len(_END_MAGIC)))
    if found < 0:
        raise RefusedError("file_damaged")
    _, disk, first, here, many, size, start, comment = _END.unpack_from(tail, found)
    at = reader.size - tail_size + found
    behind = tail[found + _END.size :]
    if disk or first or comment > len(behind):
        raise RefusedError("file_damaged")  # one part of several, or the rest is missing
    if here != many:
        raise WithheldError(UNSAFE)
    said = (behind[:comment], behind[comment:])
    locator = reader.read(max(0, at - _LOCATOR.size), _LOCATOR.size)
    if not locator.startswith(_LOCATOR_MAGIC):
        return many, size, start, at, *said
    large = _found64(reader, at - _LOCATOR.size, locator)
    # Not every program looks there: it may not say anything else.
    if many not in {large[0], _FULL16} or not {size, start} <= {*large[1:3], _FULL32}:
        raise WithheldError(UNSAFE)
    return *large, *said


def _found64(reader: Reader, at: int, locator: bytes) -> tuple[int, int, int, int]:
    """Return entries, size, start and end of the list of a large archive."""
    _, _, place, _ = _LOCATOR.unpack(locator)
    record = reader.read(place, _END64.size) if place < at else b""
    if len(record) < _END64.size:
        raise WithheldError(UNSAFE)
    magic, rest, _, _, disk, first, here, many, size, start = _END64.unpack(record)
    # `rest` counts what follows itself: all but the magic and its own eight bytes.
    if magic != _END64_MAGIC or place + rest + 12 != at or disk or first or here != many:
        raise WithheldError(UNSAFE)
    return many, size, start, place


def _entries(listed: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(listed):
        if len(listed) - at < _ENTRY.size or listed[at : at + 4] != _ENTRY_MAGIC:
            raise WithheldError(UNSAFE)
        (_, _, _, flags, method, _, _, crc, packed, size, *lengths, disk, _, mode, start) = (
            _ENTRY.unpack_from(listed, at)
        )
        name_size, extra_size, comment_size = lengths
        at += _ENTRY.size
        raw, extra = listed[at : at + name_size], listed[at + name_size :][:extra_size]
        at += name_size + extra_size + comment_size
        if at > len(listed) or disk not in {0, _FULL16}:
            raise WithheldError(UNSAFE)
        fields = dict(extra_fields(extra))
        size, packed, start = in_full(fields, size, packed, start)
        names = (raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace"), *_unicode(fields))
        yield Entry(raw, names, flags, method, crc, packed, size, start, mode >> 16)


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the extra fields (4.5.1); what is no field ends them."""
    at = 0
    while at + 4 <= len(extra):
        number, size = struct.unpack_from("<2H", extra, at)
        yield number, extra[at + 4 : at + 4 + size]
        at += 4 + size


def in_full(fields: dict[int, bytes], *numbers: int) -> tuple[int, ...]:
    """Return *numbers*, those that had no room from the field of large archives (4.5.3)."""
    given = fields.get(_ZIP64, b"")
    full = []
    for number in numbers:
        if number != _FULL32:
            full.append(number)
            continue
        if len(given) < 8:  # noqa: PLR2004  bytes of a number
            raise WithheldError(UNSAFE)
        full.append(int.from_bytes(given[:8], "little"))
        given = given[8:]
    return tuple(full)


def _unicode(fields: dict[int, bytes]) -> tuple[str, ...]:
    """Return the other name that some programs prefer, behind a version and a checksum."""
    field = fields.get(_UNICODE_PATH, b"")
    return (field[5:].decode("utf-8", "replace"),) if field else ()
