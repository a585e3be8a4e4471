"""Writes ZIP files (APPNOTE 4.3) whose parts may contradict each other; zipfile never would."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

STORED, DEFLATED, AES = 0, 8, 99
ENCRYPTED = 0x1
SYMLINK, FOLDER = 0o120777 << 16, (0o040755 << 16) | 0x10
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")


@dataclass(frozen=True)
class Entry:
    """One member. What is None is told as it is."""

    name: str | bytes
    content: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    size: int | None = None  # as the directory tells it
    packed: int | None = None  # as the directory tells it
    at: int | None = None  # where the directory says it begins
    attributes: int = 0o100644 << 16
    raw: bytes | None = None  # the packed bytes, if they are none of the content's
    local_name: bytes | None = None  # if the entry calls itself otherwise than the directory does


def pack(
    *entries: Entry, before: bytes = b"", after: bytes = b"", count: int | None = None
) -> bytes:
    """Return a ZIP of *entries* between *before* and *after*, each written once and in turn."""
    body, directory = bytearray(before), bytearray()
    for each in entries:
        start = len(body)
        packed = _packed(each) if each.raw is None else each.raw
        body += _local(each, packed) + packed
        directory += _central(each, packed, start)
    number = (len(entries) if count is None else count) & 0xFFFF
    end = _END.pack(b"PK\5\6", 0, 0, number, number, len(directory), len(body), len(after))
    return bytes(body + directory) + end + after


def overlapping(entry: Entry, times: int) -> bytes:
    """Return a ZIP of *times* members that are all the same bytes (CVE-2024-0450)."""
    packed = _packed(entry)
    body = _local(entry, packed) + packed
    directory = b"".join(
        _central(Entry(f"IM{n:05d}", entry.content), packed, 0) for n in range(times)
    )
    end = _END.pack(b"PK\5\6", 0, 0, times, times, len(directory), len(body), 0)
    return body + directory + end


@cache
def flat(megabytes: int) -> bytes:
    """
    Return the deflated form of as many megabytes of zeros, raw, at 1000 to 1.

    A full flush forgets what came before, so the same block can follow itself.
    """
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = press.compress(bytes(2**20)) + press.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + press.flush()


def folder_of(contents: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a plain ZIP of named contents."""
    return pack(*(Entry(name, content) for name, content in contents))


_crc = lru_cache(zlib.crc32)  # of the same megabyte, sixty thousand times


def _packed(entry: Entry) -> bytes:
    if entry.method != DEFLATED:
        return entry.content
    press = zlib.compressobj(6, zlib.DEFLATED, -15)
    return press.compress(entry.content) + press.flush()


def _name(entry: Entry) -> tuple[bytes, int]:
    if isinstance(entry.name, bytes):
        return entry.name, entry.flags
    return entry.name.encode(), entry.flags | (0 if entry.name.isascii() else 0x800)


def _local(entry: Entry, packed: bytes) -> bytes:
    name, flags = _name(entry)
    name = entry.local_name or name
    crc = _crc(entry.content)
    head = (b"PK\3\4", 20, flags, entry.method, 0, 0x5B21, crc)
    return _LOCAL.pack(*head, *_sizes(entry, packed), len(name), 0) + name


def _central(entry: Entry, packed: bytes, start: int) -> bytes:
    name, flags = _name(entry)
    crc = _crc(entry.content)
    head = (b"PK\1\2", 0x031E, 20, flags, entry.method, 0, 0x5B21, crc)
    at = start if entry.at is None else entry.at
    rest = (len(name), 0, 0, 0, 0, entry.attributes, at)
    return _CENTRAL.pack(*head, *_sizes(entry, packed), *rest) + name


def _sizes(entry: Entry, packed: bytes) -> tuple[int, int]:
    told = len(packed) if entry.packed is None else entry.packed
    return told, len(entry.content) if entry.size is None else entry.size
