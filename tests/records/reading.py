"""A Reader of bytes that are already here."""

from __future__ import annotations

from collections.abc import Sequence


class Bytes:
    """Counts what it is asked for. `asked` are the ranges, `soon` the announced ones."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)
        self.asked: list[tuple[int, int]] = []
        self.soon: list[tuple[int, int]] = []

    def read(self, offset: int, size: int) -> bytes:
        self.asked.append((offset, size))
        return self._content[offset : offset + size]

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        self.soon += ranges
