"""Pictures are measured by their structure: no pixel of a stranger is decoded."""

from __future__ import annotations

import io
import struct

import pillow_heif
import pytest
from PIL import Image

from check_upload.inspection.images import MOST_PIXELS, inspect_picture
from check_upload.inspection.result import RefusedError, WithheldError
from tests.records import pictures, small
from tests.records.reading import Bytes

SOUND = {
    "jpeg": small.picture("jpeg"),
    "png": small.picture("png"),
    "tiff": small.picture("tiff"),
    "heic": pictures.heic(1200, 1600),
}
KINDS = pytest.mark.parametrize("kind", SOUND)


def look(content, kind):
    return inspect_picture(Bytes(content), kind)


def refused(content, kind):
    with pytest.raises(RefusedError) as raised:
        look(content, kind)
    return type(raised.value).__name__, raised.value.reason


@KINDS
def test_a_sound_picture_is_clean_and_measured(kind):
    found = look(SOUND[kind], kind)

    assert (found.outcome, found.kind) == ("clean", kind)
    assert (found.facts.width, found.facts.height) == (1200, 1600)
    assert (found.facts.pages, found.facts.flags, found.facts.date) == (1, (), None)


def test_a_photo_of_several_scans_is_read_to_its_end():
    found = look(pictures.progressive(), "jpeg")

    assert (found.facts.width, found.facts.height, found.facts.flags) == (1200, 1600, ())


def test_a_scanners_tiff_has_as_many_pages_as_it_was_fed():
    facts = look(pictures.pages((1700, 2200), (2200, 1700), (1000, 1000)), "tiff").facts

    assert (facts.pages, facts.width, facts.height, facts.flags) == (3, 1700, 2200, ())


@pytest.mark.parametrize("short", [1, 2, 100, -1])
@KINDS
def test_a_picture_that_ends_too_early_is_damaged(kind, short):
    content = SOUND[kind]
    cut = content[: len(content) // 2] if short < 0 else content[:-short]

    assert refused(cut, kind) == ("RefusedError", "file_damaged")


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (pictures.wide_jpeg, "jpeg"),
        (pictures.wide_png, "png"),
        (pictures.wide_tiff, "tiff"),
        (pictures.heic, "heic"),
    ],
)
def test_more_pixels_than_a_viewer_stands_are_refused(made, kind):
    assert refused(made(30_000, 30_000), kind) == ("RefusedError", "too_many_pixels")
    assert refused(made(MOST_PIXELS // 5000 + 1, 5000), kind) == ("RefusedError", "too_many_pixels")
    assert look(made(MOST_PIXELS // 5000, 5000), kind).outcome == "clean"


def test_one_page_too_large_is_enough():
    fine = pictures.wide_tiff(1000, 1000)
    large = pictures.wide_tiff(60_000, 60_000)[12:]  # the directory; its pixels are the first one's
    content = fine[:-4] + struct.pack("<I", len(fine)) + large

    assert refused(content, "tiff") == ("RefusedError", "too_many_pixels")


@pytest.mark.parametrize(
    ("made", "kind"),
    [(pictures.wide_jpeg, "jpeg"), (pictures.wide_png, "png"), (pictures.wide_tiff, "tiff")],
)
def test_a_picture_without_a_side_is_damaged(made, kind):
    assert refused(made(0, 1200), kind) == ("RefusedError", "file_damaged")


def test_directories_in_a_circle_are_damage():
    assert refused(pictures.wide_tiff(1200, 1200, follow=12), "tiff")[1] == "file_damaged"


@KINDS
def test_a_short_side_below_1000_is_hard_to_read(kind):
    made = {"heic": pictures.heic}.get(kind, lambda *size: small.picture(kind, *size))

    assert look(made(999, 4000), kind).facts.flags == ("too_small",)
    assert look(made(1000, 4000), kind).facts.flags == ()


@KINDS
def test_bytes_behind_a_picture_are_told_of(kind):
    assert look(SOUND[kind] + b"something else", kind).facts.flags == ("trailing_bytes",)
    assert look(SOUND[kind] + b"\0" * 16, kind).facts.flags == ()


@pytest.mark.parametrize(
    "thing", [b"Rar!\x1a\x07\x01", b"PK\x03\x04", b"MZ\x90", b"<script>", b"%PDF-"]
)
@KINDS
def test_another_thing_behind_a_picture_makes_it_two(kind, thing):
    assert refused(SOUND[kind] + b"\0\n" + thing, kind) == ("WithheldError", "two_things")


def test_a_large_photo_is_read_in_large_pieces():
    reader = Bytes(SOUND["jpeg"][:-2] + b"\x2a" * (20 * 2**20) + b"\xff\xd9")

    assert inspect_picture(reader, "jpeg").outcome == "clean"
    assert len(reader.asked) < 40


def test_endless_little_pieces_are_given_up():
    empty = struct.pack(">I4sI", 0, b"teXt", 0)
    content = SOUND["png"].replace(b"\0\0\0\0IEND", empty * 100_001 + b"\0\0\0\0IEND")

    with pytest.raises(WithheldError, match="check_unfinished"):
        look(content, "png")


def test_a_heic_as_an_encoder_writes_it_is_clean():
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (1300, 1100), "white")).save(file, quality=20)

    facts = look(file.getvalue(), "heic").facts

    assert (facts.width, facts.height, facts.flags) == (1300, 1100, ())
