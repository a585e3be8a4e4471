"""What a DICOM file says of itself before its pixels (PS3.10, chapter 7; PS3.3, annex C)."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pydicom.charset import convert_encodings, decode_bytes

from check_upload.inspection.elements import (
    UNDEFINED,
    Element,
    Encoding,
    elements,
    is_kind,
    last_of_all,
    skimmed,
)
from check_upload.inspection.result import Person, RefusedError
from check_upload.inspection.stretches import Inflated, Slice, Stretch, TooFarError, Window

MAGIC_AT, MAGIC = 128, b"DICM"

_META_GROUP, _MEDIA_CLASS, _SYNTAX = 0x0002, 0x00020002, 0x00020010
CHARSET, CLASS, INSTANCE, MODALITY = 0x00080005, 0x00080016, 0x00080018, 0x00080060
# Study, series, acquisition, content: the first that is a date.
DATES = (0x00080020, 0x00080021, 0x00080022, 0x00080023)
STUDY_TEXT, SERIES_TEXT, BODY_PART = 0x00081030, 0x0008103E, 0x00180015
NAME, ID, BIRTH_DATE = 0x00100010, 0x00100020, 0x00100030
STUDY, FRAMES, ROWS, BURNED_IN = 0x0020000D, 0x00280008, 0x00280010, 0x00280301
DOCUMENT = 0x00420011
_WANTED = frozenset(
    (
        *(CHARSET, CLASS, INSTANCE, MODALITY, *DATES, STUDY_TEXT, SERIES_TEXT, BODY_PART),
        *(NAME, ID, BIRTH_DATE, STUDY, FRAMES, ROWS, BURNED_IN),
    )
)
_LAST_OF_IMAGES = 0x0028FFFF
PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # PS3.3, C.7.6.24, C.7.6.25 and C.7.6.3

# PS3.5, annex A. What is compressed is explicit and little endian outside its pixels.
_BIG, _DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"

_LONGEST = 1024  # bytes of a value; a name has 3 x 64 characters (PS3.5, 6.2)
_MOST_DIGITS, _DATE_DIGITS = 9, 8
_FIRST_SCAN, _FIRST_BIRTH = date(1950, 1, 1), date(1900, 1, 1)


@dataclass(frozen=True)
class Depth:
    """How much of a file its header is worth, in bytes."""

    read: int
    inflated: int
    to_pixels: bool  # also where all that we ask for was there before


ALONE = Depth(read=4 * 2**20, inflated=2**20, to_pixels=True)
AMONG_MANY = Depth(read=2**20, inflated=64 * 2**10, to_pixels=False)


@dataclass
class Header:
    """The values that we ask for, as they stand there, and where the rest lies."""

    window: Window
    start: int  # of the data set, in the window
    end: int | None  # None: it is deflated, and larger than we care to know
    media_class: str = ""
    encoding: Encoding = field(default_factory=Encoding)
    values: dict[int, bytes] = field(default_factory=dict)
    pixels: Element | None = None
    document: Element | None = None  # a PDF inside
    rest: int | None = None  # where something begins that belongs to no data set

    def text(self, tag: int, most: int = 64) -> str:
        """Return the text of *tag*, in one line of *most* characters at the most."""
        return _decoded(self.values.get(tag, b""), self.values.get(CHARSET, b""))[:most]

    def number(self, tag: int) -> int:
        """Return the number that *tag* has as digits, or 0."""
        text = self.text(tag, _MOST_DIGITS + 1)
        return int(text) if _is_digits(text) and len(text) <= _MOST_DIGITS else 0

    @property
    def date(self) -> str | None:
        """When the images were taken, ISO 8601."""
        found = (date_of(self.text(tag), _FIRST_SCAN) for tag in DATES)
        return next(filter(None, found), None)

    @property
    def person(self) -> Person:
        """The patient that it names, in all the writings that it has (PS3.5, 6.2.1)."""
        born = date_of(self.text(BIRTH_DATE), _FIRST_BIRTH)
        return Person(self.text(NAME, 3 * 64 + 2), born, self.text(ID))


def date_of(text: str, first: date) -> str | None:
    """Return a DICOM date as ISO 8601, or None: it may be retired, empty, or a name."""
    digits = text.replace(".", "") if text[4:5] == text[7:8] == "." else text
    latest = datetime.now(UTC).date() + timedelta(days=1)  # scanners keep their own zone's time
    if len(digits) == _DATE_DIGITS and _is_digits(digits):
        with suppress(ValueError):
            found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
            return found.isoformat() if first <= found <= latest else None
    return None


def opened(stretch: Stretch, depth: Depth) -> Header:
    """Read the file meta information (PS3.10, 7.1); the data set is left to be walked."""
    window = Window(stretch, depth.read)
    if window.take(MAGIC_AT, len(MAGIC)) != MAGIC:
        raise RefusedError("unknown_kind")
    meta: dict[int, str] = {}
    at, explicit = MAGIC_AT + len(MAGIC), Encoding()
    while stretch.size is None or at < stretch.size:
        element = explicit.element(window, at)
        if element.tag >> 16 != _META_GROUP:
            break
        if element.tag in {_SYNTAX, _MEDIA_CLASS}:
            value = window.take(element.start, min(element.length, _LONGEST))
            meta[element.tag] = value.decode("ascii", "replace").strip("\0 ")
        at = element.end
    header = Header(window, at, stretch.size, meta.get(_MEDIA_CLASS, ""))
    if meta.get(_SYNTAX) == _DEFLATED:
        packed = Slice(stretch, at, min(stretch.size or stretch.reach, stretch.reach) - at)
        inflated = Inflated(packed, depth.inflated)
        header.window, header.start = Window(inflated, depth.read), 0
        header.end = inflated.measured()
    # The first element is to be believed about this, rather than the transfer syntax.
    first = header.window.take(header.start, 6)
    order = ">" if meta.get(_SYNTAX) == _BIG else "<"
    header.encoding = Encoding(implicit=not is_kind(first[4:6]), order=order)
    return header


def read_header(stretch: Stretch, depth: Depth) -> Header:
    """
    Read what stands before the pixels.

    Raises DamagedError if the file ends before, or if its pixels can't all be in it.
    """
    header = opened(stretch, depth)
    try:
        at, before, found = skimmed(
            header.window, header.start, header.encoding, _WANTED, _LAST_OF_IMAGES
        )
        for element in found:
            _keep(header, element)
        for element in elements(header.window, at, header.encoding, header.end):
            if element.tag in PIXELS:
                header.pixels = element
                break
            if element.tag <= before and ROWS not in header.values:
                header.rest = element.at  # tags ascend (PS3.5, 7.1): this is no part of it
                break
            before = element.tag
            _keep(header, element)
            if not depth.to_pixels and _is_enough(header, element):
                break
    except TooFarError:
        if STUDY not in header.values:
            raise
    return header


def _keep(header: Header, element: Element) -> None:
    if element.tag == DOCUMENT:
        header.document = element
    elif element.tag in _WANTED and element.length != UNDEFINED:
        value = header.window.take(element.start, min(element.length, _LONGEST))
        header.values[element.tag] = value


def _is_enough(header: Header, element: Element) -> bool:
    """Tell whether the pixels are found, or they alone are still to come, and somewhere else."""
    last = _LAST_OF_IMAGES if ROWS in header.values else DOCUMENT
    if element.tag > last and not header.window.holds(element.end, 12):
        return True
    if ROWS in header.values and header.end is not None:
        header.pixels = last_of_all(header.window, element.end, header.encoding, header.end)
    return header.pixels is not None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


@lru_cache(maxsize=1024)
def _decoded(value: bytes, charset: bytes) -> str:
    """Decode as PS3.3, C.12.1.1.2 has it; what makes no sense becomes a replacement character."""
    text = _unpadded(value, charset).strip("\0 ")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _unpadded(value: bytes, charset: bytes) -> str:
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    # Other names pydicom would look up among Python's codecs, which are no business of a stranger.
    named = [
        name if name.startswith(("ISO", "GB")) else ""
        for name in charset.decode("ascii", "replace").strip("\0 ").split("\\")
    ]
    if not any(named):
        with suppress(UnicodeDecodeError):
            return value.decode()  # nobody said what it is, and nothing else looks like this
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would say what it could not read
        return decode_bytes(value, convert_encodings(named), {0x5C, 0x3D, 0x5E})
