"""Small sound records of nobody, recent whenever they are made: reports, a picture, an MRI."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pikepdf
from PIL import Image, ImageDraw

from infra.local.sample_study import Study

_PAGE = (1240, 1754)  # A4 at 150 dots an inch; below 1000 a picture counts as hard to read
_NOTICE = "SYNTHETIC - made by a program, about nobody"
_BLOOD = (
    ("Haemoglobin", "13.8 g/dL", "12.0 - 15.5"),
    ("Leucocytes", "6.9 /nL", "4.0 - 10.0"),
    ("ESR", "24 mm/h", "< 20"),
    ("CRP", "9.1 mg/L", "< 5.0"),
    ("Rheumatoid factor", "31 IU/mL", "< 14"),
    ("Anti-CCP", "62 U/mL", "< 17"),
)
_URINE = (
    ("Protein", "negative", "negative"),
    ("Glucose", "negative", "negative"),
    ("Leucocytes", "negative", "negative"),
    ("pH", "6.0", "5.0 - 7.5"),
)


def days_ago(days: int) -> date:
    """Return the day that many days before this one, by the world's clock."""
    return datetime.now(UTC).date() - timedelta(days=days)


def samples(patient: Mapping[str, str]) -> dict[str, bytes]:
    """
    Return file names and contents: a lab report, a photographed page, an MRI with its report.

    *patient* are a form's answers about whose they are; what is missing there the MRI makes up.
    """
    nobody = Study(days_ago(20), slices=3)
    study = replace(
        nobody,
        name=patient.get("full_name", nobody.name),
        born=patient.get("date_of_birth", nobody.born),
    )
    return {
        "blood results.pdf": blood(days_ago(10)),
        "urine page.jpg": urine(days_ago(10)),
        "knee.zip": packed({**study.files(), "REPORT.PDF": radiology(study.day)}),
    }


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of *files*."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return file.getvalue()


def blood(day: date) -> bytes:
    """Return a lab report as a PDF with text."""
    rows = [f"{name}: {value}   (normal {normal})" for name, value, normal in _BLOOD]
    return report("Haematology and immunology", day, rows)


def urine(day: date) -> bytes:
    """Return a lab report as somebody photographs it."""
    page = Image.new("RGB", _PAGE, "white")
    pen = ImageDraw.Draw(page)
    pen.text((90, 90), f"Urinalysis, {_written(day)}", fill="black", font_size=48)
    pen.text((90, 170), _NOTICE, fill="gray", font_size=30)
    for number, (name, value, normal) in enumerate(_URINE):
        y = 300 + 90 * number
        pen.text((90, y), f"{name}: {value} (normal {normal})", fill="black", font_size=36)
        pen.line((90, y + 60, _PAGE[0] - 90, y + 60), fill="gray")
    file = io.BytesIO()
    page.save(file, "JPEG", quality=85)
    return file.getvalue()


def radiology(day: date) -> bytes:
    """Return what a radiologist writes about the study of that day."""
    findings = (
        "Technique: sagittal and coronal slices, without contrast medium.",
        "Menisci and ligaments: without a tear.",
        "Joint fluid: a little more than usual.",
        "Impression: mild synovitis, no erosion.",
    )
    return report("MRI of the left knee", day, findings)


def report(title: str, day: date, lines: Sequence[str], password: str = "") -> bytes:
    """Return a page of text as PDF, which opens only with *password* if there is one."""
    shown = [title, _written(day), _NOTICE, "Patient: Synthetic Knee, born 1 January 1980", *lines]
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in shown)
    text = " ".join(f"({line}) Tj T*" for line in escaped)
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        page = pdf.pages[0]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 12 Tf 22 TL 60 770 Td {text} ET".encode("ascii"))
        pdf.docinfo["/Title"] = title
        pdf.docinfo["/CreationDate"] = f"D:{day:%Y%m%d}120000Z"
        file = io.BytesIO()
        lock = pikepdf.Encryption(owner=password, user=password) if password else None
        pdf.save(file, encryption=lock or False, deterministic_id=not password)
    return file.getvalue()


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
