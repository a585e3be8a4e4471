"""JPEG by its markers (ISO 10918-1, annex B)."""

from __future__ import annotations

import re

from check_upload.inspection.result import RefusedError, WithheldError
from check_upload.inspection.stream import Stream

_DAMAGED = "file_damaged"
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
# Frame headers: all of C0 to CF but DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
# In a scan, FF stands before 00 (a byte FF), D0 to D7 (restarts) or FF (filling); else it ends.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_CHUNK = 2**20
_MOST_MARKERS = 20_000


def read(stream: Stream) -> tuple[list[tuple[int, int]], int]:
    """Return width and height of its one page, and where the picture ends."""
    pages: list[tuple[int, int]] = []
    at, scanned = 2, False
    for _marker in range(_MOST_MARKERS):
        head = stream.at(at, 9)
        if len(head) < 2 or head[0] != 0xFF:  # noqa: PLR2004 - a marker is FF and its code
            break
        code = head[1]
        if code == 0xFF or code in _ALONE:  # noqa: PLR2004 - filling
            at += 1 if code not in _ALONE else 2
            continue
        if code == _END:
            if not scanned or len(pages) != 1:
                break
            return pages, at + 2
        length = int.from_bytes(head[2:4], "big")
        if length < 2:  # noqa: PLR2004 - it counts itself
            break
        if code in _FRAMES:
            pages.append((int.from_bytes(head[7:9], "big"), int.from_bytes(head[5:7], "big")))
        at += 2 + length
        if code == _SCAN:
            at, scanned = _after_scan(stream, at), True
    else:
        raise WithheldError("check_unfinished")
    raise RefusedError(_DAMAGED)


def _after_scan(stream: Stream, at: int) -> int:
    """Return where the marker behind a scan's data stands."""
    while at < stream.size:
        chunk = stream.at(at, _CHUNK)
        found = _MARKER.search(chunk)
        if found:
            return at + found.start()
        # A marker may be cut in two by the chunk's end.
        at += max(len(chunk) - 1, 1)
    raise RefusedError(_DAMAGED)
