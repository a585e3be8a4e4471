"""The image of a CD: every tree of it is listed, and none leads elsewhere."""

from __future__ import annotations

import io
import struct

import pycdlib
import pytest

from check_upload.inspection.disc import inspect_iso
from check_upload.inspection.result import RefusedError, WithheldError
from tests.records import scans, small
from tests.records.archives import disc_of, zip_of
from tests.records.reading import Bytes

STUDY = scans.study(scans.Slice(), 5)
UNSAFE = "withheld archive_unsafe"
SECTOR, ROOT = 2048, 16 * 2048 + 156


def said(content: bytes) -> str:
    """Return outcome and reason."""
    try:
        return inspect_iso(Bytes(content)).outcome
    except WithheldError as error:
        return f"withheld {error.reason}"
    except RefusedError as error:
        return f"refused {error.reason}"


def record(disc: bytes, name: bytes) -> int:
    """Return where the line stands that names *name* (ECMA-119, 9.1)."""
    return disc.index(bytes([len(name)]) + name) - 32


def moved(disc: bytes, name: bytes, sector: int, size: int | None = None, flags: int = 0) -> bytes:
    """Return the disc with one line that points to *sector*."""
    at, other = record(disc, name), bytearray(disc)
    other[at + 2 : at + 10] = struct.pack("<L", sector) + struct.pack(">L", sector)
    if size is not None:
        other[at + 10 : at + 18] = struct.pack("<L", size) + struct.pack(">L", size)
    other[at + 25] |= flags
    return bytes(other)


@pytest.mark.parametrize(
    "kind",
    [{}, {"joliet": True}, {"rock_ridge": "1.09"}, {"joliet": True, "rock_ridge": "1.12"}],
    ids=["plain", "joliet", "rock ridge", "both"],
)
def test_a_study_is_found_on_every_kind_of_disc(kind):
    facts = inspect_iso(Bytes(disc_of(STUDY, **kind))).facts

    (study,) = facts.studies
    assert (study.modality, study.images, study.date) == ("MR", 5, "2026-09-14")
    assert (facts.entries, facts.flags) == (5, ())


def test_only_beginnings_are_read():
    reader = Bytes(disc_of(scans.study(scans.Slice(side=512), 5)))

    assert inspect_iso(reader).facts.studies[0].images == 5
    assert sum(size for _, size in reader.asked) < reader.size / 5


def test_what_one_tree_alone_lists_is_found():
    disc = pycdlib.PyCdlib()
    disc.new(joliet=3)
    (_, scan), *_ = STUDY
    disc.add_fp(io.BytesIO(scan), len(scan), "/A.;1")
    archive = zip_of(STUDY)
    disc.add_fp(io.BytesIO(archive), len(archive), joliet_path="/hidden.zip")
    file = io.BytesIO()
    disc.write_fp(file)

    facts = inspect_iso(Bytes(file.getvalue())).facts
    assert (facts.left_out, facts.flags) == (1, ("programs_left_out",))


def test_several_names_of_one_content_are_one_file():
    disc = pycdlib.PyCdlib()
    disc.new(interchange_level=3)
    (_, scan), *_ = STUDY
    disc.add_fp(io.BytesIO(scan), len(scan), "/A.;1")
    disc.add_hard_link(iso_old_path="/A.;1", iso_new_path="/B.;1")
    file = io.BytesIO()
    disc.write_fp(file)

    assert inspect_iso(Bytes(file.getvalue())).facts.entries == 1


def test_programs_on_a_disc_are_left_out_and_the_disc_kept():
    facts = inspect_iso(
        Bytes(disc_of([*STUDY, ("VIEWER.EXE", b"MZ" + bytes(90)), ("AUTORUN.INF", b"[autorun]")]))
    ).facts

    assert (facts.left_out, facts.flags) == (2, ("programs_left_out",))
    assert facts.studies[0].images == 5


def test_a_link_is_for_a_person():
    disc = pycdlib.PyCdlib()
    disc.new(rock_ridge="1.09")
    (_, scan), *_ = STUDY
    disc.add_fp(io.BytesIO(scan), len(scan), "/A.;1", rr_name="a")
    disc.add_symlink("/B.;1", "b", "/etc/passwd")
    file = io.BytesIO()
    disc.write_fp(file)

    assert said(file.getvalue()) == UNSAFE


