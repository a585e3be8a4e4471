"""
What a file is, by its content alone.

Extensions and declared types are wrong too often (files on imaging CDs have none at all), and
general-purpose sniffers are fooled by a DICOM preamble. What they say is compared afterwards.
"""

from __future__ import annotations

import re
import struct

from check_upload.inspection.result import Asked, Reader, RefusedError, WithheldError

# DICOM's magic stands at 128 (PS3.10, 7.1). Structured reports say late what they are.
START_BYTES = 64 * 2**10
_NEAR = 4096  # how far programs look for a format's signs

DICOM, PDF, ZIP, ISO, TIFF = "dicom", "pdf", "zip", "iso", "tiff"
PICTURES = ("jpeg", "png", TIFF, "heic")
LABS = ("fhir", "ccda", "hl7")
_DICOM_PREAMBLE = 128
_ISO_MAGIC_AT = 32769  # ISO 9660 (ECMA-119), 8.1.1: descriptors start at sector 16

_MAGIC = (
    (b"%PDF-", PDF),  # ISO 32000-1, 7.5.2
    (b"\xff\xd8\xff", "jpeg"),  # ISO 10918-1, B.1
    (b"\x89PNG\r\n\x1a\n", "png"),  # PNG, 5.2
    (b"II*\x00", TIFF),  # TIFF 6.0, section 2
    (b"MM\x00*", TIFF),
    (b"PK\x03\x04", ZIP),  # APPNOTE, 4.3.7
    (b"PK\x05\x06", ZIP),  # one with nothing in it
)
# ISO 23008-12, 10.2: HEVC pictures, by their own brand or as one among several.
_HEIC = (b"heic", b"heix", b"heim", b"heis")
_OLE = b"\xd0\xcf\x11\xe0"
_OFFICE_NAMES = (".doc", ".docx", ".odt", ".rtf", ".pages", ".xls", ".xlsx", ".ppt", ".pptx")
# First members of what office programs write (ECMA-376-2, 10; OpenDocument 1.3-2, 3.3).
_OFFICE_ZIP = re.compile(
    rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|ppt/|Index/Document\.iwa"
    rb"|mimetypeapplication/vnd\.oasis)",
    re.DOTALL,
)
_BUNDLE = re.compile(rb'"resourceType"\s*:\s*"Bundle"')
_CLINICAL = re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument[\s>]")
_MESSAGE = re.compile(rb"\x0b?(?:MSH|FHS|BHS)\|")
_PAGE = re.compile(rb"<(?:script|html|body|!doctype\s+html|svg|iframe|\?php)[\s>/]", re.IGNORECASE)
# Archives and programs behind a file, by their own first bytes.
_BEHIND = (
    *(b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"MSCF"),
    *(b"%PDF-", b"\x7fELF", b"MZ", b"#!"),
)
EMPTY = b"\0\t\n\r \x1a"  # what pads a file out
# What a disc's free first 32 KiB must not start with: something that runs or opens by itself.
_RUNS_OR_OPENS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"GIF8")
_END_OF_ZIP = struct.Struct("<4s4H2LH")  # APPNOTE, 4.3.16
_END_MAGIC = b"PK\x05\x06"
_LONGEST_COMMENT = 2**16
_MOST_ENDS = 16  # more than one by chance is rare, so many are meant


def decide(reader: Reader, asked: Asked) -> str:
    """Return what the file is. RefusedError for what we take from nobody, or for two in one."""
    start = reader.read(0, START_BYTES)
    if is_word_document(start, asked.name):
        raise RefusedError("word_document")
    kind = kind_of(start) or _late_kind(reader, start)
    holds_disc = reader.read(_ISO_MAGIC_AT, 5) == b"CD001"
    if kind is None and holds_disc and not _is_more(start):
        return ISO
    if kind is None and not _hides_pdf(start) and not holds_disc:
        raise RefusedError("unknown_kind")
    if kind is None or holds_disc or is_two_things(start, kind) or _ends_as_zip(reader, kind):
        raise WithheldError("two_things")
    return kind


