"""A ZIP archive: what is in it without unpacking it, and what makes it unsafe."""

from __future__ import annotations

import struct
import zipfile

import pytest

from check_upload.inspection.result import Inspection, RefusedError, WithheldError
from check_upload.inspection.zipped import inspect_zip
from tests.records import scans, small
from tests.records.archives import streamed, zip_of
from tests.records.hostile.zips import (
    AES,
    ENCRYPTED,
    FOLDER,
    STORED,
    SYMLINK,
    Entry,
    flat,
    overlapping,
    pack,
)
from tests.records.reading import Bytes

STUDY = scans.study(scans.Slice(), 5)
SCAN = Entry("IM00001", scans.made(scans.Slice()))
UNSAFE = "withheld archive_unsafe"


def said(content: bytes) -> str:
    """Return outcome and reason."""
    try:
        return inspect_zip(Bytes(content)).outcome
    except WithheldError as error:
        return f"withheld {error.reason}"
    except RefusedError as error:
        return f"refused {error.reason}"


def found(content: bytes) -> Inspection:
    return inspect_zip(Bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        zip_of(STUDY),
        zip_of(STUDY, zipfile.ZIP_STORED),
        streamed(STUDY),
        streamed(STUDY, large=True),
    ],
    ids=["packed", "stored", "streamed", "streamed, zip64"],
)
def test_a_study_is_found_however_it_was_packed(content):
    (study,) = found(content).facts.studies

    assert (study.modality, study.images, study.date) == ("MR", 5, "2026-09-14")
    assert study.bytes == sum(len(each) for _, each in STUDY)
    assert found(content).facts.entries == 5
    assert found(content).facts.flags == ()


def test_only_beginnings_are_read_and_inflated():
    study = scans.study(scans.Slice(side=512), 5)
    reader = Bytes(zip_of(study, zipfile.ZIP_STORED))

    assert inspect_zip(reader).facts.studies[0].images == 5
    assert sum(size for _, size in reader.asked) < reader.size / 5
    assert reader.soon


def test_folders_are_no_entries():
    content = pack(Entry("DICOM/", method=STORED, attributes=FOLDER), SCAN)

    assert found(content).facts.entries == 1


@pytest.mark.parametrize(
    "locked", [Entry("A", b"x" * 20, flags=ENCRYPTED), Entry("A", b"x" * 20, method=AES)]
)
def test_a_password_is_refused(locked):
    assert said(pack(SCAN, locked)) == "refused zip_locked"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../up",
        "a/../../b",
        "C:/x",
        "\\\\host\\x",
        "a\\..\\..\\b",
        "nul\0.dcm",
        "D/" * 9000,
    ],
)
def test_a_name_that_leads_elsewhere_is_for_a_person(name):
    assert said(pack(SCAN, Entry(name, b"text"))) == UNSAFE


def test_the_name_that_some_programs_prefer_counts_as_well():
    content = zip_of(STUDY[:1])
    info = zipfile.ZipInfo("IM2")
    info.extra = struct.pack("<HHBL", 0x7075, 5 + 9, 1, 0) + b"../../etc"
    hidden = zip_of([(info, b"text")])

    assert said(content) == "clean"
    assert said(hidden) == UNSAFE


@pytest.mark.parametrize(
    "name", ["DICOM\\IM00001", "\u0e1c\\", "DICOM/Icon\r", "__MACOSX/._Icon\r"]
)
def test_a_name_as_some_programs_write_it_harms_nobody(name):
    assert said(pack(SCAN, Entry(name, b"text"))) == "clean"


@pytest.mark.parametrize("name", ["Icon\r/a", "Icon\n", "a\r", "Icon\r\r"])
def test_a_name_of_several_lines_is_for_a_person(name):
    assert said(pack(SCAN, Entry(name, b"text"))) == UNSAFE


def link(name: str, to: bytes) -> Entry:
    return Entry(name, to, STORED, attributes=SYMLINK)


@pytest.mark.parametrize(
    "to", [b"/etc/passwd", b"../up", b"a/../..", b"C:x", b"..\\up", b"x" * 1025]
)
def test_a_link_to_elsewhere_is_for_a_person(to):
    assert said(pack(SCAN, link("L", to))) == UNSAFE


@pytest.mark.parametrize("through", ["L/x", "l/x", "L\\x", "L", "L/"])
def test_what_would_be_unpacked_through_a_link_is_for_a_person(through):
    assert said(pack(SCAN, link("L", b"A"), Entry(through, method=STORED))) == UNSAFE


def test_a_link_within_a_program_is_left_out():
    facts = found(pack(SCAN, link("V.app/Current", b"A"), Entry("V.app/A/x", b"text"))).facts

    assert (facts.left_out, facts.flags) == (1, ("programs_left_out",))


def test_a_device_is_for_a_person():
    assert said(pack(SCAN, Entry("L", b"x", STORED, attributes=0o020666 << 16))) == UNSAFE


def test_a_folder_with_content_is_for_a_person():
    assert said(pack(SCAN, Entry("L/", b"x", STORED))) == UNSAFE


def test_files_that_lie_in_each_other_are_for_a_person():
    assert said(overlapping(SCAN, 3)) == UNSAFE
    assert said(pack(SCAN, Entry("B", b"x" * 90, at=40))) == UNSAFE


