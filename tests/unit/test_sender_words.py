"""What a sender's page says of files and records: each key has words, whoever finds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intake.findings import Examination
from intake.forms import Forms
from intake.standing import STATES, Note, Standing
from intake.words import Words
from sign_upload.came import HINTS, FileLine, StudyLine
from sign_upload.wording import TOLD, Wording
from tests.records.hostile.corpus import corpus
from tests.steps.sender import a_file

ROOT = Path(__file__).parents[2]
FORM = Forms(ROOT / "schemas").get("rheumatoid-arthritis")
LOCALES = ("en", "th", "zh-Hans", "ja", "ar", "de")
PARAMS = {"date": "2026-02-03", "days": 90, "stated": "2026", "found": "2026-01", "files": (1,)}
FEWEST_REASONS = 14
# No sentence tells a patient how a check works, or that it is their fault.
TECHNIQUE = re.compile(
    r"virus|malware|JavaScript|encrypt|polyglot|archive|header|byte|corrupt|invalid"
    r"|illegal|forbidden|\byour (?:fault|mistake)\b|you (?:must|did)",
    re.IGNORECASE,
)


def wording(locale):
    return Wording(Words(locale, FORM.catalogues[locale]))


def line(**given):
    study = Examination("1.2.3", **{"modality": "MR", "images": 120} | given)
    return StudyLine(study, (), None, ())


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_said(state, locale):
    for given in ({}, {"date": "2026-02-03", "days": 90, "expected_by": "2026-12"}):
        each = Standing("blood", "mandatory", state, **given)
        if state != "stale" or given:
            assert "{" not in wording(locale).standing(each)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("key", TOLD)
def test_every_note_that_is_told_is_said(key, locale):
    each = Standing("blood", "mandatory", "checking", notes=(Note(key, PARAMS),))

    (said,) = wording(locale).notes(each)

    assert "{" not in said


def test_a_note_is_not_said_again_that_the_state_has_said():
    notes = (Note("too_old", PARAMS), Note("date_differs", PARAMS))
    each = Standing("blood", "mandatory", "stale", "2026-02-03", days=90, notes=notes)

    (said,) = wording("en").notes(each)

    assert said == "You wrote 2026. In the file we read Jan 2026. You need not do anything."


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reason_and_doubt_that_a_check_gives_has_words(locale):
    expected = {each for piece in corpus() for each in piece.expected}
    raised = {each.partition(" ")[2] for each in expected} - {""}
    words = FORM.catalogues[locale]["upload"]

    assert len(raised) >= FEWEST_REASONS
    assert raised <= words["reasons"].keys()
    assert set(HINTS) <= words["hints"].keys()


def test_no_reason_names_a_technique_or_blames():
    words = FORM.catalogues["en"]["upload"]

    for told in (words["reasons"], words["hints"], words["standing"], words["notes"]):
        assert not [text for text in told.values() if TECHNIQUE.search(text)]


@pytest.mark.parametrize(
    ("kind", "locale", "said"),
    [
        ("dicom", "en", "Please get the CD's files again from the hospital."),
        ("dicom", "th", "ขอไฟล์จากแผ่นซีดีใหม่"),
        ("pdf", "en", "or take a photo of each page."),
    ],
)
def test_nobody_is_asked_to_take_a_photo_of_a_scan(kind, locale, said):
    line = FileLine((a_file(kind=kind),), "refused", "harmful", ())

    assert said in wording(locale).reason(line)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"body_part": "KNEE", "date": "2026-09-14"}, "MRI, knee, 120 images, 14 Sept 2026"),
        ({"body_part": "L SPINE", "modality": "DX"}, "X-ray, lower back, 120 images"),
        ({"modality": "CR", "images": 1}, "X-ray, 1 image"),
        ({"modality": "ZZ", "images": 1200}, "Scan, 1,200 images"),
        ({"modality": None, "body_part": "{0}"}, "Scan, 120 images"),
    ],
)
def test_a_study_is_said_as_a_patient_would(given, said):
    assert wording("en").study(line(**given), with_body_part=True) == said


def test_a_study_in_thai():
    told = line(body_part="HIP", date="2026-09-14")

    assert wording("th").study(told, with_body_part=True) == "MRI สะโพก 120 ภาพ 14 ก.ย. 2026"


@pytest.mark.parametrize(
    ("locale", "copies", "images"),
    [
        ("en", 1, "120 images"),
        ("en", 2, "120 images (sent twice)"),
        ("en", 3, "120 images (sent 3 times)"),
        ("th", 2, "120 ภาพ (ส่งมา 2 ครั้ง)"),
        ("th", 3, "120 ภาพ (ส่งมา 3 ครั้ง)"),
    ],
)
def test_a_study_that_came_twice_is_told_once(locale, copies, images):
    said = wording(locale).study(line(copies=copies), with_body_part=False)

    assert said.endswith(images)
