"""
What a file is, by its first bytes alone.

The content decides, once, here: extensions and declared types are wrong too often (files on
imaging CDs have no extension at all), and general-purpose sniffers are fooled by a DICOM preamble.
"""

from __future__ import annotations

from check_upload.inspection.result import Asked, Reader, RefusedError, WithheldError

# The longest prefix that a rule below needs: DICOM's magic stands at 128 (PS3.10, 7.1).
START_BYTES = 4096

DICOM = "dicom"
_DICOM_PREAMBLE = 128

_MAGIC = (
    (b"%PDF-", "pdf"),  # ISO 32000-1, 7.5.2
    (b"\xff\xd8\xff", "jpeg"),  # ISO 10918-1, B.1
    (b"\x89PNG\r\n\x1a\n", "png"),  # PNG, 5.2
    (b"II*\x00", "tiff"),  # TIFF 6.0, section 2
    (b"MM\x00*", "tiff"),
    (b"PK\x03\x04", "zip"),  # APPNOTE, 4.3.7
)
_TIFF = "tiff"
ZIP = "zip"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"


def kind_of(start: bytes) -> str | None:
    """Return pdf, jpeg, png, tiff, dicom or zip, or None for anything else."""
    if start[_DICOM_PREAMBLE : _DICOM_PREAMBLE + 4] == b"DICM":
        return DICOM
    return _plain_kind(start)


def _plain_kind(start: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)


def is_two_things(start: bytes) -> bool:
    """
    Tell whether a DICOM file's preamble may make it something else as well (CVE-2019-11687).

    PS3.10, 7.1 knows two uses of it: none, which is all zeros, and a TIFF header. No list of what
    else programs open or run would ever be complete.
    """
    preamble = start[:_DICOM_PREAMBLE]
    return kind_of(start) == DICOM and any(preamble) and _plain_kind(preamble) != _TIFF


def is_word_document(start: bytes, name: str) -> bool:
    """Tell whether this looks like a word processor's file: it deserves a better hint."""
    is_office = name.lower().endswith((".doc", ".docx", ".odt", ".rtf", ".pages"))
    return is_office and start.startswith((_ZIP, _OLE, b"{\\rtf"))


def decide(reader: Reader, asked: Asked) -> str:
    """Return the kind, or raise RefusedError or WithheldError."""
    start = reader.read(0, START_BYTES)
    kind = kind_of(start)
    if is_word_document(start, asked.name):
        raise RefusedError("word_document")
    if kind is None:
        raise RefusedError("unknown_kind")
    if is_two_things(start):
        raise WithheldError("two_things")
    return kind


def doubts(kind: str, asked: Asked) -> tuple[str, ...]:
    """Return the flags that name and declared type earn."""
    return ()
