"""What a newcomer drops onto the form is what it says, recent, and nobody's."""

import io
import zipfile
from datetime import date

import pikepdf
import pycdlib
import pydicom
import pytest
import time_machine
from PIL import Image

from check_upload.inspection.look import inspect
from check_upload.inspection.result import Asked
from infra.local import samples
from infra.local.sample_records import samples as records

TODAY = date(2026, 11, 23)
STUDY, OLD = date(2026, 11, 3), date(2023, 11, 24)


class InMemory:
    """A content as an inspection reads it."""

    def __init__(self, content):
        self._content, self.size = content, len(content)

    def read(self, offset, size):
        return self._content[offset : offset + size]

    def prefetch(self, ranges):
        del ranges


def looked_at(name, content, requirement="radiology"):
    return inspect(InMemory(content), Asked(name, "application/octet-stream", requirement))


@pytest.fixture(scope="module")
def made():
    with time_machine.travel(TODAY, tick=False):
        return samples.made()


def images(made, folder):
    return [
        pydicom.dcmread(io.BytesIO(content))
        for path, content in made.items()
        if path.startswith(f"{folder}/PT")
    ]


def test_the_study_is_recent_labelled_and_one(made):
    found = images(made, "knee-mri")

    assert len(found) == 24
    assert {str(one.PatientName) for one in found} == {"SYNTHETIC^KNEE"}
    assert {one.StudyDate for one in found} == {f"{STUDY:%Y%m%d}"}
    assert len({one.StudyInstanceUID for one in found}) == 1
    assert len({one.SeriesInstanceUID for one in found}) == 2
    assert len({one.SOPInstanceUID for one in found}) == 24
    assert all(any(one.PixelData) for one in found)


def test_the_old_one_is_another_and_old(made):
    old, new = images(made, "old-knee-mri"), images(made, "knee-mri")

    assert {one.StudyDate for one in old} == {f"{OLD:%Y%m%d}"}
    assert old[0].StudyInstanceUID != new[0].StudyInstanceUID


@pytest.mark.parametrize("folder", ["knee-mri", "old-knee-mri"])
def test_the_table_of_contents_names_every_image_and_no_other(made, folder):
    table = pydicom.dcmread(io.BytesIO(made[f"{folder}/DICOMDIR"])).DirectoryRecordSequence
    named = {"/".join(one.ReferencedFileID) for one in table if "ReferencedFileID" in one}

    there = {path.removeprefix(f"{folder}/") for path in made if path.startswith(f"{folder}/PT")}
    assert named == there


def test_packed_and_burnt_it_is_the_same(made):
    prefix = "knee-mri/"
    folder = {path.removeprefix(prefix): c for path, c in made.items() if path.startswith(prefix)}

    with zipfile.ZipFile(io.BytesIO(made["knee-mri.zip"])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == folder
    disc = pycdlib.PyCdlib()
    disc.open_fp(io.BytesIO(made["knee-mri.iso"]))
    for path, content in folder.items():
        file = io.BytesIO()
        name = path if "." in path else f"{path}."
        disc.get_file_from_iso_fp(file, iso_path=f"/{name};1")
        assert file.getvalue() == content, path
    disc.close()


@pytest.mark.parametrize("name", ["knee-mri.zip", "knee-mri.iso"])
def test_the_check_sees_a_study_and_its_report(made, name):
    found = looked_at(name, made[name])

    (study,) = found.facts.studies
    assert (found.outcome, found.facts.flags) == ("clean", ())
    assert (study.modality, study.body_part, study.images) == ("MR", "KNEE", 24)
    assert study.date == STUDY.isoformat()


def test_every_sample_but_the_locked_one_is_clean(made):
    for path, content in made.items():
        if path == "README.txt" or path.endswith("DICOMDIR"):
            continue  # of a folder, the form sends no table of contents
        found = looked_at(path.rpartition("/")[2], content)
        expected = ("refused", "pdf_locked") if path == "locked report.pdf" else ("clean", None)
        assert (found.outcome, found.reason) == expected, path


def test_what_the_demo_sends_is_clean_and_leaves_no_doubt():
    requirements = ("blood", "urine", "radiology")
    patient = {"full_name": "Somchai Example", "date_of_birth": "1968-03-27"}
    kinds = []
    for requirement, (name, content) in zip(requirements, records(patient).items(), strict=True):
        found = looked_at(name, content, requirement)
        kinds.append(found.kind)
        assert (found.outcome, found.facts.flags) == ("clean", ()), name

    assert kinds == ["pdf", "jpeg", "zip"]
    assert tuple(patient.values()) in {(each.name, each.birth_date) for each in found.people}


def test_the_lab_reports_can_be_read(made):
    with pikepdf.open(io.BytesIO(made["blood results.pdf"])) as pdf:
        text = pdf.pages[0].Contents.read_bytes()
    assert b"13 November 2026" in text
    assert b"SYNTHETIC" in text
    assert min(Image.open(io.BytesIO(made["urine page.jpg"])).size) >= 1000


def test_nobodys_folder_is_overwritten(tmp_path, capsys):
    own = tmp_path / "samples"
    assert samples.main([str(own)]) == 0
    assert samples.main([str(own)]) == 0
    (own / ".made-by-make-samples").unlink()
    (own / "mine").write_text("keep")

    assert samples.main([str(own)]) == 1
    assert (own / "mine").read_text() == "keep"
    assert "is there already" in capsys.readouterr().err
