"""HEIC by its boxes (ISO 14496-12 and 23008-12), without a decoder."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from check_upload.inspection.result import RefusedError, WithheldError
from check_upload.inspection.stream import Stream

_DAMAGED = "file_damaged"
_HEAD = struct.Struct(">I4s")
_LONG = struct.Struct(">Q")
# What stands at the top of files that cameras write, films beside the picture included.
_TOP = frozenset((b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"wide", b"uuid", b"mpvd"))
_MOST_BOXES = 10_000
_MOST_META = 16 * 2**20
# Tiles have a size each, and the picture they make up another: the largest is what one sees.
_EXTENT = struct.Struct(">4xII")  # ispe, 23008-12, 6.5.3


def read(stream: Stream) -> tuple[list[tuple[int, int]], int]:
    """Return width and height of the largest picture in it, and where the boxes end."""
    sizes: list[tuple[int, int]] = []
    end, has_pixels = 0, False
    for name, start, after in _boxes(stream, 0, stream.size):
        if name not in _TOP:
            break
        if after > stream.size:
            raise RefusedError(_DAMAGED)
        if name == b"meta":
            if after - start > _MOST_META:
                raise WithheldError("check_unfinished")
            sizes += _extents(stream, start + 4, after)  # a full box: version and flags first
        has_pixels = has_pixels or name in {b"mdat", b"idat"}
        end = after
    if not sizes or not has_pixels:
        raise RefusedError(_DAMAGED)
    return [max(sizes, key=lambda size: size[0] * size[1])], end


def _extents(stream: Stream, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what meta/iprp/ipco/ispe say."""
    for name, inside, after in _boxes(stream, start, end):
        if name in {b"iprp", b"ipco"}:
            yield from _extents(stream, inside, after)
        elif name == b"ispe" and after - inside >= _EXTENT.size:
            width, height = _EXTENT.unpack(stream.at(inside, _EXTENT.size))
            yield width, height


def _boxes(stream: Stream, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start of content and end of each box, which may not fit."""
    for _box in range(_MOST_BOXES):
        if start >= end:
            return
        head = stream.at(start, _HEAD.size + _LONG.size)
        if len(head) < _HEAD.size:
            return
        size, name = _HEAD.unpack_from(head)
        inside = start + _HEAD.size
        if size == 1 and len(head) == _HEAD.size + _LONG.size:
            (size,) = _LONG.unpack_from(head, _HEAD.size)
            inside += _LONG.size
        if size == 0:  # up to the end
            size = end - start
        if not name.isalnum() or size < inside - start:
            return
        yield name, inside, start + size
        start += size
    raise WithheldError("check_unfinished")
