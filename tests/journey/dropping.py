"""A disc's folder as hospitals hand it out, and a hand that drops it onto a page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pydicom
from playwright.sync_api import Locator
from pydicom.uid import generate_uid

from tests.records import scans, small

# What a disc holds besides its images, and no doctor needs.
_VIEWER = ("AUTORUN.INF", "Viewer/start.exe", "Viewer/help.htm", "Viewer/logo.png", "README")
_HIDDEN = (".DS_Store", "IMAGES/Thumbs.db")
NOT_IMAGES = len(_VIEWER) + len(_HIDDEN) + 1  # and the DICOMDIR


def a_disc(folder: Path, images: int, day: date, name: str = "", born: str = "") -> Path:
    """Lay out one MRI of a knee in *folder*, as a disc does: a folder for each series."""
    study, series = generate_uid(), (generate_uid(), generate_uid())
    for n in range(images):
        image = pydicom.dcmread(_file(folder / "x", small.dicom(f"{n}".encode())))
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series[n % 2]
        image.BodyPartExamined, image.StudyDate = "KNEE", day.strftime("%Y%m%d")
        image.PatientName, image.PatientBirthDate = name, born
        path = folder / "IMAGES" / f"S{n % 2}" / f"IM{n // 2:05}"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save_as(path)
    (folder / "x").unlink()
    for each in (*_VIEWER, *_HIDDEN):
        _file(folder / each, b"MZ" + each.encode() * 200)
    _file(folder / "DICOMDIR", scans.directory(scans.Slice()))
    return folder


def drop(onto: Locator, *paths: Path) -> None:
    """Drop files or folders onto a part of a page, as from a window of the desktop."""
    onto.scroll_into_view_if_needed()
    box = onto.bounding_box()
    assert box
    page = onto.page
    session = page.context.new_cdp_session(page)
    at = {"x": box["x"] + 20, "y": box["y"] + min(20, box["height"] / 2)}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})
    session.detach()


def _file(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
