"""What counts inside archives and discs, and what no archive may hold."""

from __future__ import annotations

from functools import reduce
from hashlib import sha256
from operator import xor

import pytest

from check_upload.inspection.disc import inspect_iso
from check_upload.inspection.member import Member
from check_upload.inspection.members import check_sizes, inspect_members
from check_upload.inspection.programs import is_archive, is_program
from check_upload.inspection.result import Inspection, Person, RefusedError, WithheldError
from check_upload.inspection.zipped import inspect_zip
from tests.records import scans, small
from tests.records.archives import disc_of, zip_of
from tests.records.reading import Bytes

KNEE = scans.Slice()
CHEST = scans.CT.as_(date="2024-01-02".replace("-", ""))
SCAN = ("DICOM/IM1", scans.made(KNEE))
GIB = 2**30


def found(*files: tuple[str, bytes]) -> Inspection:
    return inspect_zip(Bytes(zip_of(files)))


def refusal(*files: tuple[str, bytes]) -> str:
    with pytest.raises(RefusedError) as caught:
        found(*files)
    return caught.value.reason


def active() -> bytes:
    return small.pdf().replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(1)>>")


def test_images_are_grouped_by_study_and_the_newest_is_first():
    facts = found(
        *((f"CT/{n}", scans.made(CHEST.as_(n=n))) for n in range(1, 4)),
        *((f"MR/{n}", scans.made(KNEE.as_(n=n))) for n in range(1, 3)),
        ("SR/1", scans.made(scans.REPORT.as_(n=9))),
    ).facts

    knee, chest = facts.studies
    assert (knee.modality, knee.images, knee.others, knee.date) == ("MR", 2, 1, "2026-09-14")
    assert (chest.modality, chest.images, chest.others, chest.date) == ("CT", 3, 0, "2024-01-02")
    assert (facts.date, facts.reports) == ("2026-09-14", 1)


def test_a_study_is_named_by_what_most_of_its_images_are():
    facts = found(
        ("1", scans.made(KNEE.as_(n=1, modality="CT"))),
        ("2", scans.made(KNEE.as_(n=2, modality="PT"))),
        ("3", scans.made(KNEE.as_(n=3, modality="PT"))),
        *((f"S{n}", scans.made(scans.REPORT.as_(n=n))) for n in range(10, 15)),
    ).facts

    assert facts.studies[0].modality == "PT"


def test_a_second_copy_counts_once():
    facts = found(SCAN, ("COPY/IM1", SCAN[1])).facts

    assert (facts.studies[0].images, facts.entries) == (1, 2)


@pytest.mark.parametrize(
    "name",
    ["VIEWER.EXE", "AUTORUN.INF", "weasis/weasis.jar", "weasis/x.jar.xz", "run.sh", "setup.msi"],
)
def test_programs_are_left_out_and_the_scans_kept(name):
    facts = found(SCAN, (name, b"whatever it holds")).facts

    assert (facts.left_out, facts.flags) == (1, ("programs_left_out",))
    assert facts.studies[0].images == 1


