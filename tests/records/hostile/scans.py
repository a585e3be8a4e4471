"""DICOM files that are larger, deeper or other than they say."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import partial

import pydicom
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, generate_uid

from tests.records import small
from tests.records.hostile.piece import Piece, harmless, refused, stopped
from tests.records.hostile.zips import flat, folder_of

_MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
_BROKEN = ("scan_damaged", "check_unfinished")
_MAYBE = ("clean", *(f"{each} {reason}" for each in ("refused", "withheld") for reason in _BROKEN))
_ROWS = b"\x28\x00\x10\x00US\x02\x00"
_PIXELS = b"\xe0\x7f\x10\x00"


def pieces() -> Iterator[Piece]:
    """Yield the files."""
    yield from _deep()
    yield from _long()
    yield from _directories()
    yield refused("DICOM without its mark", "unknown_kind", lambda: small.dicom()[132:])
    yield refused("text with DICOM's mark", "scan_damaged", lambda: _marked(b"hello world" * 100))
    yield stopped("DICOM that ends in its preamble", lambda: small.dicom()[:130], "unknown_kind")
    yield stopped("DICOM that ends in its mark", lambda: small.dicom()[:132], *_BROKEN)


def _marked(rest: bytes) -> bytes:
    return bytes(128) + b"DICM" + rest


def deflated(megabytes: int) -> bytes:
    """Return a deflated scan (PS3.5, A.5) whose header alone is so many megabytes long."""
    comment = struct.pack("<HH2sHL", 0x0008, 0x0000, b"UN", 0, megabytes * 2**20)
    # The block itself is zeros, which are elements (0000,0000) without a length if read as such.
    return _meta(DeflatedExplicitVRLittleEndian) + _raw(comment) + flat(megabytes)


def _raw(content: bytes) -> bytes:
    """Return *content* as a block that is not packed (RFC 1951, 3.2.4), and not the last one."""
    size = len(content)
    return struct.pack("<BHH", 0, size, size ^ 0xFFFF) + content


def _meta(syntax: str) -> bytes:
    head = Dataset()
    head.file_meta = FileMetaDataset()
    head.file_meta.TransferSyntaxUID = syntax
    head.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    head.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    file = io.BytesIO()
    pydicom.dcmwrite(file, head, enforce_file_format=True)
    return file.getvalue()


def _before_pixels(content: bytes) -> bytes:
    """Return a scan with *content* in front of its pixels."""
    scan = small.dicom()
    at = scan.index(_PIXELS)
    return scan[:at] + content + scan[at:]


def nested(depth: int) -> bytes:
    """Return a scan with sequences in sequences, none of which tells its length (PS3.5, 7.5)."""
    sequence = struct.pack("<HH2sHL", 0x0040, 0x0275, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    return _before_pixels((sequence + item) * depth + end * depth)


def _deep() -> Iterator[Piece]:
    for depth in (200, 20_000):
        yield Piece(f"DICOM nested {depth} deep", partial(nested, depth), _MAYBE)


def _element(value: bytes, told: int | None = None) -> bytes:
    length = len(value) if told is None else told
    return struct.pack("<HH2sHL", 0x0040, 0x0555, b"OB", 0, length) + value


def _long() -> Iterator[Piece]:
    for megabytes in (64, 800):
        made = partial(deflated, megabytes)
        yield stopped(f"DICOM that unpacks to {megabytes} MB", made, *_BROKEN)
    told = {
        "with 61,000 elements": lambda: _before_pixels(_elements()),
        "with an element of 3 MB": lambda: _before_pixels(_element(bytes(3_000_000))),
        "with an element of 4 GB": lambda: _before_pixels(_element(b"", 0xFFFFFFFE)),
        "with an element without an end": lambda: _before_pixels(_element(b"", 0xFFFFFFFF)),
        "of 65,535 by 65,535": lambda: small.dicom().replace(
            _ROWS + b"\x10\0", _ROWS + b"\xff\xff"
        ),
    }
    for title, make in told.items():
        yield Piece(f"DICOM {title}", make, _MAYBE)


def _elements() -> bytes:
    return b"".join(struct.pack("<HH2sH", 0x0041, n, b"LO", 0) for n in range(0x1000, 0xFFFF))


def directory(*names: tuple[str, ...]) -> bytes:
    """Return a DICOMDIR of images at *names* (PS3.3, F.3)."""
    listing = Dataset()
    listing.FileSetID = "CD"
    listing.DirectoryRecordSequence = [_record(name) for name in names]
    listing.file_meta = FileMetaDataset()
    listing.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    listing.file_meta.MediaStorageSOPClassUID = _MEDIA_DIRECTORY
    listing.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    file = io.BytesIO()
    pydicom.dcmwrite(file, listing, enforce_file_format=True)
    return file.getvalue()


def _record(name: tuple[str, ...]) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = "IMAGE"
    wild = DataElement(0x00041500, "CS", list(name), validation_mode=IGNORE)
    record.add(wild)  # Referenced File ID, which the standard would not let climb
    return record


def _directories() -> Iterator[Piece]:
    alone = directory(("DICOM", "IM00001"))
    yield refused("DICOMDIR alone", "no_images_found", partial(bytes, alone), "DICOMDIR")
    outside = directory(("..", "..", "ETC", "PASSWD"), ("", "ETC", "PASSWD"))
    for title, listed in {"reaches outside": outside, "lists what is not there": alone}.items():
        held = [("DICOMDIR", listed), ("IMAGES/I1", small.dicom())]
        made = partial(folder_of, held)
        flag = "images_missing_on_disc"
        yield harmless(f"zip whose DICOMDIR {title}", made, flag, name="cd.zip")
    broken = [("DICOMDIR", alone[:200]), ("IMAGES/I1", small.dicom())]
    yield harmless("zip with half a DICOMDIR", partial(folder_of, broken), name="cd.zip")