def kind_of(start: bytes) -> str | None:
    """Return the kind by the first bytes, or None. A disc (ISO 9660) shows later what it is."""
    if start[_DICOM_PREAMBLE : _DICOM_PREAMBLE + 4] == b"DICM":
        return DICOM
    return _plain_kind(start) or _text_kind(start)


def _plain_kind(start: bytes) -> str | None:
    if start[4:8] == b"ftyp":
        (size,) = struct.unpack(">I", start[:4])
        brands = [start[at : at + 4] for at in range(8, min(size, 256), 4) if at != 12]  # noqa: PLR2004
        return "heic" if any(brand in _HEIC for brand in brands) else None
    return next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)


def _text_kind(start: bytes) -> str | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if text.startswith(b"{") and _BUNDLE.search(text):
        return "fhir"
    if text.startswith(b"<") and _CLINICAL.search(text):
        return "ccda"
    return "hl7" if _MESSAGE.match(text) else None


def _late_kind(reader: Reader, start: bytes) -> str | None:
    """Return fhir if a bundle says what it is at its end alone: some programs sort their keys."""
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"{"):
        return None
    end = reader.read(max(reader.size - START_BYTES, 0), START_BYTES)
    return "fhir" if _BUNDLE.search(end) else None


def is_two_things(start: bytes, kind: str | None) -> bool:
    """
    Tell whether the start of a file of *kind* may make it something else as well.

    PS3.10, 7.1 knows two uses of a DICOM preamble: none, which is all zeros, and a TIFF header. No
    list of what else programs open or run would ever be complete (CVE-2019-11687). In other kinds
    we look for a page that a browser would show, and for a PDF, which readers find anywhere near.
    """
    if kind == DICOM:
        preamble = start[:_DICOM_PREAMBLE]
        return any(preamble) and _plain_kind(preamble) != TIFF
    if kind == PDF or kind in PICTURES:
        return bool(_PAGE.search(start[:_NEAR])) or (kind != PDF and _hides_pdf(start))
    return False


def _is_more(start: bytes) -> bool:
    return (
        start.startswith(_RUNS_OR_OPENS) or _hides_pdf(start) or bool(_PAGE.search(start[:_NEAR]))
    )


def is_another_thing(behind: bytes) -> bool:
    """Tell whether what stands behind a file's end is a file of its own, or a page for browsers."""
    return behind.lstrip(EMPTY).startswith(_BEHIND) or bool(_PAGE.search(behind[:_NEAR]))


def _hides_pdf(start: bytes) -> bool:
    return b"%PDF-" in start[1:1029]


def _ends_as_zip(reader: Reader, kind: str) -> bool:
    """Tell whether a file that is no ZIP has a ZIP's directory at its end."""
    if kind == ZIP or kind in LABS:
        return False
    tail_at = max(reader.size - _END_OF_ZIP.size - _LONGEST_COMMENT, 0)
    tail = reader.read(tail_at, reader.size - tail_at)
    at = tail.rfind(_END_MAGIC)
    for _candidate in range(_MOST_ENDS):
        if at < 0:
            return False
        if len(tail) - at >= _END_OF_ZIP.size:
            size = _END_OF_ZIP.unpack_from(tail, at)[5]
            directory = tail_at + at - size
            if size and directory >= 0 and reader.read(directory, 4) == b"PK\x01\x02":
                return True
            if tail[max(at - 20, 0) : at].startswith(b"PK\x06\x07"):  # ZIP64, APPNOTE 4.3.15
                return True
        at = tail.rfind(_END_MAGIC, 0, at)
    return True


def is_word_document(start: bytes, name: str) -> bool:
    """Tell whether an office program wrote this: it deserves a better hint."""
    if _OFFICE_ZIP.match(start):
        return True
    return name.lower().endswith(_OFFICE_NAMES) and start.startswith((_OLE, b"{\\rtf"))
