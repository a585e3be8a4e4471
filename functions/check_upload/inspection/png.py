"""PNG by its chunks (PNG 1.2, chapter 3)."""

from __future__ import annotations

import struct

from check_upload.inspection.result import RefusedError, WithheldError
from check_upload.inspection.stream import Stream

_HEAD = struct.Struct(">I4s")
_SIZE = struct.Struct(">II")
_CHECKSUM = 4
_MOST_CHUNKS = 100_000


def read(stream: Stream) -> tuple[list[tuple[int, int]], int]:
    """Return width and height of its one page, and where the picture ends."""
    pages: list[tuple[int, int]] = []
    at, has_data = 8, False
    for _chunk in range(_MOST_CHUNKS):
        head = stream.at(at, _HEAD.size + _SIZE.size)
        if len(head) < _HEAD.size:
            break
        length, name = _HEAD.unpack_from(head)
        after = at + _HEAD.size + length + _CHECKSUM
        if not name.isalpha() or after > stream.size or (not pages and name != b"IHDR"):
            break
        if name == b"IHDR":
            pages.append(_SIZE.unpack_from(head, _HEAD.size))
        elif name == b"IDAT":
            has_data = True
        elif name == b"IEND":
            if not has_data:
                break
            return pages[:1], after
        at = after
    else:
        raise WithheldError("check_unfinished")
    raise RefusedError("file_damaged")
