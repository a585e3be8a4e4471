"""Stretches of a file, plain or packed, that are read without ever holding all of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Protocol

from check_upload.inspection.result import UNFINISHED, Reader, RefusedError, WithheldError

_FEED = 4 * 2**10
READ_AHEAD = 16 * 2**10
# Most headers end within the first step, and all but a few of a million within the second.
_FIRST_STEP = 8 * 2**10
_LARGEST_STEP = 2**20


class TooFarError(WithheldError):
    """What is wanted lies beyond what we are willing to read."""

    def __init__(self) -> None:
        """Say that the check could not finish."""
        super().__init__(UNFINISHED)


class DamagedError(RefusedError):
    """A scan ends before it says that it does."""

    def __init__(self) -> None:
        """Say that the scan is incomplete."""
        super().__init__("scan_damaged")


class Stretch(Protocol):
    """Bytes that can be read from any place."""

    @property
    def size(self) -> int | None:
        """How many there are, if anybody said so."""

    @property
    def reach(self) -> int:
        """How far they can be read."""

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end alone."""


class Slice:
    """A part of something readable. A Reader in its turn."""

    def __init__(self, of: Reader | Stretch, offset: int, size: int) -> None:
        """Take *size* bytes from *offset* on."""
        self._of, self._offset = of, offset
        self.size: int = size
        self.reach = size

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end alone."""
        return self._of.read(self._offset + offset, max(0, min(size, self.size - offset)))

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Do nothing: whoever cut it out has fetched what is worth it."""


class Held:
    """Bytes that are here already, as a Reader."""

    def __init__(self, content: bytes) -> None:
        """Take all of it."""
        self._content = content
        self.size = self.reach = len(content)

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end alone."""
        return self._content[offset : offset + size]

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Do nothing: it is here."""


class Ahead:
    """A Reader that takes more than it is asked for: members lie behind each other."""

    def __init__(self, reader: Reader) -> None:
        """Take what is slow for each read, however short."""
        self._reader, self.size = reader, reader.size
        self._start, self._held = 0, b""

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end alone."""
        begin = offset - self._start
        if begin < 0 or begin + size > len(self._held):
            self._start, begin = offset, 0
            self._held = self._reader.read(offset, max(size, READ_AHEAD))
        return self._held[begin : begin + size]

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Say which (offset, size) will be read soon."""
        self._reader.prefetch(ranges)


class Inflated:
    """
    The beginning of what a deflated stretch holds, and never more than *most* bytes of it.

    Raises TooFarError for what lies beyond, and DamagedError where the packing makes no sense.
    """

    def __init__(self, packed: Slice, most: int, size: int | None = None) -> None:
        """Take *size* if somebody declared one; it is not believed."""
        self.size, self.reach = size, most
        self.ended = False
        self._packed, self._at = packed, 0
        self._held = bytearray()
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    @property
    def spent(self) -> int:
        """How many bytes came out until now."""
        return len(self._held)

    def measured(self) -> int | None:
        """Return how large all of it is, or None if that is too much to find out."""
        self._fill(self.reach)
        return len(self._held) if self.ended else None

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end alone."""
        end = offset + size
        self._fill(min(end, self.reach))
        if end > self.reach and not self.ended:
            raise TooFarError
        return bytes(self._held[offset:end])

    def _fill(self, end: int) -> None:
        while len(self._held) < end and not self.ended:
            fed = self._inflate.unconsumed_tail
            if not fed:
                fed = self._packed.read(self._at, _FEED)
                self._at += len(fed)
            if not fed:
                raise DamagedError  # the stream goes on where the file does not
            try:
                # At least what was asked for, and not byte by byte when that is little.
                self._held += self._inflate.decompress(fed, max(end - len(self._held), 512))
            except zlib.error as error:
                raise DamagedError from error
            self.ended = self._inflate.eof
            self._check_size()

    def _check_size(self) -> None:
        """Raise WithheldError if it is not as large as the archive says."""
        much = len(self._held)
        if self.size is not None and (much > self.size or (self.ended and much < self.size)):
            raise WithheldError("archive_unsafe")


class Window:
    """The part of a stretch that a walk is looking at; grows while the walk goes on."""

    def __init__(self, stretch: Stretch, most: int) -> None:
        """Fetch *most* bytes at the most, all in all."""
        self.stretch = stretch
        self._left = most
        self._step = _FIRST_STEP
        self._start, self._held = 0, b""

    def holds(self, at: int, size: int) -> bool:
        """Tell whether these bytes are here already."""
        return self._start <= at and at + size <= self._start + len(self._held)

    def take(self, at: int, size: int) -> bytes:
        """Return exactly these bytes; raise DamagedError if they end before."""
        held, begin = self.place(at, size)
        return held[begin : begin + size]

    def place(self, at: int, size: int) -> tuple[bytes, int]:
        """Return bytes that hold these, and where in them they begin. Walks spend their time so."""
        begin = at - self._start
        if begin < 0 or begin + size > len(self._held):
            self._fetch(at, size)
            begin = 0
        return self._held, begin

    def _fetch(self, at: int, size: int) -> None:
        wanted = max(size, min(self._step, self.stretch.reach - at))
        if wanted > self._left:
            raise TooFarError
        self._start, self._held = at, self.stretch.read(at, wanted)
        self._left -= len(self._held)
        self._step = min(self._step * 8, _LARGEST_STEP)
        if len(self._held) < size:
            raise DamagedError