def test_a_folder_that_was_moved_is_found_where_it_lies():
    """Rock Ridge moves what is deeper than eight folders, and leaves a line in its place."""
    disc = pycdlib.PyCdlib()
    disc.new(rock_ridge="1.09", interchange_level=3)
    path = ""
    for n in range(1, 9):
        path += f"/D{n}"
        disc.add_directory(path, rr_name=f"d{n}")
    (_, scan), *_ = STUDY
    disc.add_fp(io.BytesIO(scan), len(scan), f"{path}/A.;1", rr_name="a")
    file = io.BytesIO()
    disc.write_fp(file)

    assert inspect_iso(Bytes(file.getvalue())).facts.studies[0].images == 1


def test_a_folder_inside_itself_is_for_a_person():
    disc = disc_of(STUDY[:1])
    root = struct.unpack_from("<L", disc, ROOT + 2)[0]

    assert said(moved(disc, b"IM00001;1", root, SECTOR, flags=2)) == UNSAFE


@pytest.mark.parametrize("sector", [2**28, 1000])
def test_a_file_outside_the_disc_is_for_a_person(sector):
    assert said(moved(disc_of(STUDY[:1]), b"IM00001;1", sector)) == UNSAFE


def test_files_that_lie_in_each_other_are_for_a_person():
    disc = disc_of(STUDY)
    first = struct.unpack_from("<L", disc, record(disc, b"IM00001;1") + 2)[0]

    assert said(moved(disc, b"IM00001;1", first, 3 * SECTOR)) == UNSAFE
    assert said(moved(disc, b"IM00002;1", first, 77)) == UNSAFE


def test_a_folder_of_any_size_is_for_a_person():
    disc = disc_of(STUDY) + bytes(20 * 2**20)
    folder = struct.unpack_from("<L", disc, record(disc, b"DICOM") + 2)[0]

    assert said(moved(disc, b"DICOM", folder, 17 * 2**20)) == UNSAFE


@pytest.mark.parametrize("name", [b"../../../", b"/etc/pass", b"C:\\x.exe;"])
def test_a_name_that_leads_elsewhere_is_for_a_person(name):
    assert said(disc_of(STUDY[:1]).replace(b"IM00001;1", name)) == UNSAFE


def test_a_file_in_pieces_is_for_a_person():
    disc = disc_of(STUDY[:1])
    here = struct.unpack_from("<L", disc, record(disc, b"IM00001;1") + 2)[0]

    assert said(moved(disc, b"IM00001;1", here, flags=0x80)) == "withheld check_unfinished"


@pytest.mark.parametrize("cut", [3, 9])
def test_a_disc_that_lost_its_end_is_refused(cut):
    assert said(disc_of(STUDY)[: -cut * SECTOR]) == "refused scan_damaged"


def test_a_disc_that_ends_before_its_list_is_for_a_person():
    assert said(disc_of(STUDY)[: 17 * SECTOR]) == "refused scan_damaged"
    assert said(bytes(40 * SECTOR)) == "withheld check_unfinished"


def test_a_line_too_short_to_be_one_is_for_a_person():
    disc = bytearray(disc_of(STUDY[:1]))
    disc[record(bytes(disc), b"IM00001;1")] = 20

    assert said(bytes(disc)) == UNSAFE


def test_blocks_of_no_size_are_for_a_person():
    disc = bytearray(disc_of(STUDY[:1]))
    disc[16 * SECTOR + 128 : 16 * SECTOR + 130] = b"\0\0"

    assert said(bytes(disc)) == UNSAFE


def test_bytes_behind_are_told():
    disc = disc_of(STUDY)

    assert inspect_iso(Bytes(disc + bytes(9000))).facts.flags == ()
    assert inspect_iso(Bytes(disc + b"\xff" * 30)).facts.flags == ("trailing_bytes",)
    assert said(disc + zip_of(STUDY)) == "withheld two_things"
    assert said(disc + bytes(500) + small.pdf()) == "withheld two_things"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([("A.ZIP", zip_of(STUDY))], "zip_in_zip"),
        ([("README.TXT", b"nothing")], "no_images_found"),
        ([("SETUP.EXE", b"MZ" + bytes(60))], "no_images_found"),
    ],
)
def test_a_disc_without_scans_is_refused(files, reason):
    assert said(disc_of(files)) == f"refused {reason}"