@pytest.mark.parametrize(
    "start", [b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh", b"\xca\xfe\xba\xbe", b"MSCF"]
)
def test_a_program_by_another_name_is_one(start):
    assert found(SCAN, ("DICOM/IM2", start + bytes(80))).facts.left_out == 1


@pytest.mark.parametrize(
    "inner",
    [
        ("a.zip", zip_of([SCAN])),
        ("IM2", zip_of([SCAN])),
        ("a.rar", b"Rar!\x1a\x07\0"),
        ("IM2", b"7z\xbc\xaf\x27\x1c" + bytes(40)),
        ("IM2.dcm", b"\x1f\x8b\x08" + bytes(40)),
        ("IM2", bytes(257) + b"ustar" + bytes(300)),
        ("DISC.ISO", b"whatever it holds"),
        ("MRI.img", b"whatever it holds"),
        ("MRI.dat", bytes(32768) + b"\1CD001" + bytes(3000)),
        ("MRI", b"vhdxfile" + bytes(99)),
    ],
)
def test_an_archive_inside_is_refused_and_beside_scans_left_out(inner):
    facts = found(SCAN, inner).facts

    assert refusal(inner) == refusal(("report.pdf", small.pdf()), inner) == "zip_in_zip"
    assert (facts.left_out, facts.flags) == (1, ("programs_left_out",))
    assert facts.studies[0].images == 1


def test_texts_and_tables_inside_are_no_archives():
    assert found(SCAN, ("README.docx", zip_of([("word/document.xml", b"x")]))).facts.left_out == 0


def test_a_scan_called_an_archive_is_a_scan():
    assert found(("a.zip", SCAN[1])).facts.studies[0].images == 1


def test_a_scan_that_is_two_things_withholds_the_whole():
    bad = b"MZ".ljust(128, b"\0") + SCAN[1][128:]
    with pytest.raises(WithheldError) as caught:
        found(SCAN, ("IM2", bad))

    assert caught.value.reason == "two_things"


def test_reports_and_pictures_are_counted():
    facts = found(("a.pdf", small.pdf()), ("b.jpg", small.picture("JPEG")), ("c", b"text")).facts

    assert (facts.reports, facts.pictures, facts.entries) == (1, 1, 3)
    assert facts.date is None


def test_the_pictures_of_a_viewer_are_not():
    assert found(SCAN, ("icon.png", small.picture("PNG"))).facts.pictures == 0


def test_a_pdf_that_acts_is_no_report_and_the_scans_are_kept():
    facts = found(SCAN, ("report.pdf", active())).facts

    assert (facts.reports, facts.left_out) == (0, 1)
    assert "programs_left_out" in facts.flags


def test_a_pdf_too_large_to_walk_is_no_report():
    facts = found(SCAN, ("manual.pdf", small.pdf_of(5 * 2**20))).facts

    assert (facts.reports, facts.left_out) == (0, 1)


def test_no_more_pdfs_are_walked_than_there_is_room_for():
    files = [(f"{n}.pdf", small.pdf_of(3 * 2**20, bytes([n]))) for n in range(1, 9)]

    facts = found(*files).facts

    assert (facts.reports, facts.left_out) == (5, 3)


@pytest.mark.parametrize("files", [[], [("readme.txt", b"hello")], [("a.exe", b"MZ")]])
def test_nothing_readable_is_refused(files):
    assert refusal(*files) == "no_images_found"


def test_a_directory_without_its_images_is_refused():
    assert refusal(("DICOMDIR", scans.directory(KNEE))) == "no_images_found"


def test_scans_that_are_all_damaged_are_refused():
    assert refusal(("IM1", SCAN[1][:-90])) == "scan_damaged"


def test_one_damaged_scan_among_others_is_told():
    facts = found(SCAN, ("IM2", scans.made(KNEE.as_(n=2))[:-90])).facts

    assert (facts.studies[0].images, facts.flags) == (1, ("images_missing_on_disc",))


@pytest.mark.parametrize(("listed", "flags"), [(1, ()), (2, ("images_missing_on_disc",))])
def test_images_that_the_disc_lists_and_lacks_are_told(listed, flags):
    directory = scans.directory(*(KNEE.as_(n=n) for n in range(1, listed + 1)))

    assert found(("DICOMDIR", directory), SCAN).facts.flags == flags


def test_paths_in_a_directory_lead_nowhere():
    directory = scans.directory(KNEE).replace(b"DICOM\\IM00001", b"..\\..\\PASSWDS")

    assert found(("DICOMDIR", directory), SCAN).facts.flags == ()


@pytest.mark.parametrize(
    ("others", "people"),
    [
        ([KNEE], 1),
        ([KNEE.as_(id="another hospital's")], 1),
        ([KNEE.as_(name="DOE^JANE^A")], 1),
        ([KNEE.as_(name=None)], 1),
        ([KNEE.as_(born=None)], 1),
        ([KNEE.as_(name=None, born=None, id=None)], 1),
        ([KNEE.as_(name="Roe^Jane")], 2),
        ([KNEE.as_(born="19800101")], 2),
        ([KNEE.as_(name="Roe^Jane"), KNEE.as_(born="19800101")], 3),
    ],
)
def test_people_are_told_apart_by_family_name_and_birth_date(others, people):
    files = [(f"{n}", scans.made(of.as_(n=n))) for n, of in enumerate(others, start=10)]

    facts = found(SCAN, *files).facts

    assert facts.people == people
    assert ("several_people" in facts.flags) == (people > 1)


def test_people_without_names_are_told_apart_by_number():
    bare = KNEE.as_(name=None, born=None)

    facts = found(("1", scans.made(bare)), ("2", scans.made(bare.as_(n=2, id="2")))).facts

    assert facts.people == 2


def test_whom_the_directory_names_counts_as_well():
    directory = scans.directory(KNEE, KNEE.as_(name="Roe^Rita", born="19800101"))

    result = found(("DICOMDIR", directory), SCAN)

    assert "several_people" in result.facts.flags
    assert Person("Roe^Rita", "1980-01-01", "4711") in result.people


def test_more_studies_than_any_disc_holds_are_for_a_person():
    files = [(f"{n}", scans.made(KNEE.as_(study=f"2.25.{n}"))) for n in range(101)]
    with pytest.raises(WithheldError) as caught:
        found(*files)

    assert caught.value.reason == "check_unfinished"
    assert len(found(*files[:100]).facts.studies) == 100


def test_more_people_than_any_disc_names_are_for_a_person():
    files = [(f"{n}", scans.made(KNEE.as_(n=n, name=f"Roe^{n}"))) for n in range(101)]
    with pytest.raises(WithheldError) as caught:
        found(*files)

    assert caught.value.reason == "check_unfinished"
    assert len(found(*files[:100]).people) == 100


def test_a_study_has_the_same_mark_however_its_objects_come():
    files = [(f"{n}", scans.made(KNEE.as_(n=n))) for n in range(1, 4)]
    disc = disc_of(files)
    digests = (sha256(f"2.25.1.{n}".encode()).digest()[:8] for n in range(1, 4))
    mark = reduce(xor, (int.from_bytes(each) for each in digests))

    results = (found(*files), found(*files[::-1], ("COPY", files[0][1])), inspect_iso(Bytes(disc)))

    assert {each.facts.studies[0].mark for each in results} == {f"{mark:016x}"}


def member(size: int) -> Member:
    return Member("A", size, 0, 100)


@pytest.mark.parametrize(
    ("unpacked", "packed", "unsafe"),
    [
        (GIB, 2**20, False),
        (GIB + 1, 2**20, True),
        (2 * GIB, GIB // 10, False),
        (16 * GIB, GIB, False),
        (16 * GIB + 1, GIB, True),
    ],
)
def test_what_claims_absurdly_much_is_for_a_person(unpacked, packed, unsafe):
    if not unsafe:
        check_sizes([member(unpacked)], packed)
        return
    with pytest.raises(WithheldError):
        check_sizes([member(unpacked)], packed)


def test_no_member_goes_unread_without_being_said():
    many = [Member("A", 1, n, 1) for n in range(10_001)]
    with pytest.raises(RefusedError) as caught:
        inspect_members("zip", Bytes(b""), many, lambda *_: Bytes(b""))

    assert caught.value.reason == "too_many_files"


def test_near_beginnings_are_announced_together():
    reader = Bytes(zip_of(scans.study(KNEE, 200)))

    inspect_zip(reader)

    assert 1 <= len(reader.soon) <= 8


@pytest.mark.parametrize("name", ["IM00001", "scan.dcm", "notes.txt", "index.html", "I.JPG"])
def test_other_names_are_neither_programs_nor_archives(name):
    assert not is_program(name, b"text")
    assert not is_archive(name, b"text")
