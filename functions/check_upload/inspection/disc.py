"""
The image of a CD (ISO 9660, that is ECMA-119), as far as it takes to list its files.

Ours, like the walk over DICOM: each place that the image names is looked at once, within bounds.
A disc may have two trees of folders, one for older systems. Both are walked, so that nothing is
hidden from us that somebody's computer would show.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from check_upload.inspection.member import UNSAFE, Member
from check_upload.inspection.members import MOST_MEMBERS, check_name, inspect_members
from check_upload.inspection.programs import ENOUGH, is_something
from check_upload.inspection.result import (
    UNFINISHED,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stretches import Ahead, DamagedError, Slice, Stretch

_KIND = "iso"
_SECTOR = 2048
_FIRST, _MOST_DESCRIPTORS = 16, 32  # ECMA-119, 6.2.1: the sectors before are the system's
_MAGIC = b"CD001"
_PRIMARY, _SECOND, _NO_MORE = 1, 2, 255  # 8.1.1
_JOLIET = (b"%/@", b"%/C", b"%/E")  # names in UCS-2, levels 1 to 3
_VOLUME = struct.Struct("<80xL4x32s8xH26x34s")  # 8.4: blocks, escapes, bytes of one, root

_RECORD = struct.Struct("<BBL4xL4x7xBBB4xB")  # 9.1
_FOLDER, _GOES_ON = 1 << 1, 1 << 7  # 9.1.6
_SELF_AND_PARENT = (b"\0", b"\1")  # 7.6.2
_XA, _XA_AT, _XA_BYTES = b"XA", 6, 14  # of CD-ROM XA, before what follows
# Rock Ridge (IEEE P1282, 4.1): mode, link, and a folder that lies elsewhere in the tree.
_MODE, _LINK, _MOVED = b"PX", b"SL", b"CL"
_MOST_OF_FOLDERS = 16 * 2**20
_MOST_REST = 64 * 2**10


class _Record(NamedTuple):
    """One line of a folder. Sizes and places in bytes."""

    name: str
    start: int
    size: int
    is_folder: bool


class _Volume(NamedTuple):
    """One tree of folders."""

    size: int
    block: int
    joliet: bool
    root: bytes


def inspect_iso(reader: Reader) -> Inspection:
    """
    Return what the image of a disc holds.

    Refused: `scan_damaged` where its end is missing, `too_many_files`, and what is refused in any
    archive. Withheld: `archive_unsafe` where folders lie in each other, or outside the image.
    """
    ahead = Ahead(reader)
    volumes = list(_volumes(ahead))
    if not volumes:
        raise WithheldError(UNFINISHED)
    listed = _Listed(ahead)
    for volume in volumes:
        listed.walk(volume)
    listed.check()
    end = max(volume.size for volume in volumes)
    rest = reader.read(end, _MOST_REST) if end < reader.size else b""
    if is_something(rest.lstrip(b"\0")[:ENOUGH]):
        raise WithheldError("two_things")

    def open_(member: Member, _most: int) -> Stretch:
        return Slice(ahead, member.start, member.size)

    flags = ("trailing_bytes",) if any(rest) else ()
    return inspect_members(_KIND, ahead, list(listed.files.values()), open_, flags)


def _volumes(reader: Reader) -> Iterator[_Volume]:
    for sector in range(_FIRST, _FIRST + _MOST_DESCRIPTORS):
        found = reader.read(sector * _SECTOR, _SECTOR)
        if len(found) < _SECTOR or found[1:6] != _MAGIC or found[0] == _NO_MORE:
            return
        blocks, escapes, block, root = _VOLUME.unpack_from(found)
        joliet = escapes.startswith(_JOLIET)
        if found[0] == _PRIMARY or (found[0] == _SECOND and joliet):
            if block not in {512, 1024, _SECTOR}:
                raise WithheldError(UNSAFE)
            yield _Volume(blocks * block, block, joliet, root)


class _Listed:
    """The files found in all trees, by where they start."""

    def __init__(self, reader: Reader) -> None:
        """Begin with nothing."""
        self._reader = reader
        self._left = _MOST_OF_FOLDERS
        self._folders: dict[int, int] = {}
        self.files: dict[int, Member] = {}

    def walk(self, volume: _Volume) -> None:
        """List one tree. A folder that was seen in it already makes a circle."""
        root = _record(volume.root, volume)
        waiting = [] if root is None else [root]
        seen: set[int] = set()
        while waiting:
            folder = waiting.pop()
            if folder.start in seen:
                raise WithheldError(UNSAFE)
            seen.add(folder.start)
            self._folders[folder.start] = folder.size
            for record in self._records(folder, volume):
                if record.is_folder:
                    waiting.append(record)
                else:
                    self._add(record)

    def check(self) -> None:
        """Raise WithheldError if anything lies partly in something else."""
        taken = [(each.start, each.size) for each in self.files.values()]
        taken += self._folders.items()
        for (start, size), (next_, _) in pairwise(sorted(taken)):
            if start + size > next_:
                raise WithheldError(UNSAFE)

    def _add(self, record: _Record) -> None:
        """Note a file. Two names of the same content, as in two trees, are one file."""
        known = self.files.get(record.start)
        if known and known.size != record.size:
            raise WithheldError(UNSAFE)
        self.files[record.start] = Member(record.name, record.size, record.start, record.size)
        if len(self.files) > MOST_MEMBERS:
            raise RefusedError("too_many_files")

    def _records(self, folder: _Record, volume: _Volume) -> Iterator[_Record]:
        self._left -= max(folder.size, _SECTOR)
        if self._left < 0:
            raise WithheldError(UNSAFE)
        self._check_inside(folder, volume)
        listed = self._reader.read(folder.start, folder.size)
        for sector in range(0, len(listed), _SECTOR):  # no record goes on in the next one: 6.8.1.1
            at, end = sector, min(sector + _SECTOR, len(listed))
            while at < end and listed[at]:
                record = _record(listed[at : min(at + listed[at], end)], volume)
                at += listed[at]
                if record is None:
                    continue
                if record.size or record.is_folder:
                    self._check_inside(record, volume)
                    yield record

    def _check_inside(self, record: _Record, volume: _Volume) -> None:
        if record.start + record.size <= self._reader.size:
            return
        if volume.size > self._reader.size:
            raise DamagedError  # its end is missing
        raise WithheldError(UNSAFE)


def _record(line: bytes, volume: _Volume) -> _Record | None:
    """Return what one line says, or None if it names nothing new."""
    if len(line) < _RECORD.size:
        raise WithheldError(UNSAFE)
    _, extra, block, size, flags, unit, gap, length = _RECORD.unpack_from(line)
    raw = line[_RECORD.size : _RECORD.size + length]
    if line is not volume.root and raw in _SELF_AND_PARENT:
        return None
    if flags & _GOES_ON or unit or gap:
        raise WithheldError(UNFINISHED)  # several pieces: for files larger than we take
    after = _RECORD.size + length + (not length % 2)  # 9.1.12
    if not volume.joliet and _is_moved(line[after:]):
        return None
    name = raw.decode("utf-16-be" if volume.joliet else "latin-1", "replace").partition(";")[0]
    if line is not volume.root:
        if "/" in name:
            raise WithheldError(UNSAFE)
        check_name(name)
    return _Record(name, (block + extra) * volume.block, size, bool(flags & _FOLDER))


def _is_moved(extended: bytes) -> bool:
    """Tell whether the line stands for a folder elsewhere; raise WithheldError for a link."""
    at = _XA_BYTES if extended[_XA_AT : _XA_AT + 2] == _XA else 0
    while at + 4 <= len(extended) and extended[at + 2] >= 4:  # noqa: PLR2004  name, length, version
        name, content = extended[at : at + 2], extended[at + 4 : at + extended[at + 2]]
        mode = int.from_bytes(content[:4], "little") if name == _MODE else 0
        if name == _LINK or stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise WithheldError(UNSAFE)
        if name == _MOVED:
            return True
        at += extended[at + 2]
    return False
