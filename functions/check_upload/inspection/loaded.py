"""What packages import late, imported early: a fork can open no file, so not even a module."""

from __future__ import annotations

import encodings
import importlib
import pkgutil

_WINDOWS_ONLY = ("mbcs", "oem", "cp65001")
_LATE = ("_strptime", "stringprep")


def load() -> None:
    """Import every text encoding (a DICOM file names its own), and what dates are parsed with."""
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in _WINDOWS_ONLY:
            importlib.import_module(f"encodings.{module.name}")
    for name in _LATE:
        importlib.import_module(name)
