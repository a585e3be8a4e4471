"""The records board in words: what came, whether it is safe, what is missing, old or another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from intake import errors, findings, scanning, standing
from intake.findings import Facts, Study
from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPT,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    TEAM_REMINDER,
    Case,
)
from open_case import actions
from open_case.access import DOCTOR, Staff
from open_case.board import Board
from open_case.folding import folded
from open_case.sheet import Sheet, ranges
from tests.unit.a_case import CHIEF, FORM, NOW, TODAY, a_file, an_inquiry, the_words

ZONE = ZoneInfo("Asia/Bangkok")
LOCALES = ("en", "th", "zh-Hans", "ja", "ar", "de")
SILENT = (
    "no result yet; it is asked for again by itself, and until then the file can only be refused"
)
KNEE = Study("1.2.3", "MR", "KNEE", "left knee", "2026-09-14", images=120, bytes=38_000_000)
REASONS = (
    *("empty_file", "unknown_kind", "word_document", "pdf_locked", "pdf_active", "zip_locked"),
    *("zip_in_zip", "no_images_found", "scan_damaged", "file_damaged", "too_many_pixels"),
    *("too_many_files", "harmful", "not_accepted", "gone"),
    *("check_unfinished", "two_things", "archive_unsafe", "archive"),
)
KINDS = ("pdf", "jpeg", "png", "tiff", "heic", "dicom", "zip", "iso", "fhir", "ccda", "hl7")
FLAGS = (
    *("type_differs", "too_small", "several_people", "trailing_bytes", "burned_in"),
    *("programs_left_out", "images_missing_on_disc", "opens_itself", "scanned_pages", "odd_name"),
)


def board(forms, *files, answers=None, staff=CHIEF, today=TODAY, locale="en", **inquiry):
    case = Case(an_inquiry(answers=answers or {}, **inquiry), files)
    return Board(forms.get(FORM), case, staff, the_words(forms, locale), today, ZONE)


def row(board_, kind="blood"):
    return next(each for each in board_.requirements() if each["kind"] == kind)


def the_file(board_, kind="blood"):
    (file,) = row(board_, kind)["files"]
    return file


def found(**facts):
    return findings.to_text(Facts(**facts))


def record(requirement="blood", document_date="2026-11-01", **more):
    return {"records": [{"requirement": requirement, "document_date": document_date, **more}]}


# ---- Requirements ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "answers", "state"),
    [
        ((), {}, "missing"),
        ((), record(), "promised"),
        ((a_file(),), {}, "received"),
        ((a_file(record=0),), record(), "complete"),
        ((a_file(record=0),), record(document_date="2020"), "stale"),
        ((a_file(verdict=None),), {}, "checking"),
        ((a_file(verdict="withheld"),), {}, "withheld"),
        ((a_file(verdict="refused"),), {}, "unusable"),
        ((a_file(0, verdict="refused"), a_file(1, record=0)), record(), "complete"),
    ],
)
def test_a_requirement_says_how_it_stands(forms, files, answers, state):
    blood = row(board(forms, *files, answers=answers))

    assert blood["state"] == state
    assert blood["stateText"]


def test_it_says_which_window_applies_and_where_the_date_is_from(forms):
    stated = row(board(forms, a_file(record=0), answers=record()))
    read = a_file(record=0, kind="fhir", facts=found(date="2026-10-02", date_source="lab"))
    lab = row(board(forms, read, answers=record()))

    assert (stated["date"], stated["dateSourceText"]) == ("2026-11-01", "stated on the form")
    assert (stated["days"], stated["windowText"]) == (90, "from the last 90 days")
    assert (lab["date"], lab["dateSourceText"]) == ("2026-10-02", "from the lab export")
    assert [note["text"] for note in lab["notes"]] == [
        "The form says 1 Nov 2026, the file says 2 Oct 2026"
    ]


def test_what_was_recent_on_acceptance_and_is_not_today_says_both(forms):
    blood = row(board(forms, a_file(record=0), answers=record(), today=TODAY + timedelta(days=100)))

    assert (blood["state"], blood["atAcceptance"]["state"]) == ("stale", "complete")
    assert blood["atAcceptance"]["text"] == "on acceptance (22 Nov 2026): complete"
    assert blood["notes"] == [
        {"key": "too_old", "text": "From 1 Nov 2026: more than 90 days ago", "bad": True}
    ]


def test_the_day_of_acceptance_is_the_clinic_s(forms):
    late = NOW.replace(hour=18)  # the next day in Bangkok already

    blood = row(
        board(
            forms,
            a_file(record=0),
            answers=record(),
            today=TODAY + timedelta(days=100),
            received_at=late,
        )
    )

    assert "23 Nov 2026" in blood["atAcceptance"]["text"]


def test_what_stands_as_on_acceptance_says_it_once(forms):
    assert row(board(forms, a_file(record=0), answers=record()))["atAcceptance"] is None


def test_what_a_doctor_should_know_first_comes_with_its_requirement(forms):
    scan = a_file(0, "radiology", kind="dicom", facts=found(studies=(KNEE,), identity="differs"))

    assert board(forms, scan).checks() == [
        {
            "key": "report_missing",
            "text": "Images without a written report",
            "source": "X-ray, MRI, CT or ultrasound",
        },
        {
            "key": "details_differ",
            "text": "Name or birth date in file 1 differ from the form",
            "source": "X-ray, MRI, CT or ultrasound",
        },
    ]


def test_optional_kinds_show_only_if_something_came_or_will(forms):
    kinds = [each["kind"] for each in board(forms, a_file(requirement="photo")).requirements()]

    assert kinds == ["blood", "urine", "radiology", "diagnosis_letter", "photo"]


def test_files_of_kinds_that_are_not_asked_for_are_listed_apart(forms):
    only = board(forms, a_file(0, "retired"), a_file(1))

    assert [file["n"] for file in only.other_files()] == [0]


# ---- Done without ---------------------------------------------------------------------------

WAIVED = ({"kind": "blood", "why": "came by post", "by": "Ada", "at": "2026-11-22T11:04:00Z"},)


def test_what_is_waived_says_by_whom_and_why_and_can_be_taken_back(forms):
    blood = row(board(forms, waived=WAIVED))

    assert (blood["state"], blood["stateText"]) == ("waived", "not needed: decided by staff")
    assert blood["waived"] == WAIVED[0]
    assert blood["can"] == ["unwaive"]


@pytest.mark.parametrize(
    ("checked_at", "text"),
    [
        (NOW - timedelta(minutes=1), "accepted as it is by staff"),
        (NOW + timedelta(minutes=1), "not needed: decided by staff"),
    ],
    ids=["here before", "came later"],
)
def test_what_was_here_when_staff_decided_was_accepted(forms, checked_at, text):
    blood = row(board(forms, a_file(checked_at=checked_at), waived=WAIVED))

    assert (blood["state"], blood["stateText"]) == ("waived", text)


@pytest.mark.parametrize(
    ("files", "is_here"),
    [((), False), ((a_file(verdict="refused"),), False), ((a_file(),), True)],
)
def test_only_what_is_here_can_be_accepted(forms, files, is_here):
    assert row(board(forms, *files))["isHere"] is is_here


def test_what_is_waived_is_nothing_to_check(forms):
    old = board(forms, a_file(record=0), answers=record(document_date="2020"), waived=WAIVED)

    assert old.checks() == []


@pytest.mark.parametrize(
    ("kind", "files", "changes", "can"),
    [
        ("blood", (), {}, ["waive"]),
        ("diagnosis_letter", (), {}, ["waive"]),
        ("photo", (a_file(requirement="photo"),), {}, []),
        ("blood", (a_file(record=0),), {"answers": record()}, []),
        ("blood", (), {"quarantined_at": NOW}, []),
        ("blood", (), {"quarantined_at": NOW, "released_at": NOW}, ["waive"]),
        ("blood", (), {"quarantined_at": NOW, "rejected_at": NOW}, []),
        ("blood", (), {"waived": WAIVED, "quarantined_at": NOW, "rejected_at": NOW}, []),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_what_is_asked_for_and_not_complete_can_be_waived(forms, kind, files, changes, can):
    assert row(board(forms, *files, **changes), kind)["can"] == can


def test_a_doctor_may_waive_and_a_reader_of_other_forms_may_not(forms):
    doctor, stranger = Staff("1", "d", {FORM: DOCTOR}), Staff("2", "s", {})

    assert row(board(forms, staff=doctor))["can"] == ["waive"]
    assert row(board(forms, staff=stranger))["can"] == []


# ---- Studies --------------------------------------------------------------------------------


def a_slice(n, **changes):
    study = replace(KNEE, images=1, bytes=300_000)
    given = {"kind": "dicom", "scan": scanning.NO_THREATS, "size": 300_000 + n}
    given["facts"] = found(studies=(study,), identity="match")
    return a_file(n, "radiology", **(given | changes))


def test_a_folder_of_images_is_one_study_and_one_row(forms):
    hundred = board(forms, *(a_slice(n) for n in range(120)))

    (study,) = hundred.studies()
    file = the_file(hundred, "radiology")
    assert (study["modality"], study["bodyPart"], study["date"]) == ("MR", "KNEE", "2026-09-14")
    assert (study["imagesText"], study["sizeText"]) == ("120 images", "36 MB")
    assert (study["filesText"], study["readyText"]) == ("files 1–120", "checked")  # noqa: RUF001
    assert [each["n"] for each in file["members"]] == list(range(120))
    assert all(each["canOpen"] for each in file["members"])
    assert file["facts"] == ["MR · KNEE"]


def test_an_image_that_differs_stands_apart_from_its_folder(forms):
    other = found(studies=(replace(KNEE, images=1),), identity="differs")
    files = [a_slice(0, facts=other), *(a_slice(n) for n in range(1, 9))]
    files[5] = replace(files[5], verdict="withheld", reason="check_unfinished", scan="UNSUPPORTED")

    rows = row(board(forms, *files), "radiology")["files"]

    assert [len(each.get("members", "1")) for each in rows] == [1, 7, 1]
    assert [each["n"] for each in rows] == [0, 1, 5]
    assert rows[0]["identityText"] == "patient's details differ from the form"


@pytest.mark.parametrize(
    ("second", "ready"),
    [
        ({}, "all"),
        ({"verdict": None, "checked_at": None, "records_version": None}, "some"),
    ],
)
def test_a_study_says_how_much_of_it_may_be_opened(forms, second, ready):
    (study,) = board(forms, a_slice(0), a_slice(1, **second)).studies()

    assert study["ready"] == ready


def test_a_study_on_two_discs_is_one_row_that_says_so(forms):
    facts = found(studies=(replace(KNEE, mark="00f1e2d3c4b5a697"),), identity="match")
    discs = [a_file(n, "radiology", kind="iso", facts=facts) for n in range(2)]

    (study,) = board(forms, *discs).studies()

    assert (study["images"], study["imagesText"]) == (120, "120 images (sent twice)")
    assert (study["sizeText"], study["filesText"]) == ("38 MB", "files 1, 2")


def test_a_study_says_that_a_file_of_it_names_somebody_else(forms):
    other = found(studies=(replace(KNEE, images=1),), identity="differs")

    (doubtful,) = board(forms, a_slice(0), a_slice(1, facts=other)).studies()
    (sure,) = board(forms, a_slice(0)).studies()

    assert doubtful["doubtText"] == "patient's details differ from the form"
    assert sure["doubtText"] == ""


def test_a_study_of_a_file_that_was_refused_is_none(forms):
    refused = a_slice(0, verdict="refused", reason="harmful", scan=scanning.THREATS)

    assert board(forms, refused).studies() == []


def test_few_files_are_never_folded_and_many_are(forms):
    few = row(board(forms, *(a_file(n) for n in range(3))))["files"]
    many = row(board(forms, *(a_file(n) for n in range(4))))["files"]

    assert [len(few), len(many)] == [3, 1]
    assert "members" not in few[0]
    assert [set(each) for each in many[0]["members"]] == [
        {"n", "name", "size", "sizeText", "canOpen", "can"}
    ] * 4


def test_what_is_folded_is_found_by_its_name(forms):
    names = ("IM10", "IM000002", "im1", "IM00")
    (file,) = row(board(forms, *(a_file(n, name=name) for n, name in enumerate(names))))["files"]

    assert [each["name"] for each in file["members"]] == ["IM00", "im1", "IM000002", "IM10"]


def test_folding_loses_no_file_and_no_button():
    own = {"name": "x", "size": 1, "sizeText": "1 byte", "canOpen": True}
    rows = [{"n": n, "can": [str(n)], "state": "ab"[n % 2], **own} for n in range(11)]

    whole = folded(rows)

    members = [each for row_ in whole for each in row_["members"]]
    assert sorted(each["n"] for each in members) == list(range(11))
    assert all(each["can"] == [str(each["n"])] for each in members)
    assert [row_["can"] for row_ in whole] == [[], []]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([1], "1"), ([3, 4], "3, 4"), ([5, 3, 4], "3–5"), ([1, 2, 3, 7, 9, 10], "1–3, 7, 9, 10")],  # noqa: RUF001
)
def test_numbers_take_little_room(numbers, text):
    assert ranges(numbers) == text


# ---- Files ----------------------------------------------------------------------------------


def test_a_file_says_what_was_found_in_it(forms):
    facts = found(
        pages=3, date="2026-10-02", date_source="pdf", flags=("scanned_pages", "odd_name")
    )
    file = the_file(board(forms, a_file(record=0, kind="pdf", facts=facts), answers=record()))

    assert file["facts"] == ["3 pages"]
    assert (file["date"], file["dateSourceText"]) == ("2026-10-02", "PDF's own date")
    assert file["notes"] == ["Scanned pages without text to search"]
    assert file["doubts"] == ["Its name holds characters that hide or turn others"]
    assert (file["identity"], file["identityText"]) == (None, "")


@pytest.mark.parametrize(
    ("second", "dates"),
    [
        (a_file(1, record=0), [None, None]),
        (a_file(1, record=0, verdict="refused"), [None, None]),
        (a_file(1, record=1), ["2026-11-01", "2026-10-01"]),
        (a_file(1), ["2026-11-01", None]),
    ],
    ids=["same", "of no use", "another date", "no date"],
)
def test_a_stated_date_is_said_once(forms, second, dates):
    stated = record()["records"] + record(document_date="2026-10-01")["records"]
    blood = row(board(forms, a_file(record=0), second, answers={"records": stated}))

    assert [file["date"] for file in blood["files"]] == dates
    assert (blood["date"], blood["dateSourceText"]) == ("2026-11-01", "stated on the form")


def test_a_disc_says_what_is_on_it(forms):
    xray = Study("9.9", "DX", "HAND", date="2026-01-05", images=1)
    facts = found(studies=(KNEE, xray), entries=140, left_out=2, reports=1, people=2)
    file = the_file(board(forms, a_file(0, "radiology", kind="iso", facts=facts)), "radiology")

    assert file["facts"] == [
        "2 imaging studies",
        "1 written report",
        "140 files inside",
        "2 programs left out of this summary",
    ]
    assert (file["date"], file["dateSourceText"]) == ("2026-09-14", "from the DICOM header")


def test_a_study_that_is_alone_on_a_disc_is_told_with_it(forms):
    file = the_file(
        board(forms, a_file(0, "radiology", kind="zip", facts=found(studies=(KNEE,)))), "radiology"
    )

    assert file["facts"] == ["MR · KNEE · 120 images"]


def test_a_lab_export_names_its_panels_and_is_never_trusted_for_whose_it_is(forms):
    facts = found(panels=("Complete blood count", "CRP"), date="2026-11-10", date_source="lab")
    file = the_file(board(forms, a_file(kind="hl7", facts=facts)))

    assert file["panels"] == ["Complete blood count", "CRP"]
    assert file["labText"] == "Lab export: never trusted for whose it is"
    assert file["identityText"] == ""


@pytest.mark.parametrize("identity", [findings.MATCH, findings.DIFFERS, findings.ABSENT])
@pytest.mark.parametrize("locale", LOCALES)
def test_whose_it_is_never_says_that_it_is_the_wrong_patient_s(forms, identity, locale):
    file = the_file(board(forms, a_file(facts=found(identity=identity)), locale=locale))

    assert file["identityText"]
    assert "wrong" not in file["identityText"]


@pytest.mark.parametrize(
    ("scan", "verdict", "said"),
    [
        (scanning.NO_THREATS, "clean", "nothing found"),
        (scanning.NO_THREATS, None, "nothing found"),
        (scanning.THREATS, "refused", "something harmful found"),
        (None, None, "not finished"),
        (None, "withheld", SILENT),
        (scanning.FAILED, "withheld", SILENT),
        (scanning.ACCESS_DENIED, "withheld", SILENT),
        (None, "clean", "not done"),
        (scanning.FAILED, None, "not finished"),
        (scanning.ACCESS_DENIED, None, "not finished"),
        (scanning.UNSUPPORTED, "withheld", "could not be scanned"),
        (scanning.UNKNOWN, "withheld", "could not be scanned"),
        ("A_WORD_OF_TOMORROW", "withheld", "could not be scanned"),
    ],
)
def test_a_file_says_what_the_malware_scan_came_to(forms, scan, verdict, said):
    file = the_file(board(forms, a_file(verdict=verdict, scan=scan)))

    assert file["scanText"] == f"malware scan: {said}"


def test_of_a_file_that_never_came_nobody_asks_for_a_scan(forms):
    file = the_file(board(forms, a_file(verdict=None, arrived_at=None)))

    assert file["scanText"] == ""


@pytest.mark.parametrize(
    ("scan", "can"),
    [
        (scanning.NO_THREATS, ["let_through", "refuse"]),
        (None, ["refuse"]),
        (scanning.THREATS, ["refuse"]),
        (scanning.UNSUPPORTED, ["refuse"]),
        (scanning.FAILED, ["refuse"]),
    ],
)
def test_only_what_the_scanner_found_clean_may_be_let_through(forms, scan, can):
    assert the_file(board(forms, a_file(verdict="withheld", scan=scan)))["can"] == can


@pytest.mark.parametrize(
    ("changes", "state", "text"),
    [
        ({"verdict": None, "arrived_at": None}, "announced", "announced, not here yet"),
        (
            {"verdict": None, "arrived_at": None, "abandoned_at": NOW},
            "announced",
            "announced, never came",
        ),
        ({"verdict": "withheld"}, "withheld", "kept back until it is scanned for malware"),
        (
            {"verdict": "withheld", "scan": scanning.UNSUPPORTED},
            "withheld",
            "kept back, staff must decide",
        ),
        ({"verdict": "withheld", "decision": "refuse"}, "withheld", "decided, being carried out"),
    ],
)
def test_a_file_says_where_it_is(forms, changes, state, text):
    file = the_file(board(forms, a_file(**changes)))

    assert (file["state"], file["stateText"]) == (state, text)


def test_what_a_newer_check_found_still_has_a_word(forms):
    facts = found(flags=("from_later",))
    file = the_file(board(forms, a_file(verdict="withheld", reason="from_later", facts=facts)))

    assert file["reasonText"] == "The check found something that it could not judge."
    assert file["doubts"] == ["The check noticed something else about it"]


def test_what_only_a_newer_release_can_read_breaks_no_page(forms):
    facts = found(identity="unsure", date="2026-10-01", date_source="watermark")
    file = the_file(board(forms, a_file(kind="video", facts=facts)))

    assert (file["kindText"], file["identityText"], file["dateSourceText"]) == ("video", "", "")


def test_a_file_without_size_says_nothing_about_it(forms):
    file = the_file(board(forms, a_file(verdict=None, size=None)))

    assert (file["size"], file["sizeText"]) == (None, "")


def test_a_date_that_is_none_breaks_no_page(forms):
    odd = found(studies=(replace(KNEE, date="2026-02-31"),), date="2026-09-14", date_source="lab")

    assert "2026-02-31" in str(the_file(board(forms, a_file(kind="dicom", facts=odd)))["facts"])


# ---- Words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_kind_and_reason_has_words(forms, locale):
    words = the_words(forms, locale)
    sheet = Sheet(words, ())

    known = set(words.catalogue["case"]["reasons"])
    # Senders are told of a scan that is harmful in words of its own; the reason is the same.
    assert {*words.catalogue["upload"]["reasons"], *REASONS} - {"harmful_scan"} <= known
    for state in ("announced", "abandoned", "arrived", "clean", "refused", "withheld", "decided"):
        assert words.text(f"case.file_states.{state}")
    for kind in KINDS:
        assert sheet.of(a_file(kind=kind))["kindText"]
    for flag in FLAGS:
        assert words.text(f"case.file_flags.{flag}")
    for state in standing.STATES:
        assert words.text(f"case.standing.states.{state}")
    assert set(words.catalogue["case"]["standing"]["notes"]) == set(standing.NOTES)
    for kind in (
        *(TEAM_NEW, *TEAM_FOLLOW_UPS[:1], TEAM_FALLBACK, TEAM_REMINDER, TEAM_ESCALATION),
        *(RECEIPT, FILES_UNUSABLE),
    ):
        assert words.text(f"case.letters.{kind}")
    for action in actions.ROLES:
        assert words.text(f"case.history.{action}", n=1, letter="x", name="x", why="x")
    for error in ("NotSignedInError", "NotYourRoleError", "CaseChangedError", "UnknownActionError"):
        assert words.refusal(getattr(errors, error)())


PARAMS = {
    "too_old": {"date", "days"},
    "low_value": {"files"},
    "details_differ": {"files"},
    "several_people": {"files"},
    "date_differs": {"stated", "found"},
    "too_small": {"files"},
    "some_unusable": {"count"},
    "some_withheld": {"count"},
    "policy_changed": {"was"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_note_says_all_that_is_known_of_it(forms, locale):
    for key, text in the_words(forms, locale).catalogue["case"]["standing"]["notes"].items():
        places = {name for _, name, *_ in Formatter().parse(text) if name}
        assert places == PARAMS.get(key, set()), key


@pytest.mark.parametrize("locale", LOCALES)
def test_every_count_is_said_with_its_number(forms, locale):
    sheet = Sheet(the_words(forms, locale), ())
    one = found(pages=1, reports=1, entries=1, left_out=1, width=10, height=20)
    knees = tuple(replace(KNEE, uid=uid) for uid in "123")
    three = found(pages=3, reports=3, entries=3, left_out=3, studies=knees)

    for number, facts in (("1", one), ("3", three)):
        said = sheet.of(a_file(facts=facts))["facts"]
        assert len(said) == 5
        # Arabic has a word for one, as English has "a".
        assert all(number in each for each in said) or (number, locale) == ("1", "ar")
