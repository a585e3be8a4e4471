"""A ZIP archive: what is in it, by its list of contents and the beginning of each file."""

from __future__ import annotations

import stat
import struct
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from check_upload.inspection.central import Contents, Entry, extra_fields, in_full, read_contents
from check_upload.inspection.member import UNSAFE, Member
from check_upload.inspection.members import check_name, inspect_members
from check_upload.inspection.programs import is_something
from check_upload.inspection.result import (
    UNFINISHED,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stretches import Ahead, Inflated, Slice, Stretch

_KIND = "zip"
_LOCAL, _LOCAL_MAGIC = struct.Struct("<4s5H3L2H"), b"PK\x03\x04"  # APPNOTE, 4.3.7
_LOCKED = 1 << 0 | 1 << 6 | 1 << 13  # 4.4.4: the file, strongly, the list of contents
_SIZES_LATER = 1 << 3
_STORED, _DEFLATED, _AES = 0, 8, 99
_MOST_OF_A_BYTE = 1032  # what deflate can make of it

_OFFICE, _WORD = "[Content_Types].xml", "word/"  # ECMA-376, part 2
_OPEN_DOCUMENT = frozenset(("mimetype", "content.xml"))
_PAGES = "Index/Document.iwa"


@dataclass(frozen=True)
class _Zipped(Member):
    """A member, with its entry, and where the next one starts."""

    entry: Entry
    next: int


def inspect_zip(reader: Reader) -> Inspection:
    """
    Return what an archive holds, without unpacking it.

    Refused: `zip_locked`, `zip_in_zip`, `too_many_files`, `no_images_found`, `file_damaged`, and
    `word_document`, which is such an archive too. Withheld: `archive_unsafe` where unpacking it
    may do harm, or where two programs would unpack different things from it.
    """
    contents = read_contents(reader)
    _check_entries(contents.entries)
    if is_something(contents.comment) or is_something(contents.rest):
        raise WithheldError("two_things")
    _check_links(contents.entries)
    _check_office({entry.names[0] for entry in contents.entries})
    ahead = Ahead(reader)

    def open_(member: Member, most: int) -> Stretch:
        assert isinstance(member, _Zipped)  # noqa: S101  it is one of those given below
        return _opened(ahead, member, most)

    flags = ("trailing_bytes",) if contents.rest else ()
    return inspect_members(_KIND, ahead, _members(contents), open_, flags)


def _check_entries(entries: Iterable[Entry]) -> None:
    for entry in entries:
        if entry.flags & _LOCKED or entry.method == _AES:
            raise RefusedError("zip_locked")
        for name in entry.names:
            check_name(name)
        if stat.S_IFMT(entry.mode) not in {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}:
            raise WithheldError(UNSAFE)  # a device
        if _is_folder(entry) and entry.size:
            raise WithheldError(UNSAFE)
        if not _fits(entry):
            raise WithheldError(UNSAFE)
    if any(entry.method not in {_STORED, _DEFLATED} for entry in entries):
        raise WithheldError(UNFINISHED)  # rare ways to pack, which we can't read


def _check_links(entries: Sequence[Entry]) -> None:
    """
    Raise WithheldError where something would be unpacked through a link, wherever that leads.

    Where links themselves lead is looked at with the files.
    """
    links = [path for entry in entries if _is_link(entry) for path in _paths(entry)]
    others = [path for entry in entries if not _is_link(entry) for path in _paths(entry)]
    paths = sorted((*links, *others))
    for link in links:
        after = bisect_left(paths, f"{link}/")
        if bisect_right(paths, link) - bisect_left(paths, link) > 1 or (
            after < len(paths) and paths[after].startswith(f"{link}/")
        ):
            raise WithheldError(UNSAFE)


def _paths(entry: Entry) -> set[str]:
    return {_path(name) for name in entry.names}


def _path(name: str) -> str:
    """Return a name as systems compare it that know no capital letters and no ready accents."""
    return unicodedata.normalize("NFD", name.replace("\\", "/").rstrip("/").casefold())


def _is_link(entry: Entry) -> bool:
    return stat.S_ISLNK(entry.mode)


def _fits(entry: Entry) -> bool:
    if entry.method == _STORED:
        return entry.size == entry.packed
    return entry.size <= entry.packed * _MOST_OF_A_BYTE


def _check_office(names: set[str]) -> None:
    """Give whoever sends a text a better hint, whatever it is called."""
    is_word = _OFFICE in names and any(name.startswith(_WORD) for name in names)
    if is_word or names >= _OPEN_DOCUMENT or _PAGES in names:
        raise RefusedError("word_document")
    if _OFFICE in names:
        raise RefusedError("unknown_kind")


def _members(contents: Contents) -> Sequence[Member]:
    """Return the files; raise WithheldError if one lies in another (CVE-2024-0450)."""
    entries = sorted(contents.entries, key=lambda each: each.start)
    starts = [*(entry.start for entry in entries), contents.start]
    if starts[0]:
        raise WithheldError(UNSAFE)  # it begins with another archive's file
    for entry, (start, next_) in zip(entries, pairwise(starts), strict=True):
        if start + entry.room > next_:
            raise WithheldError(UNSAFE)
    return [
        _Zipped(
            *(entry.names[-1], entry.size, entry.start, entry.room, entry, next_),
            is_link=_is_link(entry),
        )
        for entry, next_ in zip(entries, starts[1:], strict=True)
        if not _is_folder(entry)
    ]


def _is_folder(entry: Entry) -> bool:
    return entry.raw_name.endswith(b"/")


def _opened(reader: Reader, member: _Zipped, most: int) -> Stretch:
    """Return a member's content, once its own header says what the list of contents says."""
    entry = member.entry
    header = reader.read(entry.start, _LOCAL.size)
    if len(header) < _LOCAL.size:
        raise WithheldError(UNSAFE)
    magic, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(header)
    rest = reader.read(entry.start + _LOCAL.size, name_size + extra_size)
    start = entry.start + _LOCAL.size + name_size + extra_size
    if not flags & _SIZES_LATER:
        given = in_full(dict(extra_fields(rest[name_size:])), size, packed)
        if (*given, crc) != (entry.size, entry.packed, entry.crc):
            raise WithheldError(UNSAFE)
    if (
        magic != _LOCAL_MAGIC
        or (flags & _LOCKED, method) != (entry.flags & _LOCKED, entry.method)
        or rest[:name_size] != entry.raw_name
        or start + entry.packed > member.next
    ):
        raise WithheldError(UNSAFE)
    content = Slice(reader, start, entry.packed)
    return content if method == _STORED else Inflated(content, most, entry.size)
