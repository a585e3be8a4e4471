"""What a file is, by its content: names and declared types say nothing."""

from __future__ import annotations

import io
import zipfile

import pytest

from check_upload.inspection.kinds import decide, is_two_things, is_word_document, kind_of
from check_upload.inspection.result import Asked, RefusedError
from tests.records import pictures, small
from tests.records.reading import Bytes

DISC = b"\0" * 32768 + b"\x01CD001\x01\0" + b"\0" * 4096
ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as archive:
    archive.writestr("IM000001", b"x" * 4000)
ZIP = ZIP.getvalue()
WORD = io.BytesIO()
with zipfile.ZipFile(WORD, "w") as archive:
    archive.writestr("[Content_Types].xml", b"<Types/>")
WORD = WORD.getvalue()
OPEN_DOCUMENT = io.BytesIO()
with zipfile.ZipFile(OPEN_DOCUMENT, "w") as archive:
    archive.writestr("mimetype", b"application/vnd.oasis.opendocument.text")
OPEN_DOCUMENT = OPEN_DOCUMENT.getvalue()
SOUND = {
    "pdf": small.pdf(b"x" * 5000),
    "jpeg": small.picture("jpeg"),
    "png": small.picture("png"),
    "tiff": small.picture("tiff"),
    "heic": pictures.heic(),
    "dicom": small.dicom(),
    "zip": ZIP,
    "iso": DISC,
    "fhir": b' {"resourceType": "Bundle", "entry": []}',
    "ccda": b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>',
    "hl7": b"MSH|^~\\&|LAB|",
}


def dicom(preamble=b""):
    return preamble.ljust(128, b"\0") + b"DICM" + b"\x02\0\0\0UL"


TIFF_HEADERS = (b"II*\x00\x08\0\0\0", b"MM\x00*\0\0\0\x08")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (b"\xff\xd8\xff\xe1Exif", "jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
        *((header, "tiff") for header in TIFF_HEADERS),
        (dicom(), "dicom"),
        (dicom(b"II*\x00"), "dicom"),
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b'\xef\xbb\xbf{\n "id": "x", "resourceType" : "Bundle"', "fhir"),
        (b"<n1:ClinicalDocument xmlns:n1='urn:hl7-org:v3'>", "ccda"),
        (b"\x0bMSH|^~\\&|", "hl7"),
        (b"FHS|^~\\&|", "hl7"),
        (b"\r\nBHS|^~\\&|", "hl7"),
    ],
)
def test_each_kind_is_known_by_its_magic(start, kind):
    assert kind_of(start) == kind


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"%PDF",
        b" %PDF-1.7",
        b"\xff\xd8",
        b"\x89PNG\n\x1a\n",
        b"GIF89a",
        b"MZ\x90\x00",
        b"<html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"II+\x00",  # BigTIFF
        b"DICM",
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42",  # a film
        b"\0\0\0\x1cftypavif\0\0\0\0mif1avif",
        b'{"resourceType": "Patient"}',
        b"<?xml version='1.0'?><feed/>",
        b"<html><ClinicalDocumentation>",
        b"\0" * 128,
        b"\0" * 127 + b"DICM",
        b"\0" * 128 + b"DIC",
    ],
)
def test_anything_else_is_unknown(start):
    assert kind_of(start) is None


def test_a_bundle_may_say_at_its_end_what_it_is():
    def decided(content):
        return decide(Bytes(content), Asked("a.json", "application/json", "blood_tests"))

    entries = b'"entry":[%s{}]' % (b'{"id":"x"},' * 20_000)
    end = b',"resourceType":"Bundle","type":"collection"}'

    assert decided(b"{" + entries + end) == "fhir"
    for unknown in (b"[" + entries + end, b"{" + entries + b"}"):
        with pytest.raises(RefusedError, match="unknown_kind"):
            decided(unknown)


@pytest.mark.parametrize(
    "preamble",
    [
        b"MZ\x90\x00",
        b"\x7fELF",
        b"PK\x03\x04",
        b"#!/bin/sh\n",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"\xd0\xcf\x11\xe0",
        b"Rar!\x1a\x07",
        b"7z\xbc\xaf\x27\x1c",
        b"MSCF",
        b"<html><script>",
        b"\n <!DOCTYPE html>",
        b"<?xml version='1.0'?>",
        b"<body onload=alert(1)>",
        b"<!-- -->",
        b"<img src=x onerror=alert(1)>",
        b"\xef\xbb\xbf<html>",
        b"@echo off\r\n",
        b"%!PS",
        b"GIF89a",
        b"ITSF\x03",
        b"L\x00\x00\x00\x01\x14\x02\x00",
        b"\x1f\x8b",
        b"\xca\xfe\xba\xbe",
        b"II*x",
        b"II+\x00",
        b" II*\x00",
        b"written by SCANNER 3000",
        b"\0" * 127 + b"\1",
        b"\0II*\x00",
    ],
)
def test_a_preamble_that_is_neither_empty_nor_tiff_makes_it_two_things(preamble):
    assert kind_of(dicom(preamble)) == "dicom"
    assert is_two_things(dicom(preamble), "dicom")


