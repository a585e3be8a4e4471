"""One DICOM file: what is read of it, how little of it, and what is wrong with it."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    BasicTextSRStorage,
    EncapsulatedPDFStorage,
    EnhancedMRImageStorage,
    JPEGBaseline8Bit,
    KeyObjectSelectionDocumentStorage,
    SegmentationStorage,
    UltrasoundMultiFrameImageStorage,
    XRayRadiationDoseSRStorage,
)

from check_upload.inspection.dicom import inspect_dicom
from check_upload.inspection.header import ALONE, AMONG_MANY, ROWS, STUDY, read_header
from check_upload.inspection.result import Person, RefusedError, WithheldError
from check_upload.inspection.stretches import Held
from tests.records import scans, small
from tests.records.reading import Bytes

SAMPLES = Path(pydicom.__path__[0], "data")
WITH_MAGIC = sorted(
    path
    for path in SAMPLES.rglob("*")
    if path.is_file() and path.read_bytes()[128:132] == b"DICM" and "DICOMDIR" not in path.name
)
DAMAGED = {"MR_truncated.dcm", "rtplan_truncated.dcm"}
TEXTS = {
    "StudyInstanceUID": 0x0020000D,
    "Modality": 0x00080060,
    "StudyDescription": 0x00081030,
    "PatientID": 0x00100020,
    "PatientName": 0x00100010,
    "BodyPartExamined": 0x00180015,
}


def facts(content: bytes):
    return inspect_dicom(Bytes(content)).facts


def the_study(content: bytes):
    (study,) = facts(content).studies
    return study


def refusal(content: bytes) -> tuple[bool, str]:
    with pytest.raises(RefusedError) as caught:
        inspect_dicom(Bytes(content))
    return not isinstance(caught.value, WithheldError), caught.value.reason


REFUSED, WITHHELD = True, False


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    if vr in {b"OB", b"SQ", b"UN"}:
        return head + struct.pack("<HL", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


@pytest.mark.parametrize("path", WITH_MAGIC, ids=lambda path: path.name)
def test_a_sample_says_what_pydicom_reads_from_it(path):
    content = path.read_bytes()
    if path.name in DAMAGED:
        assert refusal(content) == (REFUSED, "scan_damaged")
        return

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
        expected = {word: str(read.get(word) or "") for word in TEXTS}

    for depth in (ALONE, AMONG_MANY):
        header = read_header(Held(content), depth)
        found = {word: header.text(tag, 999) for word, tag in TEXTS.items()}
        assert {word: text.rstrip("=") for word, text in found.items()} == {
            word: " ".join(text.split()) for word, text in expected.items()
        }


def test_a_scan_is_one_image_of_its_study():
    found = inspect_dicom(Bytes(scans.made(scans.Slice())))

    (study,) = found.facts.studies
    assert (study.modality, study.body_part, study.date) == ("MR", "KNEE", "2026-09-14")
    assert (study.images, study.others) == (1, 0)
    assert study.description == "MRI of the right knee"
    assert (found.facts.date, found.facts.date_source) == ("2026-09-14", "dicom")
    assert found.people == (Person("Doe^Jane", "1970-01-15", "4711"),)
    assert found.facts.people == 1


def test_nobody_is_named_in_the_facts():
    assert "Doe" not in repr(facts(scans.made(scans.Slice())))


@pytest.mark.parametrize("syntax", [scans.DEFLATED, scans.IMPLICIT])
def test_every_encoding_is_read(syntax):
    assert the_study(scans.made(scans.Slice(syntax=syntax))).images == 1


def test_the_other_byte_order_is_read():
    content = (SAMPLES / "test_files" / "MR_small_bigendian.dcm").read_bytes()

    assert the_study(content).images == 1


def test_little_is_read_of_a_large_scan():
    content = scans.made(scans.Slice(side=1024))
    reader = Bytes(content)

    inspect_dicom(reader)

    assert len(reader.asked) <= 3
    assert sum(size for _, size in reader.asked) <= 96 * 1024 < len(content)


def test_what_is_long_before_the_pixels_is_skipped_unread():
    private = element(0x00291010, b"OB", bytes(3_000_000))
    scan = small.dicom()
    at = scan.index(b"\xe0\x7f\x10\x00")
    reader = Bytes(scan[:at] + private + scan[at:])

    assert inspect_dicom(reader).facts.studies[0].images == 1
    assert sum(size for _, size in reader.asked) < 200_000


@pytest.mark.parametrize("cut", [1, 100, 511])
def test_a_scan_that_lost_its_end_is_refused(cut):
    content = scans.made(scans.Slice())

    assert refusal(content[:-cut]) == (REFUSED, "scan_damaged")


@pytest.mark.parametrize("size", [140, 300, 500])
def test_a_scan_that_ends_in_its_header_is_refused(size):
    assert refusal(scans.made(scans.Slice())[:size]) == (REFUSED, "scan_damaged")


def test_a_scan_that_ends_where_its_pixels_should_begin_is_refused():
    content = scans.made(scans.Slice())

    assert refusal(content[: content.index(b"\xe0\x7f\x10\x00")]) == (REFUSED, "scan_damaged")


def compressed(*frames: bytes) -> bytes:
    """Return a scan whose pixels lie there in pieces (PS3.5, A.4)."""
    data = pydicom.dcmread(io.BytesIO(scans.made(scans.Slice())))
    data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    data.PixelData = encapsulate(list(frames))
    data["PixelData"].is_undefined_length = True
    data["PixelData"].VR = "OB"
    file = io.BytesIO()
    pydicom.dcmwrite(file, data, enforce_file_format=True)
    return file.getvalue()


def test_pixels_in_pieces_are_all_there():
    content = compressed(b"\xff\xd8" + bytes(5000), b"\xff\xd8" + bytes(5000))

    assert facts(content).flags == ()
    assert refusal(content[:-2000]) == (REFUSED, "scan_damaged")
    assert refusal(content[:-8]) == (REFUSED, "scan_damaged")


def test_what_follows_pixels_in_pieces_is_told():
    assert facts(compressed(b"\xff\xd8" + bytes(500)) + b"\xff" * 100).flags == ("trailing_bytes",)


@pytest.mark.parametrize(
    ("rest", "flags"),
    [
        (b"\xff" * 50, ("trailing_bytes",)),
        (b"some more text that nobody shows", ("trailing_bytes",)),
        (bytes(2048), ()),
        (element(0xFFFCFFFC, b"OB", bytes(64)), ()),
        (element(0xFFFCFFFC, b"OB", bytes(64)) + b"\xff" * 50, ("trailing_bytes",)),
    ],
)
def test_bytes_behind_a_scan_are_told_unless_they_are_padding(rest, flags):
    assert facts(scans.made(scans.Slice()) + rest).flags == flags


@pytest.mark.parametrize(
    "rest", [b"MZ\x90\0" + bytes(60), b"\x7fELF" + bytes(60), b"<html><script>", b"PK\3\4" * 20]
)
def test_a_program_behind_a_scan_makes_it_two_things(rest):
    assert refusal(scans.made(scans.Slice()) + rest) == (WITHHELD, "two_things")


def test_a_directory_alone_is_no_scan():
    listed = scans.directory(scans.Slice())

    assert refusal(listed) == (REFUSED, "no_images_found")


def test_nothing_is_forced_to_be_dicom():
    assert refusal(b"hello world" * 100) == (REFUSED, "unknown_kind")


def nested(depth: int) -> bytes:
    sequence = struct.pack("<HH2sHL", 0x0008, 0x1115, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    scan = small.dicom()
    at = scan.index(b"\x20\x00\x0d\x00")
    return scan[:at] + (sequence + item) * depth + scan[at:]


@pytest.mark.parametrize("depth", [20, 200, 100_000])
def test_sequences_that_never_end_are_for_a_person(depth):
    assert refusal(nested(depth))[1] in {"scan_damaged", "check_unfinished"}


def test_deep_sequences_are_for_a_person():
    assert refusal(nested(200)) == (WITHHELD, "check_unfinished")


def test_an_end_without_a_beginning_is_for_a_person():
    scan = small.dicom()
    at = scan.index(b"\x20\x00\x0d\x00")
    stray = struct.pack("<HHL", 0xFFFE, 0xE00D, 0)

    assert refusal(scan[:at] + stray + scan[at:]) == (WITHHELD, "check_unfinished")


def deflated(data: bytes, rest: bytes = b"") -> bytes:
    whole = scans.made(scans.Slice(syntax=scans.DEFLATED))
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    meta = 132 + 12 + struct.unpack("<L", whole[140:144])[0]
    return whole[:meta] + press.compress(data) + press.flush() + rest


def test_a_deflated_bomb_is_inflated_to_a_bound():
    bomb = deflated(element(0x00080005, b"UN", bytes(64 * 2**20)))

    assert refusal(bomb) == (WITHHELD, "check_unfinished")


def test_a_deflated_scan_of_any_size_is_read_as_far_as_its_study():
    content = scans.made(scans.Slice(side=1024, syntax=scans.DEFLATED))

    assert the_study(content).images == 1


def test_a_deflated_scan_that_is_none_is_refused():
    content = scans.made(scans.Slice(syntax=scans.DEFLATED))

    assert refusal(content[:-40]) == (REFUSED, "scan_damaged")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20040826", "2004-08-26"),
        ("1997.04.24", "1997-04-24"),
        ("", None),
        ("SMITH_JO", None),
        ("20041340", None),
        ("20990101", None),
        ("00000000", None),
        ("19000101", None),
    ],
)
def test_a_date_is_one_or_none(written, read):
    content = scans.made(scans.Slice(date=None))
    date = element(0x00080020, b"DA", written.encode().ljust(len(written) + len(written) % 2))
    at = content.index(b"\x08\x00\x60\x00")

    assert the_study(content[:at] + date + content[at:]).date == read


def test_the_series_date_stands_in_for_the_studys():
    content = scans.made(scans.Slice(date=None, more={"SeriesDate": "20260102"}))

    assert the_study(content).date == "2026-01-02"


@pytest.mark.parametrize(
    ("class_", "modality", "side", "images", "reports"),
    [
        (BasicTextSRStorage, "SR", 0, 0, 1),
        (XRayRadiationDoseSRStorage, "SR", 0, 0, 0),
        (KeyObjectSelectionDocumentStorage, "KO", 0, 0, 0),
        (EncapsulatedPDFStorage, "DOC", 0, 0, 0),  # around nothing
        (SegmentationStorage, "SEG", 16, 0, 0),
        (scans.MRImageStorage, "MR", 16, 1, 0),
    ],
)
def test_images_reports_and_others_are_counted_apart(class_, modality, side, images, reports):
    content = scans.made(scans.Slice(class_=class_, modality=modality, side=side))

    (study,) = facts(content).studies
    assert (study.images, study.others) == (images, 1 - images)
    assert facts(content).reports == reports


@pytest.mark.parametrize(
    ("class_", "images"), [(EnhancedMRImageStorage, 40), (UltrasoundMultiFrameImageStorage, 1)]
)
def test_slices_in_one_object_are_images_and_a_film_is_one(class_, images):
    assert the_study(scans.made(scans.Slice(class_=class_, frames=40))).images == images


def test_a_pdf_inside_may_not_act_either():
    active = small.pdf().replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(1)>>")
    wrapped = scans.REPORT.as_(class_=EncapsulatedPDFStorage, modality="DOC")
    assert active != small.pdf()

    sound = scans.made(wrapped.as_(more={"EncapsulatedDocument": small.pdf(b"x")}))
    assert facts(sound).reports == 1
    with pytest.raises(RefusedError):
        facts(scans.made(wrapped.as_(more={"EncapsulatedDocument": active + b"\n"})))


def test_a_name_that_was_drawn_into_the_pixels_is_told():
    content = scans.made(scans.Slice(more={"BurnedInAnnotation": "YES"}))

    assert facts(content).flags == ("burned_in",)


@pytest.mark.parametrize(
    ("charset", "written", "read"),
    [
        ("ISO_IR 192", "สมชาย^ใจดี", "สมชาย^ใจดี"),
        ("ISO_IR 166", "สมชาย^ใจดี", "สมชาย^ใจดี"),
        ("ISO_IR 144", "Люк^Иван", "Люк^Иван"),
        (("", "ISO 2022 IR 87"), "Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎"),
        (None, "Doe^Jane", "Doe^Jane"),
    ],
)
def test_names_are_read_in_their_own_writing(charset, written, read):
    content = scans.made(scans.Slice(name=written, charset=charset))

    assert inspect_dicom(Bytes(content)).people[0].name == read


@pytest.mark.parametrize("charset", ["zlib_codec", "idna", "no such thing", "ISO_IR 999"])
def test_no_file_chooses_a_codec_that_dicom_does_not_know(charset):
    content = scans.made(scans.Slice(name="Doe^Jane", charset=None))
    named = element(0x00080005, b"CS", charset.encode().ljust(len(charset) + len(charset) % 2))
    at = content.index(b"\x08\x00\x16\x00")
    broken = (content[:at] + named + content[at:]).replace(b"Doe^Jane", b"Do\xe9^Jane")

    assert inspect_dicom(Bytes(broken)).people[0].name.endswith("^Jane")


def test_texts_are_cut_and_hold_no_controls():
    content = scans.made(scans.Slice(description="A" * 60))
    long = content.replace(b"A" * 60, b"A" * 30 + b"\n\x1b[2J" + b"B" * 25)

    text = the_study(long).description
    assert text is not None
    assert text.isprintable()
    assert len(text) <= 64


def test_a_scan_without_rows_is_no_image():
    header = read_header(Held(scans.made(scans.REPORT)), ALONE)

    assert ROWS not in header.values
    assert header.text(STUDY) == scans.REPORT.study
