"""Scans of nobody: slices, studies and discs as hospitals hand them out, with knobs."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    BasicTextSRStorage,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    MRImageStorage,
    generate_uid,
)

_PIXELS = 0x7FE00010


@dataclass(frozen=True)
class Slice:
    """One object of a study. What is None is left out of the file."""

    study: str = "2.25.1"
    n: int = 1
    modality: str = "MR"
    name: str | bytes | None = "Doe^Jane"
    born: str | None = "19700115"
    id: str | None = "4711"
    date: str | None = "20260914"
    body_part: str | None = "KNEE"
    description: str | None = "MRI of the right knee"
    charset: str | tuple[str, ...] | None = None
    side: int = 16  # pixels
    frames: int | None = None
    class_: str = MRImageStorage
    syntax: str = pydicom.uid.ExplicitVRLittleEndian
    noise: bool = False  # pixels that can't be packed to nothing
    more: Mapping[str, object] | None = None  # by keyword

    def as_(self, **other: object) -> Slice:
        """Return the same with other knobs."""
        return replace(self, **other)  # type: ignore[arg-type]


CT = Slice(study="2.25.2", modality="CT", class_=CTImageStorage, body_part="CHEST")
REPORT = Slice(modality="SR", class_=BasicTextSRStorage, side=0)


def made(of: Slice) -> bytes:
    """Return the file."""
    return _written(_dataset(of), of.class_, of.syntax)


def study(of: Slice, many: int) -> list[tuple[str, bytes]]:
    """Return the slices of a study, named as on a disc."""
    return [(f"DICOM/IM{n:05d}", made(of.as_(n=n))) for n in range(1, many + 1)]


def directory(*slices: Slice) -> bytes:
    """Return a DICOMDIR that lists *slices* under their patients (PS3.3, F.3)."""
    records = []
    for of in slices:
        patient = _record("PATIENT")
        patient.PatientName, patient.PatientID = of.name, of.id
        patient.PatientBirthDate = of.born
        image = _record("IMAGE")
        image.ReferencedSOPInstanceUIDInFile = instance(of)
        image.ReferencedFileID = ["DICOM", f"IM{of.n:05d}"]
        records += [patient, image]
    listing = Dataset()
    listing.FileSetID = "CD"
    listing.DirectoryRecordSequence = records
    return _written(listing, MediaStorageDirectoryStorage, pydicom.uid.ExplicitVRLittleEndian)


def instance(of: Slice) -> str:
    """Return the identifier of one object."""
    return f"{of.study}.{of.n}"


def _record(kind: str) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = kind
    return record


def _dataset(of: Slice) -> Dataset:
    data = Dataset()
    data.SpecificCharacterSet = list(of.charset) if isinstance(of.charset, tuple) else of.charset
    data.SOPClassUID, data.SOPInstanceUID = of.class_, instance(of)
    data.StudyDate, data.Modality, data.StudyDescription = of.date, of.modality, of.description
    if isinstance(of.name, bytes):
        data[0x00100010] = pydicom.DataElement(0x00100010, "UN", of.name)
        data[0x00100010].VR = "PN"
    else:
        data.PatientName = of.name
    data.PatientID, data.PatientBirthDate = of.id, of.born
    data.BodyPartExamined = of.body_part
    data.StudyInstanceUID, data.SeriesInstanceUID = of.study, f"{of.study}.0"
    data.NumberOfFrames = of.frames
    for each in [each for each in data if each.value is None]:
        del data[each.tag]
    if of.side:
        _draw(data, of)
    for keyword, value in (of.more or {}).items():
        setattr(data, keyword, value)
    return data


def _draw(data: Dataset, of: Slice) -> None:
    data.Rows = data.Columns = of.side
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    size = of.side * of.side * 2 * (of.frames or 1)
    pixels = _noise(size, of.n % 4) if of.noise else bytes(size)
    data.add(DataElement(_PIXELS, "OW", pixels))


@lru_cache(maxsize=4)
def _noise(size: int, seed: int) -> bytes:
    """Return pixels of 12 bits, the lowest ones noise: they pack to about two thirds."""
    drawn = random.Random(seed).randbytes(size)  # noqa: S311  a picture, no secret
    return bytes(byte if n % 2 == 0 else byte & 0x07 for n, byte in enumerate(drawn))


def _written(data: Dataset, class_: str, syntax: str) -> bytes:
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.file_meta.MediaStorageSOPClassUID = class_
    data.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[repr(data)[:200]])
    file = io.BytesIO()
    pydicom.dcmwrite(file, data, enforce_file_format=True)
    return file.getvalue()


DEFLATED, IMPLICIT = DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian
