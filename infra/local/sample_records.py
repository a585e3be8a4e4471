"""Three small records of real kinds: one ships inside a package, two are made on the spot."""

import io
from pathlib import Path

import pydicom
from PIL import Image, ImageDraw

_PAGE = (620, 877)  # A4 at 75 dots an inch
_MRI = Path(pydicom.__file__).parent / "data" / "test_files" / "MR_small.dcm"


def samples() -> dict[str, bytes]:
    """Return file names and contents: a lab report, a photographed page and an MRI slice."""
    return {
        "blood results.pdf": _drawn("Haematology 12 November", "PDF"),
        "urine page.jpg": _drawn("Urinalysis 12 November", "JPEG"),
        "knee.dcm": _MRI.read_bytes(),
    }


def _drawn(title: str, kind: str) -> bytes:
    page = Image.new("RGB", _PAGE, "white")
    pen = ImageDraw.Draw(page)
    pen.text((60, 60), title, fill="black", font_size=28)
    for line in range(12):
        pen.line((60, 140 + 40 * line, _PAGE[0] - 60, 140 + 40 * line), fill="gray")
    file = io.BytesIO()
    page.save(file, kind)
    return file.getvalue()
