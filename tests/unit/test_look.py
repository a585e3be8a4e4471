"""What the page says of a file before it is sent: what the server will say of it, or nothing."""

from __future__ import annotations

import io
import random
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRBigEndian

from check_upload.inspection.look import inspect_any
from check_upload.inspection.result import Asked
from infra.local.sample_study import Study
from tests.records import archives, labs, pdfs, pictures, scans, small
from tests.records.hostile import broken, polyglots
from tests.records.hostile import scans as hostile_scans
from tests.records.looked import looked
from tests.records.reading import Bytes

# Of what pydicom says to the odd values that are meant here.
pytestmark = pytest.mark.filterwarnings("ignore")
SAMPLES = Path(pydicom.__path__[0], "data")
SLICE = scans.Slice()
UTF_8, LATIN, THAI = "ISO_IR 192", "ISO_IR 100", "ISO_IR 166"
LARGE = "x" * 70_000
OURS = {
    "plain": SLICE,
    "implicit": SLICE.as_(syntax=scans.IMPLICIT),
    "no date": SLICE.as_(date=None),
    "retired date": SLICE.as_(date="1997.04.24"),
    "a name as date": SLICE.as_(date="SMITH_JO"),
    "no such day": SLICE.as_(date="20260230"),
    "tomorrow's tomorrow": SLICE.as_(date="20991231"),
    "another date": SLICE.as_(date="", more={"SeriesDate": "20250102"}),
    "no name": SLICE.as_(name=None, born=None),
    "utf-8": SLICE.as_(name="Müller^Jürgen", charset=UTF_8),
    "utf-8 in three writings": SLICE.as_(name="WANG^XIAO=王^小", charset=UTF_8),
    "latin": SLICE.as_(name="Müller^Jürgen", charset=LATIN),
    "thai": SLICE.as_(name="ใจดี^สมชาย", charset=THAI),
    "utf-8 that nobody named": SLICE.as_(name="Müller".encode()),
    "garbage": SLICE.as_(name=b"M\xfc\xff\xfeller", charset=UTF_8),
    "japanese": SLICE.as_(name="Yamada^Tarou=山田^太郎", charset=("", "ISO 2022 IR 87")),
    "slices in one": SLICE.as_(class_=EnhancedMRImageStorage, frames=24),
    "a film": SLICE.as_(modality="US", frames=24),
    "report": scans.REPORT,
    "far behind": SLICE.as_(more={"ImageComments": LARGE, "DerivationDescription": LARGE}),
    "a long sequence": SLICE.as_(more={"ReferencedStudySequence": [pydicom.Dataset()] * 2}),
}


def the_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("IM000001", scans.made(SLICE))
    return file.getvalue()


OTHERS = {
    "pdf": small.pdf(),
    "jpeg": small.picture("jpeg"),
    "png": small.picture("png"),
    "tiff": small.picture("tiff"),
    "heic": pictures.heic(),
    "zip": the_zip(),
    "iso": archives.disc_of([("IM000001", scans.made(SLICE))]),
    "fhir": labs.fhir(labs.patient()),
    "late fhir": b'{"entry":[%s{}],"resourceType":"Bundle"}' % (b'{"id":"x"},' * 20_000),
    "ccda": labs.ccda(),
    "hl7": labs.oru(labs.order()),
    "deflated": scans.made(SLICE.as_(syntax=scans.DEFLATED)),
    "locked": pdfs.locked("secret"),
}
# By the server's own reasons.
REFUSED = {
    "no_images_found": scans.directory(SLICE),
    "word_document": None,
    "unknown_kind": b"MZ\x90\x00" + b"x" * 999,
    "empty_file": b"",
}


def word() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
    return file.getvalue()


def inspected(content: bytes) -> Any:
    return inspect_any(Bytes(content), Asked("a", "", "radiology"))[0]


def compare(names: list[str], contents: list[bytes]) -> int:
    """Hold what the page says against the server's facts; return how much of it was said."""
    said = 0
    for name, content, found in zip(names, contents, looked(contents), strict=True):
        told, server = found.get("dicom", {}), inspected(content)
        if server.kind and server.reason != "no_images_found":
            assert found["kind"] == server.kind, name
        if server.outcome != "clean" or not told:
            continue
        (study,) = server.facts.studies
        person = server.people[0] if server.people else None
        pairs = {
            "modality": study.modality,
            "studyDate": study.date,
            "bodyPart": study.body_part,
            "study": study.uid,
            "images": study.images,
            "patientName": person and person.name,
            "birthDate": person and person.birth_date,
        }
        for key, theirs in pairs.items():
            assert not told[key] or told[key] == theirs, (name, key, told[key], theirs)
            said += bool(told[key])
    return said


