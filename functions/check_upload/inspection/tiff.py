"""TIFF by its directories (TIFF 6.0, section 2), one for each page."""

from __future__ import annotations

import struct

from check_upload.inspection.result import RefusedError, WithheldError
from check_upload.inspection.stream import Stream

_DAMAGED = "file_damaged"
_WIDTH, _LENGTH = 256, 257
# Where the pixels of strips and tiles lie, and how many bytes they are (sections 8 and 15).
_PLACES, _COUNTS = (273, 324), (279, 325)
_BYTES = {3: 2, 4: 4, 13: 4}  # SHORT, LONG and IFD, the types such entries may have
# Directories beside the pages: smaller copies, and what the camera wrote (EXIF, GPS).
_BESIDE = (330, 34665, 34853)
_MOST_BESIDE = 64
_MOST_PAGES = 2_000
_MOST_PIECES = 200_000


def read(stream: Stream) -> tuple[list[tuple[int, int]], int]:
    """Return width and height of each page, and where the last byte in use ends."""
    order = "<" if stream.at(0, 2) == b"II" else ">"
    pages: list[tuple[int, int]] = []
    seen: set[int] = set()
    end, pieces = 8, 0
    (at,) = struct.unpack(f"{order}I", _bytes(stream, 4, 4))
    while at:
        if at in seen:
            raise RefusedError(_DAMAGED)
        if len(pages) == _MOST_PAGES:
            raise WithheldError("check_unfinished")
        seen.add(at)
        page = _Directory(stream, order, at)
        pages.append((page.one(_WIDTH), page.one(_LENGTH)))
        places, counts = page.several(_PLACES), page.several(_COUNTS)
        pieces += len(places)
        if pieces > _MOST_PIECES:
            raise WithheldError("check_unfinished")
        if not places or len(places) != len(counts):
            raise RefusedError(_DAMAGED)
        end = max(end, page.end, *(a + b for a, b in zip(places, counts, strict=True)))
        beside = [each for tag in _BESIDE for each in page.several((tag,))][:_MOST_BESIDE]
        end = max([end, *(_Directory(stream, order, each).end for each in beside)])
        at = page.next
    if end > stream.size:
        raise RefusedError(_DAMAGED)
    return pages, end


class _Directory:
    """One page's entries."""

    def __init__(self, stream: Stream, order: str, at: int) -> None:
        self._stream, self._order = stream, order
        (count,) = struct.unpack(f"{order}H", _bytes(stream, at, 2))
        table = _bytes(stream, at + 2, count * 12 + 4)
        self._entries = {
            tag: (kind, values, table[n * 12 + 8 : n * 12 + 12])
            for n in range(count)
            for tag, kind, values in [struct.unpack_from(f"{order}HHI", table, n * 12)]
        }
        (self.next,) = struct.unpack_from(f"{order}I", table, count * 12)
        self.end = max([at + 2 + len(table), *map(self._end, self._entries.values())])

    def one(self, tag: int) -> int:
        """Return the number that *tag* gives; 0 without it."""
        return (self._values(tag) or (0,))[0]

    def several(self, tags: tuple[int, ...]) -> tuple[int, ...]:
        """Return the numbers that the first known of *tags* gives."""
        return next((self._values(tag) for tag in tags if tag in self._entries), ())

    def _values(self, tag: int) -> tuple[int, ...]:
        kind, count, field = self._entries.get(tag, (0, 0, b""))
        size = _BYTES.get(kind, 0) * count
        if not size or count > _MOST_PIECES:
            return ()
        content = (
            field[:size] if size <= len(field) else _bytes(self._stream, self._at(field), size)
        )
        values: tuple[int, ...] = struct.unpack(
            f"{self._order}{count}{'H' if _BYTES[kind] == 2 else 'I'}",  # noqa: PLR2004
            content,
        )
        return values

    def _at(self, field: bytes) -> int:
        place: int = struct.unpack(f"{self._order}I", field)[0]
        return place

    def _end(self, entry: tuple[int, int, bytes]) -> int:
        """Return where the values of *entry* end, if they lie elsewhere in the file."""
        kind, count, field = entry
        # Bytes of each type (section 2, "Types"): BYTE, ASCII, SHORT, LONG, RATIONAL ...
        size = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
        whole = size.get(kind, 0) * count
        return self._at(field) + whole if whole > len(field) else 0


def _bytes(stream: Stream, at: int, size: int) -> bytes:
    content = stream.at(at, size)
    if len(content) < size:
        raise RefusedError(_DAMAGED)
    return content
