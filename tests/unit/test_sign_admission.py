"""Which files may be declared, by what is known before they come."""

from __future__ import annotations

import pytest

from sign_upload.admission import is_surely_wrong

PAPER = ["application/pdf", "image/jpeg", "image/png", "image/tiff", "image/heic"]
PICTURES = ["application/dicom", *PAPER]
LAB = [*PAPER, "application/fhir+json", "application/xml", "x-application/hl7-v2+er7"]
OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    "declared", [*PAPER, "image/jpg", "image/pjpeg", "application/x-pdf", "image/heif"]
)
def test_what_is_asked_for_passes_under_all_its_names(declared):
    assert not is_surely_wrong(declared, PAPER)
    assert not is_surely_wrong(declared, PICTURES)


@pytest.mark.parametrize(
    "declared", ["application/octet-stream", "application/x-unheard-of", "application/vnd.hospital"]
)
def test_what_nobody_knows_passes_as_the_content_decides(declared):
    assert not is_surely_wrong(declared, PAPER)


@pytest.mark.parametrize(
    "declared", ["application/dicom", "image/dicom-rle", "application/zip", "multipart/x-zip"]
)
def test_pictures_from_a_disc_pass_where_they_are_asked_for(declared):
    assert not is_surely_wrong(declared, PICTURES)


@pytest.mark.parametrize(
    "declared",
    [
        *("video/mp4", "audio/mpeg", "text/html", "text/plain", "image/svg+xml", "image/webp"),
        *("application/msword", OFFICE, "application/vnd.rar", "application/x-msdownload"),
        *("application/javascript", "application/x-7z-compressed", "application/vnd.ms-excel"),
    ],
)
def test_what_surely_is_no_record_is_refused(declared):
    assert is_surely_wrong(declared, PAPER)
    assert is_surely_wrong(declared, PICTURES)


@pytest.mark.parametrize(
    "declared",
    [
        *("application/json", "application/fhir+json", "text/json", "text/xml", "text/plain"),
        *("application/xml", "application/cda+xml", "application/hl7-v2"),
    ],
)
def test_a_laboratory_s_export_passes_where_it_is_asked_for(declared):
    assert not is_surely_wrong(declared, LAB)


@pytest.mark.parametrize("declared", ["text/html", "text/csv", "application/xhtml+xml"])
def test_other_text_is_no_export(declared):
    assert is_surely_wrong(declared, LAB)


def test_an_archive_is_no_piece_of_paper():
    assert is_surely_wrong("application/zip", PAPER)
    assert is_surely_wrong("application/x-zip-compressed", PAPER)


def test_a_document_is_no_photo():
    assert is_surely_wrong("application/pdf", ["image/jpeg", "image/png", "image/tiff"])
