"""Look into one file: decide what it is, and have the module for its kind read it."""

from __future__ import annotations

from dataclasses import replace

from check_upload.inspection import kinds, naming
from check_upload.inspection.dicom import inspect_dicom
from check_upload.inspection.disc import inspect_iso
from check_upload.inspection.images import inspect_picture
from check_upload.inspection.lab import inspect_lab
from check_upload.inspection.pdf import inspect_pdf
from check_upload.inspection.result import (
    REFUSED,
    UNFINISHED,
    WITHHELD,
    Asked,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.zipped import inspect_zip

_ALONE = {
    kinds.PDF: inspect_pdf,
    kinds.DICOM: inspect_dicom,
    kinds.ZIP: inspect_zip,
    kinds.ISO: inspect_iso,
}


def inspect_any(reader: Reader, asked: Asked) -> tuple[Inspection, str | None]:
    """
    Inspect any file at all; return what was found, and the class of an error nobody expected.

    An inspection that fails says nothing of its file: a person looks.
    """
    try:
        return inspect(reader, asked), None
    except Exception as error:  # noqa: BLE001 - whatever a stranger's file sets off in a package
        return Inspection(WITHHELD, UNFINISHED), type(error).__name__


def inspect(reader: Reader, asked: Asked) -> Inspection:
    """Decide what the file is, by its content, and inspect it as that."""
    kind: str | None = None
    try:
        kind = kinds.decide(reader, asked)
        found = _by_kind(reader, kind)
    except WithheldError as error:
        return Inspection(WITHHELD, error.reason, kind)
    except RefusedError as error:
        return Inspection(REFUSED, error.reason, kind)
    flags = dict.fromkeys((*found.facts.flags, *naming.doubts(kind, asked)))
    return replace(found, kind=kind, facts=replace(found.facts, flags=tuple(flags)))


def _by_kind(reader: Reader, kind: str) -> Inspection:
    if kind in kinds.PICTURES:
        return inspect_picture(reader, kind)
    if kind in kinds.LABS:
        return inspect_lab(reader, kind)
    return _ALONE[kind](reader)
