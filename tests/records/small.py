"""Small sound files, for tests that need one and don't care what it shows."""

from __future__ import annotations

import io
from functools import cache

import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

_PIXEL_DATA = 0x7FE00010


def pdf(filler: bytes = b"") -> bytes:
    """Return a PDF of one empty page; *filler* lies in it as an object that nothing shows."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(filler), filler),
    )
    out, places = b"%PDF-1.7\n", []
    for n, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


def pdf_of(size: int, fill: bytes = b"x") -> bytes:
    """Return a PDF of exactly *size* bytes, if it can be that small."""
    room, much = size - len(pdf()), fill * (size // len(fill) + 1)
    for digits in range(min(room, 24)):  # its own length stands in it, in as many digits
        made = pdf(much[: room - digits])
        if len(made) == size:
            return made
    raise ValueError(size)


@cache
def picture(kind: str, width: int = 1200, height: int = 1600) -> bytes:
    """Return an empty page as JPEG, PNG or TIFF."""
    file = io.BytesIO()
    Image.new("L", (width, height), 255).save(file, kind)
    return file.getvalue()


def dicom(filler: bytes = b"") -> bytes:
    """Return one image of nobody; *filler* are its pixels."""
    side = 16
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.Modality, image.StudyDate = "MR", "20261101"
    image.Rows, image.Columns, image.SamplesPerPixel = side, side, 1
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.PixelRepresentation = 7, 0
    image.PhotometricInterpretation = "MONOCHROME2"
    even = filler + b"\0" * (len(filler) % 2)
    image.add_new(_PIXEL_DATA, "OB", even or bytes(side * side))
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    file = io.BytesIO()
    pydicom.dcmwrite(file, image, enforce_file_format=True)
    return file.getvalue()
