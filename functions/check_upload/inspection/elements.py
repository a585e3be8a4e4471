"""
Walks over the encoding of a DICOM data set (PS3.5, chapter 7) without believing its lengths.

Ours, because a packed study has thousands of files, each of which may be hostile: it takes one
pass, skips what nobody asked for without reading it, and recurses nowhere. What texts mean is left
to pydicom.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import product
from string import ascii_uppercase
from typing import NamedTuple

from check_upload.inspection.result import UNFINISHED, WithheldError
from check_upload.inspection.stretches import DamagedError, Window

UNDEFINED = 0xFFFFFFFF  # PS3.5, 7.1.1: the value ends at a delimiter
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD  # PS3.5, 7.5
_DELIMITERS = 0xFFFE
_MOST_PADDING = 4096  # behind pixels (PS3.5, 7.1: data set trailing padding)
_DEEPEST = 32  # no standard object comes near

# PS3.5, 7.1.2: these have two unused bytes, and a length of four.
_LONG = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_KINDS = frozenset(bytes(pair) for pair in product(ascii_uppercase.encode(), repeat=2))


class Element(NamedTuple):
    """One data element: where it and its value start, and how long that says it is."""

    tag: int
    at: int
    start: int
    length: int

    @property
    def end(self) -> int:
        """Return where the next element starts, unless the length is undefined."""
        return self.start + self.length


class Encoding:
    """How a data set is written: PS3.5, annex A."""

    def __init__(self, *, implicit: bool = False, order: str = "<") -> None:
        """Take the byte order as `struct` writes it."""
        self.implicit = implicit
        self._numbers = struct.Struct(f"{order}HH")
        self._short, self._long = struct.Struct(f"{order}H"), struct.Struct(f"{order}L")
        self.pixels = self._numbers.pack(0x7FE0, 0x0010)
        self.numbers = self._numbers.unpack_from
        self.short, self.long = self._short.unpack_from, self._long.unpack_from

    def element(self, window: Window, at: int) -> Element:
        """Read the header that stands at *at*."""
        held, begin = window.place(at, 8)
        group, number = self._numbers.unpack_from(held, begin)
        tag, kind = group << 16 | number, held[begin + 4 : begin + 6]
        # Some writers change to implicit inside a data set; delimiters are so always.
        if self.implicit or group == _DELIMITERS or kind not in _KINDS:
            return Element(tag, at, at + 8, self._long.unpack_from(held, begin + 4)[0])
        if kind in _LONG:
            return Element(tag, at, at + 12, self._long.unpack(window.take(at + 8, 4))[0])
        return Element(tag, at, at + 8, self._short.unpack_from(held, begin + 6)[0])


def is_kind(kind: bytes) -> bool:
    """Tell whether these two bytes may be a value representation."""
    return kind in _KINDS


def elements(window: Window, at: int, encoding: Encoding, end: int | None) -> Iterator[Element]:
    """
    Yield the elements from *at* to *end*, those inside sequences left out.

    Nothing is read ahead. Raises DamagedError where a value says that it goes on beyond the end,
    and WithheldError for what no scanner writes.
    """
    while end is None or at < end:
        element = encoding.element(window, at)
        if element.tag >> 16 == _DELIMITERS:
            raise WithheldError(UNFINISHED)  # the end of nothing
        if element.length != UNDEFINED and end is not None and element.end > end:
            raise DamagedError
        yield element
        at = element.end if element.length != UNDEFINED else after(window, element, encoding)


def skimmed(
    window: Window, at: int, encoding: Encoding, wanted: frozenset[int], last: int
) -> tuple[int, int, list[Element]]:
    """
    Return where the plain walk has to go on, the tag before, and the wanted elements until there.

    The same walk as `elements`, in one loop over what is held already, and no further than *last*:
    a disc has ten thousand headers of some hundred elements. Whatever is odd is left to the other.
    """
    held, begin = window.place(at, 8)
    offset, end, before, found = at - begin, len(held) - 12, -1, []
    numbers, short, long = encoding.numbers, encoding.short, encoding.long
    while begin <= end:
        group, number = numbers(held, begin)
        tag, kind = group << 16 | number, held[begin + 4 : begin + 6]
        if tag <= before or tag > last or group == _DELIMITERS:
            break
        if encoding.implicit or kind not in _KINDS:
            start, (length,) = begin + 8, long(held, begin + 4)
        elif kind in _LONG:
            start, (length,) = begin + 12, long(held, begin + 8)
        else:
            start, (length,) = begin + 8, short(held, begin + 6)
        if length == UNDEFINED or start + length > len(held):
            break
        if tag in wanted:
            found.append(Element(tag, begin + offset, start + offset, length))
        before, begin = tag, start + length
    return begin + offset, before, found


def last_of_all(window: Window, at: int, encoding: Encoding, end: int) -> Element | None:
    """
    Return pixels that are held already, and go to the *end* of the file or near: they are real.

    What lies before them are elements of scanners' makers, by the hundred, which say nothing to us.
    """
    if not window.holds(at, 12):
        return None
    held, begin = window.place(at, 12)
    found = held.find(encoding.pixels, begin)
    if found < 0 or found + 12 > len(held):
        return None
    element = encoding.element(window, at - begin + found)
    if element.length == UNDEFINED:
        return None
    return element if 0 <= end - element.end <= _MOST_PADDING else None


def items(window: Window, sequence: Element, encoding: Encoding) -> Iterator[tuple[int, int]]:
    """Yield start and end of the items in a *sequence* (PS3.5, 7.5.1)."""
    end = None if sequence.length == UNDEFINED else sequence.end
    at = sequence.start
    while end is None or at < end:
        item = encoding.element(window, at)
        if item.tag == SEQUENCE_END:
            return
        if item.tag != ITEM:
            raise WithheldError(UNFINISHED)
        if item.length != UNDEFINED:
            yield item.start, item.end
            at = item.end
        else:
            at = after(window, item, encoding)
            yield item.start, at - 8  # its delimiter has no value


def after(window: Window, opened: Element, encoding: Encoding) -> int:
    """Return where a value of undefined length ends, its delimiter included."""
    at, depth = opened.start, 1
    while depth:
        inner = encoding.element(window, at)
        if inner.tag in (ITEM_END, SEQUENCE_END):
            depth -= 1
            at = inner.start
        elif inner.length == UNDEFINED:
            depth += 1
            at = inner.start
        else:
            at = inner.end
        if depth > _DEEPEST:
            raise WithheldError(UNFINISHED)
    return at