def test_of_scans_it_says_what_the_server_will_say_or_nothing():
    said = compare(list(OURS), [scans.made(each) for each in OURS.values()])

    assert said > 6 * len(OURS)


def test_of_every_sample_of_pydicom_it_says_what_the_server_will_say_or_nothing():
    paths = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
    contents = [path.read_bytes() for path in paths]

    assert compare([path.name for path in paths], contents) > 600


def test_the_samples_of_a_local_world_are_told_in_full():
    study = Study(date(2026, 9, 14), slices=1, name="Doe^Jane")
    first, *_ = looked([study.slice(1)])

    assert first["dicom"] == {
        "modality": "MR",
        "bodyPart": "KNEE",
        "studyDate": "2026-09-14",
        "patientName": "Doe^Jane",
        "birthDate": "1980-01-01",
        "study": study.uid,
        "images": 1,
    }


def test_other_kinds_have_the_servers_names():
    found = looked(list(OTHERS.values()))

    for name, content, told in zip(OTHERS, OTHERS.values(), found, strict=True):
        assert told["kind"] == inspected(content).kind, name


@pytest.mark.parametrize("reason", REFUSED)
def test_what_the_server_refuses_by_its_kind_is_unknown(reason):
    content = word() if reason == "word_document" else REFUSED[reason]

    assert reason == "empty_file" or inspected(content).reason == reason
    assert looked([content])[0]["kind"] == "unknown"


def test_a_name_in_letters_that_it_does_not_know_is_no_name():
    names = [OURS[each] for each in ("utf-8", "latin", "thai", "garbage", "japanese")]
    found = [each["dicom"]["patientName"] for each in looked([scans.made(of) for of in names])]

    assert found == ["Müller^Jürgen", "Müller^Jürgen", "ใจดี^สมชาย", "", ""]


def test_big_endian_is_a_scan_of_which_nothing_is_said():
    big = (SAMPLES / "test_files" / "MR_small_bigendian.dcm").read_bytes()

    assert ExplicitVRBigEndian.encode() in big
    assert looked([big])[0] == {"kind": "dicom", "read": min(len(big), 2**16)}


def test_a_header_that_begins_late_is_followed_and_a_later_one_is_not():
    late = SLICE.as_(more={"ReferencedStudySequence": [_filled(100_000)]})
    too_late = SLICE.as_(more={"ReferencedStudySequence": [_filled(2**20)]})
    found = looked([scans.made(late), scans.made(too_late)])

    assert found[0]["dicom"]["patientName"] == "Doe^Jane"
    assert "dicom" not in found[1]
    assert all(each["read"] <= 2**16 + 2**20 for each in found)


def _filled(size: int) -> pydicom.Dataset:
    filled = pydicom.Dataset()
    filled.add_new(0x00091010, "OB", bytes(size))
    return filled


def test_what_can_not_be_read_has_no_kind():
    # The start and the end of it.
    assert looked([small.pdf(), small.pdf()], broken=[1]) == [
        {"kind": "pdf", "read": 2 * len(small.pdf())},
        {"read": 0},
    ]


def test_nothing_hostile_makes_it_throw_or_read_much():
    pieces = (*polyglots.pieces(), *broken.pieces(), *hostile_scans.pieces())
    found = looked([piece.make()[: 2**21] for piece in pieces])

    assert all(each["kind"] and each["read"] <= 2**20 + 2**17 for each in found)


def test_thousands_of_broken_headers_end_soon_and_say_nothing_that_is_no_text():
    drawn = random.Random(6)  # noqa: S311  draws mistakes, no secret
    whole = [scans.made(each) for each in OURS.values() if each is not OURS["far behind"]]
    whole += [OTHERS[each] for each in ("pdf", "heic", "fhir", "ccda", "zip", "iso")]
    contents = [_spoiled(drawn, drawn.choice(whole)[:40_000]) for _ in range(3000)]
    began = time.monotonic()
    found = looked(contents)

    assert time.monotonic() - began < 30
    assert all(each["read"] <= 2**17 for each in found)
    for each in found:
        for key, value in each.get("dicom", {}).items():
            assert isinstance(value, int if key == "images" else str)


def _spoiled(drawn: random.Random, content: bytes) -> bytes:
    spoiled = bytearray(content)
    for _ in range(drawn.randrange(1, 9)):
        spoiled[drawn.randrange(min(len(spoiled), 2000))] = drawn.choice(
            (0, 255, drawn.randrange(256))
        )
    cut = drawn.random() < 0.5
    return bytes(spoiled[: drawn.randrange(len(spoiled))] if cut else spoiled)
