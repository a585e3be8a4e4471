"""Everything an inspection imports, at once: a fork can open no file, so not even a module."""

from __future__ import annotations

import importlib
import pkgutil
from contextlib import suppress

_LATE = ("_strptime", "encodings.idna")


def load() -> None:
    """Import what packages would import when they first need it."""
    import encodings  # noqa: PLC0415

    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in {"mbcs", "oem"}:  # Windows alone has them
            importlib.import_module(f"encodings.{module.name}")
    for name in _LATE:
        importlib.import_module(name)
    for name in ("dicom", "zipped", "disc", "lab"):
        with suppress(ImportError):
            importlib.import_module(f"check_upload.inspection.{name}")
