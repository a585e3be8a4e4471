"""A file to read from anywhere, over a Reader that likes few and large requests."""

from __future__ import annotations

import io
import os
from collections import OrderedDict

from check_upload.inspection.result import Reader

_BLOCK = 64 * 2**10
_KEPT_BLOCKS = 128  # 8 MiB
_MOST_AHEAD = 16  # blocks: who reads on and on gets 1 MiB at once


class Stream(io.RawIOBase):
    """A seekable file. Reads on: each block in turn brings more with it."""

    def __init__(self, reader: Reader) -> None:
        """Read from *reader*, which has the file's size."""
        super().__init__()
        self._reader = reader
        self._place = 0
        self._ahead = 1
        self._last = -1
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.size = reader.size

    def at(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset* on; fewer where the file ends."""
        end = min(offset + size, self.size)
        content = bytearray()
        while offset < end:
            number, skipped = divmod(offset, _BLOCK)
            some = self._block(number)[skipped : skipped + end - offset]
            content += some
            offset += len(some)
        return bytes(content)

    def held(self) -> io.BytesIO:
        """Return the whole file in memory, where a million small reads cost a third of the time."""
        held = io.BytesIO()
        for offset in range(0, self.size, _MOST_AHEAD * _BLOCK):
            held.write(self._reader.read(offset, _MOST_AHEAD * _BLOCK))
        held.seek(0)
        return held

    def readable(self) -> bool:
        """Tell io's classes that they may read."""
        return True

    def seekable(self) -> bool:
        """Tell io's classes that they may move."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to *offset*, as files do."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def tell(self) -> int:
        """Return where the next read starts."""
        return self._place

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill *buffer*, up to the file's end."""
        number, skipped = divmod(self._place, _BLOCK)
        content = self._blocks.get(number, b"")[skipped : skipped + len(buffer)]
        if len(content) < len(buffer):  # PDFs are read 128 bytes at a time, mostly out of a block
            content = self.at(self._place, len(buffer))
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            self._fetch(number)
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _fetch(self, number: int) -> None:
        self._ahead = min(self._ahead * 2, _MOST_AHEAD) if number == self._last + 1 else 1
        content = self._reader.read(number * _BLOCK, self._ahead * _BLOCK)
        for start in range(0, len(content), _BLOCK):
            self._last = number + start // _BLOCK
            self._blocks[self._last] = content[start : start + _BLOCK]
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
