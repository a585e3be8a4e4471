"""A file in an archive passes what it would have to pass alone."""

from __future__ import annotations

import io

import pikepdf
import pytest

from check_upload.inspection.disc import inspect_iso
from check_upload.inspection.result import Inspection, RefusedError, WithheldError
from check_upload.inspection.zipped import inspect_zip
from tests.records import labs, scans, small
from tests.records.archives import disc_of, zip_of
from tests.records.reading import Bytes

KNEE = scans.Slice()
SCAN = ("DICOM/IM1", scans.made(KNEE))
PROGRAM = b"MZ" + b"\x90" * 5000
PDF_CLASS, CDA_CLASS = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"


def found(*files: tuple[str, bytes]) -> Inspection:
    return inspect_zip(Bytes(zip_of(files)))


def outcome(*files: tuple[str, bytes]) -> str:
    with pytest.raises(RefusedError) as caught:
        found(*files)
    kind = "withheld" if isinstance(caught.value, WithheldError) else "refused"
    return f"{kind} {caught.value.reason}"


def active() -> bytes:
    with pikepdf.open(io.BytesIO(small.pdf())) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        file = io.BytesIO()
        pdf.save(file)
    return file.getvalue()


def around(document: bytes, class_: str = PDF_CLASS) -> bytes:
    even = document + bytes(len(document) % 2)
    more = {"EncapsulatedDocument": even}
    return scans.made(KNEE.as_(n=9, side=0, modality="DOC", class_=class_, more=more))


def test_a_pdf_in_a_scan_is_a_report():
    facts = found(SCAN, ("DOC", around(small.pdf()))).facts

    assert (facts.reports, facts.left_out, facts.studies[0].others) == (1, 0, 1)


@pytest.mark.parametrize("document", [active(), PROGRAM, b"%PDF-1.7 junk"])
def test_a_document_in_a_scan_that_would_not_pass_is_no_report(document):
    facts = found(SCAN, ("DOC", around(document))).facts

    assert (facts.reports, facts.left_out, facts.studies[0].others) == (0, 1, 0)
    assert facts.flags == ("programs_left_out",)


def test_a_scan_around_nothing_is_no_report():
    bare = scans.made(KNEE.as_(n=9, side=0, modality="DOC", class_=PDF_CLASS))

    assert found(SCAN, ("DOC", bare)).facts.reports == 0


@pytest.mark.parametrize("files", [("DOC", around(active())), ("a.pdf", active())])
def test_a_document_alone_that_acts_says_why(files):
    assert outcome(files) == "refused pdf_active"


def test_a_lab_export_in_a_scan_is_read_as_one():
    assert found(SCAN, ("DOC", around(labs.ccda(labs.organizer()), CDA_CLASS))).facts.reports == 1


@pytest.mark.parametrize("knobs", [{}, {"syntax": scans.IMPLICIT}, {"side": 512}])
def test_a_program_behind_a_scan_withholds_the_whole(knobs):
    scan = scans.made(KNEE.as_(n=2, **knobs)) + PROGRAM
    with pytest.raises(WithheldError) as caught:
        inspect_iso(Bytes(disc_of([("IM2", scan)])))

    assert outcome(SCAN, ("IM2", scan)) == "withheld two_things"
    assert caught.value.reason == "two_things"


def test_something_harmless_behind_a_scan_is_told():
    facts = found(("IM1", SCAN[1] + b"made by a scanner")).facts

    assert (facts.studies[0].images, facts.flags) == (1, ("trailing_bytes",))


def test_a_picture_with_an_archive_behind_withholds_the_whole():
    picture = small.picture("JPEG") + zip_of([("a.exe", PROGRAM)])

    assert outcome(("a.jpg", picture)) == "withheld two_things"


def test_what_only_begins_as_a_picture_is_none():
    junk = ("a.jpg", b"\xff\xd8\xff\xe0junk")
    facts = found(junk, ("b.jpg", small.picture("JPEG"))).facts

    assert (facts.pictures, facts.left_out) == (1, 1)
    assert outcome(junk) == "refused file_damaged"
    assert found(SCAN, junk).facts.left_out == 0


EXPORTS = {
    "b.json": labs.fhir(labs.report("CBC", "2026-09-13"), labs.result()),
    "IHE_XDM/SUBSET01/DOC0001.XML": labs.ccda(labs.organizer()),
    "results.hl7": labs.oru(labs.order()),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_archive_of_a_lab_export_is_kept_with_what_it_says(name):
    facts = found((name, EXPORTS[name]), ("INDEX.HTM", b"<html></html>")).facts

    assert facts.date is not None
    assert (facts.date_source, facts.entries, facts.left_out) == ("lab", 2, 0)
    assert len(facts.panels) == 1


def test_the_date_of_scans_counts_before_that_of_a_lab():
    facts = found(SCAN, ("b.json", EXPORTS["b.json"])).facts

    assert (facts.date, facts.date_source) == ("2026-09-14", "dicom")


def test_an_export_that_nobody_can_read_says_why():
    assert outcome(("b.xml", b"<ClinicalDocument><broken")) == "refused file_damaged"


def test_a_pdf_that_is_too_much_to_walk_is_for_a_person():
    assert outcome(("scan.pdf", small.pdf_of(5 * 2**20))) == "withheld check_unfinished"


def test_pictures_too_large_to_look_through_are_for_a_person():
    picture = small.picture("JPEG")
    padded = picture + bytes(30 * 2**20)  # four of them are as much as is looked through

    assert outcome(("a.jpg", picture + bytes(33 * 2**20))) == "withheld check_unfinished"
    facts = found(*((f"{n}.jpg", padded) for n in range(5)), ("last.jpg", picture)).facts
    assert (facts.pictures, facts.left_out) == (4, 2)