@pytest.mark.parametrize("preamble", [b"", *TIFF_HEADERS, b"II*\x00" + b"\xff" * 124])
def test_an_empty_and_a_tiff_preamble_are_fine(preamble):
    assert not is_two_things(dicom(preamble), "dicom")


@pytest.mark.parametrize("start", [b"%PDF-1.7", b"PK\x03\x04", b"", b"II*\x00"])
def test_only_a_dicom_file_has_a_preamble(start):
    assert not is_two_things(start, kind_of(start))


@pytest.mark.parametrize(
    ("start", "name", "is_word"),
    [
        (b"PK\x03\x04", "letter.docx", False),
        (WORD, "LETTER.DOCX", True),
        (b"\xd0\xcf\x11\xe0", "letter.doc", True),
        (b"{\\rtf1", "letter.rtf", True),
        (b"PK\x03\x04", "scans.zip", False),
        (b"PK\x03\x04", "letter.docx.zip", False),
        (b"plain", "letter.docx", False),
        (WORD, "scans.zip", True),
        (WORD, "IM000001", True),
        (OPEN_DOCUMENT, "letter", True),
        (ZIP, "scans.zip", False),
    ],
)
def test_a_word_processors_file_earns_a_better_hint(start, name, is_word):
    assert is_word_document(start, name) is is_word


def decided(content, name="scan"):
    try:
        return decide(Bytes(content), Asked(name, "", "blood"))
    except RefusedError as error:
        return error.reason


@pytest.mark.parametrize("name", ["scan", "scan.exe", "scan.pdf", "scan.html", "scan.dcm"])
@pytest.mark.parametrize("kind", SOUND)
def test_the_content_decides_whatever_the_name(kind, name):
    assert decided(SOUND[kind], name) == kind


@pytest.mark.parametrize("name", ["scan.pdf", "scan.dcm", "scan.jpg"])
@pytest.mark.parametrize(
    "content", [b"<html>", b"<svg/>", b"MZ\x90", b"GIF89a", b"hello", b"\x7fELF", b"#!/bin/sh"]
)
def test_what_we_take_from_nobody_is_unknown_under_any_name(content, name):
    assert decided(content, name) == "unknown_kind"


BINARY = ("pdf", "jpeg", "png", "tiff", "heic", "dicom", "iso")


@pytest.mark.parametrize("kind", [kind for kind in BINARY if kind != "iso"])
def test_an_archive_behind_anything_makes_it_two_things(kind):
    assert decided(SOUND[kind] + ZIP) == "two_things"
    assert decided(SOUND[kind] + ZIP + b"and some more") == "two_things"


@pytest.mark.parametrize("kind", ["pdf", "jpeg", "png", "zip"])
def test_a_disc_inside_anything_makes_it_two_things(kind):
    assert decided(SOUND[kind][:32768] + DISC[len(SOUND[kind][:32768]) :]) == "two_things"


@pytest.mark.parametrize("start", [b"MZ", b"#!/bin/sh", b"<html>", b"\n\n%PDF-1.7"])
def test_a_disc_that_starts_as_something_else_is_two_things(start):
    assert decided(start + DISC[len(start) :]) == "two_things"


@pytest.mark.parametrize("before", [b"\n", b"x" * 1000, b"<html>", b"GIF89a", b"\xef\xbb\xbf"])
def test_a_pdf_that_does_not_start_the_file_is_two_things(before):
    assert decided(before + SOUND["pdf"]) == "two_things"
    assert decided(b"x" * 1029 + SOUND["pdf"]) == "unknown_kind"


@pytest.mark.parametrize("page", [b"<script>", b"<HTML>", b"<!DOCTYPE html>", b"<svg onload=x>"])
@pytest.mark.parametrize("kind", ["pdf", "jpeg", "png"])
def test_a_page_for_browsers_in_a_file_makes_it_two_things(kind, page):
    content = SOUND[kind]

    assert decided(content[:9] + page + content[9:]) == "two_things"
    assert decided(content[:9] + b"<b>" + content[9:]) == kind


def test_a_picture_with_a_pdf_near_its_start_is_two_things():
    content = SOUND["jpeg"]

    assert decided(content[:2] + b"\xff\xfe\0\x0a%PDF-1.7" + content[2:]) == "two_things"


def test_ends_of_zips_by_chance_are_none_and_many_are_meant():
    assert decided(SOUND["pdf"] + b"PK\x05\x06" + bytes(18)) == "pdf"
    assert decided(SOUND["pdf"] + (b"PK\x05\x06" + bytes(18)) * 20) == "two_things"


def test_a_decision_reads_little():
    reader = Bytes(SOUND["pdf"] + bytes(50 * 2**20))

    decide(reader, Asked("a.pdf", "", "blood"))

    assert sum(size for _offset, size in reader.asked) < 200_000