def test_the_room_behind_a_header_is_the_next_files():
    """A member's own header may be longer than its entry says, and reach into the next."""
    content = bytearray(pack(SCAN, Entry("IM00002", SCAN.content)))
    content[28:30] = struct.pack("<H", 5000)  # extra fields, in the first header alone

    assert said(bytes(content)) == UNSAFE


def test_a_header_that_contradicts_the_list_is_for_a_person():
    assert said(pack(Entry("IM1", SCAN.content, local_name=b"harm.exe"))) == UNSAFE
    content = bytearray(pack(SCAN))
    for place, value in ((8, b"\0\0"), (6, b"\1\0"), (14, b"abcd"), (22, b"\1\0\0\0")):
        other = content[:place] + value + content[place + len(value) :]
        assert said(bytes(other)) == UNSAFE


@pytest.mark.parametrize(
    "forged",
    [
        {"size": 2**32 - 2},
        {"packed": 2**31 - 1},
        {"at": 2**31 - 1},
        {"size": 10, "raw": flat(1)},
    ],
)
def test_sizes_that_cannot_be_are_for_a_person(forged):
    assert said(pack(SCAN, Entry("B", b"x" * 90, **forged))) == UNSAFE


def test_a_stored_file_is_as_large_as_it_is():
    assert said(pack(SCAN, Entry("B", b"x" * 90, STORED, size=91))) == UNSAFE


def test_content_that_ends_before_its_size_is_for_a_person():
    assert said(pack(SCAN, Entry("B", b"x" * 90, size=91))) == UNSAFE


def test_content_that_is_not_packed_as_it_says_is_refused():
    assert said(pack(SCAN, Entry("B", b"x" * 900, raw=b"\xff" * 90))) == "refused file_damaged"


def test_a_gigabyte_of_nothing_is_for_a_person_and_never_unpacked():
    content = pack(SCAN, Entry("B", raw=flat(1024), size=2**30))

    assert said(content) == UNSAFE


def test_an_archive_that_lost_its_end_is_refused():
    whole = zip_of(STUDY)

    assert said(whole[: len(whole) // 2]) == "refused file_damaged"
    assert said(whole[:-1]) == "refused file_damaged"


def test_one_part_of_several_is_refused():
    content = bytearray(pack(SCAN))
    content[-18] = 1  # the number of this disk (APPNOTE, 4.3.16)

    assert said(bytes(content)) == "refused file_damaged"


@pytest.mark.parametrize("count", [1, 2, 9000])
def test_a_list_of_another_length_is_for_a_person(count):
    assert said(pack(SCAN, Entry("B"), Entry("C"), count=count)) == UNSAFE


def test_a_list_that_is_none_is_for_a_person():
    content = pack(SCAN)
    start = content.index(b"PK\1\2")

    assert said(content[:start] + b"\xff" * 4 + content[start + 4 :]) == UNSAFE


@pytest.mark.parametrize("many", [9_999, 10_000, 10_001, 65_535])
def test_so_many_files_are_too_many(many):
    content = pack(SCAN, *(Entry(f"F{n}", method=STORED) for n in range(many - 1)))

    assert said(content) == ("clean" if many <= 10_000 else "refused too_many_files")


def test_something_before_the_archive_is_for_a_person():
    assert said(pack(SCAN, before=b"PK\3\4 another's beginning")) == UNSAFE


def test_bytes_behind_are_told():
    assert found(pack(SCAN) + b"\xff" * 30).facts.flags == ("trailing_bytes",)
    assert found(pack(SCAN, after=b"made by nobody")).facts.flags == ()


@pytest.mark.parametrize("other", [small.pdf(), b"MZ" + bytes(80), b"<html>", pack(SCAN)])
def test_another_file_behind_or_in_the_comment_makes_it_two_things(other):
    in_comment = said(pack(SCAN, after=other))

    assert in_comment in {"withheld two_things", UNSAFE}
    assert said(pack(SCAN) + other) in {"withheld two_things", UNSAFE}


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["[Content_Types].xml", "word/document.xml"], "word_document"),
        (["mimetype", "content.xml"], "word_document"),
        (["Index/Document.iwa"], "word_document"),
        (["[Content_Types].xml", "xl/workbook.xml"], "unknown_kind"),
    ],
)
def test_office_files_are_not_taken_for_archives(names, reason):
    assert said(zip_of([(name, b"text") for name in names])) == f"refused {reason}"


def test_a_rare_way_to_pack_is_for_a_person():
    assert said(zip_of(STUDY, zipfile.ZIP_BZIP2)) == "withheld check_unfinished"


def test_the_large_form_is_read_and_must_agree():
    content = _large(pack(SCAN))

    assert said(content) == "clean"
    assert said(_large(pack(SCAN), many=2)) == UNSAFE
    assert said(_large(pack(SCAN), small=7)) == UNSAFE
    assert said(content.replace(b"PK\6\7", b"PK\6\0")) == "refused too_many_files"
    assert said(content.replace(b"PK\6\6", b"PK\6\0")) == UNSAFE


def _large(content: bytes, many: int = 1, small: int = 0xFFFF) -> bytes:
    """Return the archive with its end written as archives over 4 GB have it (4.3.14, 4.3.15)."""
    end = content.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<12xLL", content, end)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, many, many, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    full = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, small, small, 2**32 - 1, 2**32 - 1, 0)
    return content[:end] + record + locator + full
