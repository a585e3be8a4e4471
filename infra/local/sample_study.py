"""An MRI of a knee that belongs to nobody: drawn, and labelled so in every slice."""

import io
import tempfile
from array import array
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pydicom
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

_SIDE = 256
_SERIES = ("SAG PD FS", "COR T1")
_ID = "SYNTHETIC-0001"


@dataclass(frozen=True)
class Study:
    """One examination of nobody on *day*, with *slices* in each of two series."""

    day: date
    slices: int = 12
    name: str = "SYNTHETIC^KNEE"
    born: str = "1980-01-01"
    uid: str = field(default_factory=generate_uid)
    frame: str = field(default_factory=generate_uid)
    series: tuple[str, ...] = field(default_factory=lambda: tuple(generate_uid() for _ in _SERIES))

    def slice(self, number: int) -> bytes:
        """Return one image as a file; they are counted through both series, from 1."""
        file = io.BytesIO()
        pydicom.dcmwrite(file, self._image(number), enforce_file_format=True)
        return file.getvalue()

    def files(self) -> dict[str, bytes]:
        """Return paths and contents as on a CD: a table of contents, and files without endings."""
        with tempfile.TemporaryDirectory() as folder:
            disc = FileSet()
            for number in range(1, self.slices * len(_SERIES) + 1):
                disc.add(self._image(number))
            disc.ID = "KNEE"
            disc.write(folder)
            disc._stage["t"].cleanup()  # noqa: SLF001 - or it warns that nobody did
            found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    def _image(self, number: int) -> Dataset:
        which, position = divmod(number - 1, self.slices)
        image = Dataset()
        image.SpecificCharacterSet = "ISO_IR 192"
        image.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
        image.SOPClassUID, image.SOPInstanceUID = MRImageStorage, generate_uid()
        image.StudyDate = image.SeriesDate = image.ContentDate = f"{self.day:%Y%m%d}"
        image.StudyTime, image.AccessionNumber = "101500", ""
        image.Modality, image.Manufacturer = "MR", "made by a program"
        image.InstitutionName, image.ReferringPhysicianName = "Nowhere", ""
        image.StudyDescription, image.SeriesDescription = "MRI KNEE LEFT", _SERIES[which]
        image.PatientName, image.PatientID = self.name, _ID
        image.PatientBirthDate, image.PatientSex = self.born.replace("-", ""), "O"
        image.BodyPartExamined, image.Laterality = "KNEE", "L"
        image.PatientPosition = "FFS"
        image.StudyInstanceUID, image.SeriesInstanceUID = self.uid, self.series[which]
        image.StudyID, image.SeriesNumber, image.InstanceNumber = "1", which + 1, position + 1
        image.FrameOfReferenceUID, image.PositionReferenceIndicator = self.frame, ""
        image.ScanningSequence, image.SequenceVariant, image.ScanOptions = "SE", "NONE", ""
        image.MRAcquisitionType, image.EchoTime, image.EchoTrainLength = "2D", 30, 1
        image.RepetitionTime, image.SliceThickness = 2500, 4
        image.ImagePositionPatient = [0, 0, 4 * position]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.PixelSpacing = [0.6, 0.6]
        image.Rows = image.Columns = _SIDE
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
        image.PixelRepresentation, image.BurnedInAnnotation = 0, "NO"
        image.WindowCenter, image.WindowWidth = 2048, 4096
        image.PixelData = _drawn(which, (position + 0.5) / self.slices)
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        return image


def _drawn(which: int, depth: float) -> bytes:
    """Draw two bones and what is around them, widest in the middle of the series."""
    wide = 1 - abs(2 * depth - 1) * 0.6
    picture = Image.new("L", (_SIDE, _SIDE), 0)
    pen = ImageDraw.Draw(picture)

    def oval(x: float, y: float, width: float, height: float, grey: int) -> None:
        half, tall = width * wide / 2, height / 2
        pen.ellipse((x - half, y - tall, x + half, y + tall), fill=grey)

    oval(128, 128, 190, 300, 90)
    oval(128, 40, 110, 150, 200 if which else 130)
    oval(128, 210, 120, 150, 190 if which else 120)
    oval(128, 122, 130, 14, 240)
    if not which:
        oval(62, 90, 26, 60, 160)
    pen.text((6, 6), "SYNTHETIC", fill=255, font_size=14)
    # Twelve bits in sixteen, the lower byte first, as the transfer syntax has it.
    values = array("H", (grey * 16 for grey in picture.tobytes()))
    if array("H", [1]).tobytes()[0] == 0:
        values.byteswap()
    return values.tobytes()
