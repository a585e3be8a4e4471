"""Name and declared type against content: doubts that a doctor sees, and nothing more."""

from __future__ import annotations

import pytest

from check_upload.inspection.naming import doubts
from check_upload.inspection.result import Asked


def told(kind, name="scan", declared=""):
    return doubts(kind, Asked(name, declared, "blood"))


@pytest.mark.parametrize(
    ("kind", "name", "declared"),
    [
        ("pdf", "result.pdf", "application/pdf"),
        ("pdf", "RESULT.PDF", "application/pdf; charset=binary"),
        ("jpeg", "IMG_0001.JPG", "image/jpeg"),
        ("jpeg", "photo.jpeg", ""),
        ("tiff", "fax.tif", "image/tiff"),
        ("heic", "IMG_0001.HEIC", "image/heif"),
        ("dicom", "IM000001", "application/octet-stream"),
        ("dicom", "1.2.840.113619.2.55.3", ""),
        ("dicom", "slice.dcm", "application/dicom"),
        ("zip", "cd.zip", "application/x-zip-compressed"),
        ("fhir", "export.json", "application/json"),
        ("ccda", "export.xml", "text/xml"),
        ("hl7", "export.hl7", ""),
        ("pdf", "", ""),
    ],
)
def test_a_name_that_agrees_or_says_nothing_raises_no_doubt(kind, name, declared):
    assert told(kind, name, declared) == ()


@pytest.mark.parametrize(
    ("kind", "name", "declared"),
    [
        ("jpeg", "result.pdf", ""),
        ("pdf", "result.pdf.exe", ""),
        ("pdf", "result.html", ""),
        ("dicom", "photo.jpg", ""),
        ("pdf", "result", "image/png"),
        ("pdf", "result.pdf", "text/html"),
        ("jpeg", "clip.jpg", "video/mp4"),
    ],
)
def test_a_name_or_a_type_that_means_another_kind_is_told_of(kind, name, declared):
    assert told(kind, name, declared) == ("type_differs",)


@pytest.mark.parametrize(
    "name",
    [
        "result\u202efdp.pdf",
        "result\u200b.pdf",
        "result\0.pdf",
        "result\n.pdf",
        "result         .pdf",
        "../result.pdf",
        "a\\result.pdf",
        " result.pdf",
        "result\ud800.pdf",
        "\ufeffresult.pdf",
    ],
)
def test_a_name_that_misleads_is_told_of(name):
    assert told("pdf", name) == ("odd_name",)


@pytest.mark.parametrize(
    "name",
    [
        "ผลเลือด 3 ก.พ. 2569.pdf",
        "验血报告.pdf",
        "می\u200cروم.pdf",
        "blood 🩸.pdf",
        "👩\u200d⚕️.pdf",
        "Blutbild (März).pdf",
    ],
)
def test_names_in_any_script_are_not_odd(name):
    assert told("pdf", name) == ()
