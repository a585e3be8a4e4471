"""One DICOM file: what it shows, of whom, and whether all of it is there."""

from __future__ import annotations

from contextlib import suppress

from check_upload.inspection import dicomdir, kinds
from check_upload.inspection.elements import (
    UNDEFINED,
    after,
    elements,
)
from check_upload.inspection.header import ALONE, ROWS, Header, read_header
from check_upload.inspection.lab import MOST_BYTES, inspect_lab
from check_upload.inspection.pdf import inspect_pdf
from check_upload.inspection.programs import ENOUGH, is_something
from check_upload.inspection.result import (
    CLEAN,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stretches import DamagedError, Held, Slice, TooFarError
from check_upload.inspection.studies import Tally

_KIND = "dicom"
# A sequence delimiter as little endian writes it, with its length of nothing (PS3.5, 7.5).
_LAST = b"\xfe\xff\xdd\xe0\0\0\0\0"
_MOST_PADDING = 64 * 2**10


def inspect_dicom(reader: Reader) -> Inspection:
    """
    Return the study that this file is of.

    Refused: `scan_damaged` where the file ends before it says that it does, `no_images_found` for
    a disc's list of contents without the disc. Withheld: whatever no scanner writes.
    """
    whole = Slice(reader, 0, reader.size)
    header = read_header(whole, ALONE)
    if header.media_class == dicomdir.CLASS:
        raise RefusedError("no_images_found")
    if ROWS in header.values and header.pixels is None and header.window.stretch is whole:
        raise DamagedError
    tally = Tally()
    tally.add(header, reader.size)
    if header.document:
        document = header.document
        check_document(Slice(header.window.stretch, document.start, document.length))
    rest = behind(header)
    if rest is not None and is_something(header.window.stretch.read(rest, ENOUGH)):
        raise WithheldError("two_things")
    flags = () if rest is None else ("trailing_bytes",)
    return Inspection(CLEAN, None, _KIND, tally.facts(flags), tally.people)


def check_document(reader: Reader) -> None:
    """Raise RefusedError for a document in an object that is none, or that acts."""
    kind = kinds.kind_of(reader.read(0, kinds.START_BYTES))
    if kind in kinds.LABS:
        # A value has an even length (PS3.5, 6.2): a byte may be added to it.
        content = reader.read(0, MOST_BYTES + 1).rstrip(b"\0")
        inspect_lab(Held(content), kind)
    else:
        inspect_pdf(reader)


def ends_there(header: Header) -> bool:
    """Tell whether all that was found goes to the very end: nothing can be behind it."""
    pixels = header.pixels
    if pixels is None:
        return header.rest is None
    return pixels.length != UNDEFINED and pixels.end == header.end


def behind(header: Header) -> int | None:
    """
    Return where something begins behind the data set that is no part of it, or None.

    Only what takes a read or two to find out: images in pieces, as compression leaves them, are
    followed as far as a header may be read. Raises DamagedError where the pieces end too early.
    """
    pixels, end = header.pixels, header.end
    if pixels is None or end is None:
        return header.rest
    try:
        if pixels.length != UNDEFINED:
            at = pixels.end
        elif header.window.stretch.read(end - len(_LAST), len(_LAST)) == _LAST:
            return None
        else:
            at = after(header.window, pixels, header.encoding)
    except TooFarError:
        return None
    at = _after_elements(header, pixels.tag, at, end)
    # Old discs know whole sectors alone, and fill them with zeros.
    is_padded = end - at <= _MOST_PADDING and not any(header.window.stretch.read(at, end - at))
    return None if is_padded else at


def _after_elements(header: Header, before: int, at: int, end: int) -> int:
    """Return where what follows the pixels ends: signatures, padding (PS3.5: tags ascend)."""
    with suppress(RefusedError):
        for element in elements(header.window, at, header.encoding, end):
            if element.tag <= before or element.length == UNDEFINED:
                break
            before, at = element.tag, element.end
    return at
