"""What a file is, by its first bytes: names and declared types say nothing."""

from __future__ import annotations

import pytest

from check_upload.sniff import is_two_things, is_word_document, kind_of


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
        b"PK\x05\x06",  # a ZIP with nothing in it
        b"MZ\x90\x00",
        b"<html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"II+\x00",  # BigTIFF
        b"DICM",
        b"\0" * 128,
        b"\0" * 127 + b"DICM",
        b"\0" * 128 + b"DIC",
    ],
)
def test_anything_else_is_unknown(start):
    assert kind_of(start) is None


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
    assert is_two_things(dicom(preamble))


@pytest.mark.parametrize("preamble", [b"", *TIFF_HEADERS, b"II*\x00" + b"\xff" * 124])
def test_an_empty_and_a_tiff_preamble_are_fine(preamble):
    assert not is_two_things(dicom(preamble))


@pytest.mark.parametrize("start", [b"%PDF-1.7", b"PK\x03\x04", b"", b"II*\x00"])
def test_only_a_dicom_file_has_a_preamble(start):
    assert not is_two_things(start)


@pytest.mark.parametrize(
    ("start", "name", "is_word"),
    [
        (b"PK\x03\x04", "letter.docx", True),
        (b"PK\x03\x04", "LETTER.DOCX", True),
        (b"\xd0\xcf\x11\xe0", "letter.doc", True),
        (b"{\\rtf1", "letter.rtf", True),
        (b"PK\x03\x04", "scans.zip", False),
        (b"PK\x03\x04", "letter.docx.zip", False),
        (b"plain", "letter.docx", False),
    ],
)
def test_a_word_processors_file_earns_a_better_hint(start, name, is_word):
    assert is_word_document(start, name) is is_word
