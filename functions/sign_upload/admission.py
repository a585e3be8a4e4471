"""Which files may be declared, by what is known of them before they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.aws.expected import Room
from intake.errors import (
    EmptyFileError,
    FileTooBigError,
    UnknownRequirementError,
    UsePartsError,
    WrongFileTypeError,
)
from intake.forms import Form
from intake.inquiry import Inquiry
from sign_upload.shapes import UNKNOWN_TYPE, Beginning

# A single request starts anew when it breaks; above this, parts are kinder to slow networks.
MAX_SINGLE_BYTES = 100 * 2**20
_MB = 1_000_000
_DICOM, _HEIC = "application/dicom", "image/heic"
# What laboratories export: FHIR, C-CDA, HL7 version 2.
_FHIR, _XML = "application/fhir+json", "application/xml"
_HL7 = "x-application/hl7-v2+er7"
# What hospitals' portals pack pictures into: a person unpacks it.
_ZIPS = {"application/zip", "application/x-zip-compressed", "application/x-zip", "multipart/x-zip"}
_SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/tif": "image/tiff",
    "image/heif": _HEIC,
    "image/heic-sequence": _HEIC,
    "image/heif-sequence": _HEIC,
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "image/dicom": _DICOM,
    "image/dicom-rle": _DICOM,
    "image/x-dicom": _DICOM,
    "application/dicom+octet-stream": _DICOM,
    "application/json": _FHIR,
    "application/json+fhir": _FHIR,
    "text/json": _FHIR,
    "text/xml": _XML,
    "application/cda+xml": _XML,
    "application/hl7-v2": _HL7,
    "text/plain": _HL7,  # what browsers make of a message that was saved as text
}
_WRONG_FAMILIES = ("audio/", "font/", "image/", "message/", "model/", "text/", "video/")
_WRONG_STARTS = (
    *("application/vnd.ms-", "application/vnd.openxmlformats-", "application/vnd.oasis."),
    *("application/vnd.apple.", "application/x-ms", "application/java"),
)
_WRONG = {
    *("application/pdf", "application/msword", "application/rtf", "application/json"),
    *("application/xml", "application/xhtml+xml", "application/x-sh", "application/gzip"),
    *("application/vnd.rar", "application/x-rar-compressed", "application/x-7z-compressed"),
    *("application/x-tar", "application/epub+zip", "application/postscript"),
    *_ZIPS,
}


@dataclass(frozen=True)
class Limits:
    """How much one inquiry may send; parameters of the template."""

    max_file_bytes: int
    max_inquiry_bytes: int
    max_inquiry_files: int

    @property
    def room(self) -> Room:
        """How much may be declared in all."""
        return Room(self.max_inquiry_files, self.max_inquiry_bytes)

    def files_left(self, inquiry: Inquiry) -> int:
        """Return how many more files may be declared."""
        return max(0, self.max_inquiry_files - inquiry.files_declared)

    def bytes_left(self, inquiry: Inquiry) -> int:
        """Return how many more bytes may be declared."""
        return max(0, self.max_inquiry_bytes - inquiry.bytes_declared)

    def of_file(self, need: Mapping[str, Any]) -> int:
        """Return how large one file of a requirement may be."""
        return min(self.max_file_bytes, int(need["max_bytes"]))


def check(form: Form, inquiry: Inquiry, asked: Beginning, limits: Limits) -> int | None:
    """Return the announced record that the file belongs to, or refuse the file."""
    need = need_of(form, asked.requirement)
    record = record_of(inquiry, asked.requirement, asked.record)
    if asked.size == 0:
        raise EmptyFileError
    largest = limits.of_file(need)
    if asked.size > largest:
        raise FileTooBigError(limit=largest // _MB)
    if not asked.in_parts and asked.size > MAX_SINGLE_BYTES:
        raise UsePartsError(limit=MAX_SINGLE_BYTES // _MB)
    if is_surely_wrong(asked.declared_type, need["types"]):
        raise WrongFileTypeError
    return record


def need_of(form: Form, requirement: str) -> Mapping[str, Any]:
    """Return what the form says of a requirement, or refuse one that it does not ask for."""
    for need in form.requirements:
        if need["kind"] == requirement:
            return need
    raise UnknownRequirementError


def record_of(inquiry: Inquiry, requirement: str, n: int | None) -> int | None:
    """
    Return *n* if this announced record is of the *requirement*.

    Without a number it is the first of them, as in a plain post; None if none was announced.
    """
    announced = [record.n for record in inquiry.records if record.requirement == requirement]
    if n is None:
        return announced[0] if announced else None
    if n not in announced:
        raise UnknownRequirementError
    return n


def is_surely_wrong(declared: str, allowed: list[str]) -> bool:
    """
    Tell whether a declared type can't be right.

    Browsers know few types and sometimes lie, so a doubtful one passes: the content decides when
    it is here. A video or a text document is refused before somebody waits for its upload.
    """
    type_ = _SAME.get(declared, declared)
    if type_ == UNKNOWN_TYPE or type_ in allowed:
        return False
    if type_ in _ZIPS and _DICOM in allowed:
        return False
    starts = (*_WRONG_FAMILIES, *_WRONG_STARTS)
    return any(each in _WRONG or each.startswith(starts) for each in (declared, type_))
