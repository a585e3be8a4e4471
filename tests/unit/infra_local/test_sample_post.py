import json

import pytest

from infra.local.sample_post import UnusableSampleError, from_environment, place

FORM = "rheumatoid-arthritis"
PDF, DICOM = ("a.pdf", b"%PDF"), ("scan.dcm", b"\0")


def announcing(*kinds):
    return {"records": [{"requirement": kind} for kind in kinds]}


def placed(answers, *files):
    return {position: name for position, (name, _) in place(answers, FORM, list(files)).items()}


def test_files_go_to_records_in_the_forms_order():
    answers = announcing("urine", "radiology", "blood")

    assert placed(answers, PDF, ("b.jpg", b"")) == {2: "a.pdf", 0: "b.jpg"}


def test_dicom_goes_to_radiology_and_nobody_takes_its_place():
    assert placed(announcing("radiology"), DICOM) == {0: "scan.dcm"}
    assert placed(announcing("blood", "radiology"), PDF, DICOM) == {0: "a.pdf", 1: "scan.dcm"}
    assert placed(announcing("blood"), DICOM) == {0: "scan.dcm"}


def test_more_files_than_records_is_an_error():
    with pytest.raises(UnusableSampleError, match="announce only 1 records"):
        place(announcing("blood"), FORM, [PDF, DICOM])


def test_the_own_sample_is_an_example_with_a_file_for_each_record():
    sample = from_environment({})

    body, kind = sample.body()
    assert (sample.form, sample.announced, len(sample.placed)) == (FORM, 3, 3)
    assert kind.startswith("multipart/form-data; boundary=")
    assert body.count(b"filename=") == 3
    assert b'name="records.0.requirement"' in body


def test_answers_and_records_may_be_given(tmp_path):
    answers, record = tmp_path / "answers.json", tmp_path / "one.pdf"
    answers.write_text(json.dumps(announcing("blood", "urine")))
    record.write_bytes(b"%PDF")

    sample = from_environment({"ANSWERS": str(answers), "RECORDS": str(record)})

    assert (sample.form, sample.announced) == (FORM, 2)
    assert sample.placed == {0: ("one.pdf", b"%PDF")}


def test_what_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    with pytest.raises(UnusableSampleError, match="not JSON"):
        from_environment({"ANSWERS": str(broken)})
    with pytest.raises(UnusableSampleError, match="No such file"):
        from_environment({"ANSWERS": str(tmp_path / "none.json")})
