"""
What archives and discs have in common: names, sizes, and the order in which to look at files.

Nothing is unpacked but the beginning of each file, where its kind and a DICOM header stand, and
what has to be read whole to be believed, within bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from check_upload.inspection.inside import Inside
from check_upload.inspection.member import UNSAFE, Member, Open, leads_out
from check_upload.inspection.result import Inspection, Reader, RefusedError, WithheldError
from check_upload.inspection.stretches import READ_AHEAD

MOST_MEMBERS = 10_000
# A disc is some thousand files of half a megabyte; whatever is larger unpacked is no disc.
_MOST_UNPACKED = 16 * 2**30
_LARGE, _MOST_RATIO = 2**30, 200

_AT_ONCE = 64
_NEAR = 64 * 2**10

_LONGEST_NAME = 4096  # where most systems stop
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ICON, _ICON_END = "Icon\r", "\r"


def check_name(name: str) -> None:
    """
    Raise WithheldError for a name that would lead out of the folder that it is unpacked to.

    A backslash parts folders too, for some programs that pack and that unpack, and is half of a
    letter in the names of others: it is looked at as a slash, and harms nobody by itself.
    """
    # macOS keeps the picture of a folder in a file that is called so.
    plain = name.removesuffix(_ICON_END) if name.endswith(_ICON) else name
    if len(name) > _LONGEST_NAME or _CONTROL.search(plain):
        raise WithheldError(UNSAFE)
    if leads_out(name):
        raise WithheldError(UNSAFE)


def check_sizes(members: Iterable[Member], size: int) -> None:
    """Raise WithheldError if what is packed in *size* bytes claims to be absurdly much."""
    unpacked = sum(member.size for member in members)
    if unpacked > _MOST_UNPACKED or (unpacked > _LARGE and unpacked > _MOST_RATIO * size):
        raise WithheldError(UNSAFE)


def inspect_members(
    kind: str, reader: Reader, members: Sequence[Member], open_: Open, flags: tuple[str, ...] = ()
) -> Inspection:
    """
    Look at the beginning of every member, and say what all of them hold.

    `open_` gives a member's content, up to a number of bytes. Every one is looked at, or the
    archive is withheld: no summary claims what nobody read.
    """
    if len(members) > MOST_MEMBERS:
        raise RefusedError("too_many_files")
    check_sizes(members, reader.size)
    inside = Inside(open_)
    for some in _batches(sorted(members, key=lambda each: each.start)):
        reader.prefetch(_ranges(some))
        for member in some:
            inside.at(member)
    return inside.outcome(kind, len(members), flags)


def _batches(members: Sequence[Member]) -> Iterator[list[Member]]:
    left = iter(members)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _ranges(members: Iterable[Member]) -> list[tuple[int, int]]:
    """Return (offset, size) of the members' beginnings, near ones together."""
    ranges: list[tuple[int, int]] = []
    for member in members:
        end = member.start + min(member.packed, READ_AHEAD)
        if ranges and member.start - sum(ranges[-1]) < _NEAR:
            start, size = ranges[-1]
            ranges[-1] = (start, max(size, end - start))
        else:
            ranges.append((member.start, end - member.start))
    return ranges
