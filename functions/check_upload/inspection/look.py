"""Look into one file: decide what it is, and have the module for its kind read it."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

from check_upload.inspection import kinds, naming
from check_upload.inspection.images import inspect_picture
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

_OTHERS = {"dicom": "inspect_dicom", "zip": "inspect_zip", "iso": "inspect_iso"}
_MODULES = {"dicom": "dicom", "zip": "zipped", "iso": "disc"}


def inspect_any(reader: Reader, asked: Asked) -> tuple[Inspection, str | None]:
    """
    Inspect any file at all; return what was found, and the name of an error nobody expected.

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
    if kind == "pdf":
        return inspect_pdf(reader)
    if kind in kinds.PICTURES:
        return inspect_picture(reader, kind)
    found: Inspection
    if kind in kinds.LABS:
        found = _module("lab").inspect_lab(reader, kind)
    else:
        found = getattr(_module(_MODULES[kind]), _OTHERS[kind])(reader)
    return found


def _module(name: str) -> Any:
    return importlib.import_module(f"check_upload.inspection.{name}")
