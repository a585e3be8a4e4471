"""What packages import late, imported early: a fork can open no file, so not even a module."""

from __future__ import annotations

import encodings
import importlib
import io
import pkgutil

import pikepdf

_WINDOWS_ONLY = ("mbcs", "oem", "cp65001")
_LATE = ("_strptime", "stringprep")


def load() -> None:
    """
    Import every text encoding (a DICOM file names its own), and what dates are parsed with.

    A locked PDF is made and opened, for the library that unlocks it opens files when it starts.
    """
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in _WINDOWS_ONLY:
            importlib.import_module(f"encodings.{module.name}")
    for name in _LATE:
        importlib.import_module(name)
    with io.BytesIO() as locked:
        with pikepdf.new() as pdf:
            pdf.save(locked, encryption=pikepdf.Encryption(owner="-", user=""))
        with pikepdf.open(locked):
            pass
