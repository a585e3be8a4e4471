"""Clean, refused or withheld: from size and first bytes against what was declared."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from check_upload.verdict import Verdict, decide
from intake.aws.uploads import Upload
from intake.inquiry import File

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
PDF = b"%PDF-1.7\n"
DICOM = b"\0" * 128 + b"DICM"


def judged(start, *, size=None, declared=None, name="scan.pdf"):
    length = len(start) if size is None else size
    file = File(
        inquiry="a" * 26,
        n=0,
        record=0,
        requirement="blood",
        version="1",
        size=length if declared is None else declared,
        sha256="0" * 64,
        name=name,
        declared_type="application/pdf",
        declared_at=NOW,
    )
    return decide(file, Upload(length, NOW, start))


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PDF, "pdf"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"MM\x00*", "tiff"),
        (DICOM, "dicom"),
    ],
)
def test_what_the_clinic_reads_is_clean_whatever_it_is_called(start, kind):
    assert judged(start, name="holiday.exe") == Verdict("clean", kind=kind)


def test_a_large_file_is_judged_by_its_start_and_its_size():
    assert judged(PDF, size=3_000_000) == Verdict("clean", kind="pdf")


@pytest.mark.parametrize(
    ("start", "name", "reason"),
    [
        (b"", "empty.pdf", "empty_file"),
        (b"MZ", "setup.pdf", "unknown_kind"),
        (b"PK\x05\x06", "empty.zip", "unknown_kind"),
        (b"PK\x03\x04", "letter.docx", "word_document"),
    ],
)
def test_what_the_sender_can_mend_is_refused_with_a_reason(start, name, reason):
    assert judged(start, name=name) == Verdict("refused", reason)


def test_an_empty_file_is_refused_even_if_more_was_declared():
    assert judged(b"", declared=10) == Verdict("refused", "empty_file")


@pytest.mark.parametrize("declared", [8, 10, 0])
def test_another_size_than_declared_is_for_a_person(declared):
    assert judged(PDF, declared=declared) == Verdict("withheld", "check_unfinished")


@pytest.mark.parametrize("preamble", [b"MZ", b"<!-- -->", b"GIF89a", b"SCANNER"])
def test_two_things_at_once_are_for_a_person(preamble):
    polyglot = preamble.ljust(128, b"\0") + b"DICM"

    assert judged(polyglot) == Verdict("withheld", "check_unfinished", "dicom")


@pytest.mark.parametrize("header", [b"II*\x00", b"MM\x00*"])
def test_a_dicom_file_with_a_tiff_preamble_is_clean(header):
    assert judged(header.ljust(128, b"\0") + b"DICM") == Verdict("clean", kind="dicom")


def test_an_archive_is_for_a_person():
    assert judged(b"PK\x03\x04", name="scans.zip") == Verdict("withheld", "archive", "zip")


def test_a_version_that_is_gone_is_for_a_person():
    file = File("a" * 26, 0, 0, "blood", "1", 9, "0" * 64, "x", "application/pdf", NOW)

    assert decide(file, None) == Verdict("withheld", "check_unfinished")


def test_every_reason_has_words_for_the_sender(forms):
    for locale in ("en", "th"):
        words = repr(forms.shared_words(locale)["upload"])
        for reason in ("empty_file", "unknown_kind", "word_document", "check_unfinished"):
            assert f"'{reason}': " in words
