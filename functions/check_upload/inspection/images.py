"""
Pictures: size, pages and where they end, read from their structure alone.

No pixel is decoded, so no decoder meets a stranger's file here. Dates in them are the camera's, not
the document's, and stay where they are.
"""

from __future__ import annotations

from check_upload.inspection import heic, jpeg, kinds, png, tiff
from check_upload.inspection.result import (
    CLEAN,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stream import Stream
from intake.findings import Facts

# What viewers decode without complaint: Pillow warns above, at a quarter of 2**30 bytes in RGB.
MOST_PIXELS = 89_478_485
# Below, print on a photographed page is hard to read.
_READABLE = 1000
_TRAILING, _SMALL = "trailing_bytes", "too_small"
_NEAR = 4096

_READ = {"jpeg": jpeg.read, "png": png.read, "tiff": tiff.read, "heic": heic.read}


def inspect_picture(reader: Reader, kind: str) -> Inspection:
    """
    Return size and pages of a picture of *kind*.

    Refused: too_many_pixels on one page, or file_damaged: it ends before it should.
    """
    stream = Stream(reader)
    pages, end = _READ[kind](stream)
    if not pages:
        raise RefusedError("file_damaged")
    if any(width * height > MOST_PIXELS for width, height in pages):
        raise RefusedError("too_many_pixels")
    if not all(width and height for width, height in pages):
        raise RefusedError("file_damaged")
    flags = []
    behind = stream.at(end, _NEAR)
    if kinds.is_another_thing(behind):
        raise WithheldError("two_things")
    if behind.strip(kinds.EMPTY) or stream.size - end > _NEAR:  # a few empty bytes are padding
        flags.append(_TRAILING)
    if any(min(page) < _READABLE for page in pages):
        flags.append(_SMALL)
    width, height = max(pages, key=lambda page: page[0] * page[1])
    facts = Facts(pages=len(pages), width=width, height=height, flags=tuple(flags))
    return Inspection(CLEAN, kind=kind, facts=facts)
