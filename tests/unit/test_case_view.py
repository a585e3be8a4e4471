"""A case in words: every answer, every flag and every state has some, in every language."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake import errors, flags
from intake.aws.casework import Note
from intake.inquiry import (
    RECEIPT,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    TEAM_REMINDER,
    Case,
    File,
    Inquiry,
    Letter,
)
from intake.rules import leaves
from intake.words import Words
from open_case import actions, history
from open_case.access import SUPERVISOR, Staff
from open_case.answers import Answers
from open_case.board import Board
from open_case.short import SOURCES, Short

NOW = datetime(2026, 11, 22, 11, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = sorted(SCHEMAS.glob("forms/*/examples/valid/*.json"))
FORM = "rheumatoid-arthritis"
CHIEF = Staff("5d0c", "chief", {FORM: SUPERVISOR})
LOCALES = ["en", "th"]


def example(name: str) -> dict[str, Any]:
    path = SCHEMAS / "forms" / FORM / "examples" / "valid" / f"{name}.json"
    given: dict[str, Any] = json.loads(path.read_text("utf-8"))["answers"]
    return given


def the_words(forms, locale="en", form=FORM):
    return Words(locale, forms.get(form).catalogues[locale])


def an_inquiry(**changes):
    given = {
        "id": "a" * 26,
        "form": FORM,
        "form_version": "1",
        "reference": "INQ-7F3K-22QW",
        "locale": "en",
        "received_at": NOW,
        "answer_by": NOW,
        "answers": {},
        "upload_secret": "u" * 26,
        "receipt_secret": "r" * 26,
        "tokens_expire_at": NOW,
        "base_url": "https://clinic.example",
    }
    return Inquiry(**(given | changes))


def a_file(n=0, requirement="blood", verdict: str | None = "clean", **changes):
    given = {
        "record": None,
        "version": "v",
        "size": 1000,
        "sha256": None,
        "name": "scan.pdf",
        "declared_type": "application/pdf",
        "declared_at": NOW,
        "arrived_at": NOW,
        "checked_at": NOW if verdict else None,
        "verdict": verdict,
        "records_version": "r" if verdict == "clean" else None,
    }
    return File(inquiry="a" * 26, n=n, requirement=requirement, **(given | changes))


def board(forms, *files, answers=None, staff=CHIEF):
    case = Case(an_inquiry(answers=answers or {}), files)
    return Board(forms.get(FORM), case, staff, the_words(forms), TODAY)


# ---- Answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parents[2].name}-{path.stem}")
def test_every_answer_of_every_example_is_shown_once(forms, path, locale):
    form = forms.get(path.parents[2].name)
    answers = json.loads(path.read_text("utf-8"))["answers"]
    words = the_words(forms, locale, form.name)

    sections = Answers(form, words).sections(answers)

    rows = [row for section in sections for row in section["rows"]]
    # A list of texts is one row; everything else has its own.
    inside_lists = len(answers.get("clinical", {}).get("allergies", ()))
    lists = 1 if inside_lists else 0
    # So is a decision; and what language the page was in, the head of the case says.
    decisions = answers.pop("consents")
    del answers["form_locale"]
    assert len(rows) == len(list(leaves(answers))) - inside_lists + lists + len(decisions)
    assert words.text("case.other_answers") not in {each["title"] for each in sections}
    for row in rows:
        assert row["label"]
        assert row["value"] not in {"", "True", "False", "None"}


def test_answers_are_said_in_words_under_readable_headings(forms):
    sections = Answers(forms.get(FORM), the_words(forms)).sections(example("every-field-filled-in"))

    rows = {each["title"]: {r["label"]: r["value"] for r in each["rows"]} for each in sections}
    assert rows["The patient"]["Country where the patient lives"] == "Thailand"
    assert rows["The patient"]["Date of birth"] == "27 Mar 1968"
    assert rows["How we reach you"]["Which language should we use with you?"] == "Thai"
    assert rows["How we reach you"]["Do you need an interpreter for a call?"] == "Yes"
    assert rows["The illness · The main illness"]["About when was it diagnosed?"] == "2011"
    assert rows["The illness · The main illness · Joint 2"]["Which side?"] == "Left"
    assert "The illness · Treatment 1" in rows
    assert "Record 1" in rows


def test_answers_come_in_the_order_of_the_schema(forms):
    answers = example("every-field-filled-in")
    backwards = dict(reversed(answers.items()))
    say = Answers(forms.get(FORM), the_words(forms)).sections

    assert say(backwards) == say(answers)


def test_what_the_form_no_longer_asks_or_offers_is_shown_as_it_was_stored(forms):
    answers = {
        "patient": {"full_name": "N. N.", "administrative_sex": "retired", "shoe_size": 42},
        "contact": {"preferred_language": "no language"},
        "retired": {"deep": ["a", "b"]},
    }

    sections = Answers(forms.get(FORM), the_words(forms)).sections(answers)

    shown = {row["label"]: row["value"] for each in sections for row in each["rows"]}
    assert shown["Sex in the passport"] == "retired"
    assert shown["patient.shoe_size"] == "42"
    assert (shown["retired.deep.0"], shown["retired.deep.1"]) == ("a", "b")


# ---- In short, and to check -----------------------------------------------------------------


def test_a_case_in_short(forms):
    form = forms.get(FORM)

    lines = Short(form, example("every-field-filled-in"), the_words(forms), TODAY).lines()

    assert lines[:2] == [
        "Male · 58 years · lives in Thailand",
        "speaks Thai, needs an interpreter",
    ]
    assert lines[2].startswith("Rheumatoid arthritis, since 2011 · ")
    assert lines[3].startswith("DAS28 (CRP-4) 4.9 as stated, ")
    assert lines[3].partition("as stated, ")[2].split(" · ")[0].endswith(" recomputed")


def das28(**given):
    return {"clinical": {"disease_activity": {"das28": given}}}


PARTS = {"tjc28": 8, "sjc28": 4, "esr_mm_h": 38, "patient_global_mm": 60}


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (das28(variant="ESR-4", value=5.5, **PARTS), "DAS28 (ESR-4) 5.5 as stated, 5.5 recomputed"),
        (das28(variant="ESR-4", value=5.5), "DAS28 (ESR-4) 5.5 as stated"),
        (das28(variant="ESR-4", **PARTS), "DAS28 (ESR-4) 5.5 recomputed"),
        (das28(variant="unknown", value=5.5, **PARTS), "DAS28 (unknown) 5.5 as stated"),
    ],
)
def test_a_score_is_shown_beside_ours(forms, answers, line):
    assert Short(forms.get(FORM), answers, the_words(forms), TODAY).lines() == [line]


@pytest.mark.parametrize("answers", [{}, das28(variant="ESR-4"), {"patient": {}}, {"contact": {}}])
def test_what_nobody_answered_takes_no_line(forms, answers):
    assert Short(forms.get(FORM), answers, the_words(forms), TODAY).lines() == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", ["general-inquiry", FORM])
def test_every_flag_that_can_be_raised_has_a_text_and_a_source(forms, form, locale):
    everything = flags.raised(example("every-doubt-is-a-flag"), forms.get(FORM).policy, TODAY)
    words = the_words(forms, locale, form)
    known = words.catalogue["flags"]

    checks = Short(forms.get(form), {}, words, TODAY).check(tuple(known))

    assert set(SOURCES) == set(known) >= set(everything)
    assert len(everything) > 10
    for flag, check in zip(known, checks, strict=True):
        assert check["text"] == known[flag]
        assert check["source"]


def test_a_source_names_the_part_of_the_form_and_the_question(forms):
    short = Short(forms.get(FORM), {}, the_words(forms), TODAY)

    assert short.check(("minor", "record_stale", "from_a_newer_version")) == [
        {"text": "Under age: parental consent needed", "source": "The patient · Date of birth"},
        {"text": "A record is older than the policy allows", "source": "Records"},
        {"text": "from_a_newer_version", "source": ""},
    ]


# ---- Records --------------------------------------------------------------------------------


def record(requirement="blood", document_date="2026-11-01"):
    return {"records": [{"requirement": requirement, "document_date": document_date}]}


@pytest.mark.parametrize(
    ("files", "answers", "state"),
    [
        ((), {}, "missing"),
        ((), record(), "promised"),
        ((a_file(),), {}, "received"),
        ((a_file(record=0),), record(), "received"),
        ((a_file(record=0),), record(document_date="2020"), "stale"),
        ((a_file(0, record=0), a_file(1)), record(document_date="2020"), "received"),
        (
            (a_file(0, record=0), a_file(1, verdict="refused")),
            record(document_date="2020"),
            "stale",
        ),
        ((a_file(verdict=None),), {}, "checking"),
        ((a_file(verdict="withheld"),), {}, "withheld"),
        ((a_file(verdict="refused"),), {}, "refused"),
        ((a_file(0, verdict="refused"), a_file(1, verdict="withheld")), {}, "withheld"),
        ((a_file(0, verdict="refused"), a_file(1)), {}, "received"),
        ((a_file(record=7),), record(document_date="2020"), "received"),
    ],
)
def test_a_requirement_says_the_best_that_is_true_of_it(forms, files, answers, state):
    (blood, *_) = board(forms, *files, answers=answers).requirements()

    assert (blood["kind"], blood["state"]) == ("blood", state)
    assert blood["stateText"]


def test_the_newest_date_of_a_kind_is_shown(forms):
    dates = ("2026-08", "2026-11-01", "2026-10-30")
    answers = {"records": [{"requirement": "blood", "document_date": each} for each in dates]}

    (blood, *_) = board(forms, a_file(record=0), answers=answers).requirements()

    assert blood["date"] == "2026-11-01"
    assert blood["files"][0]["date"] == "2026-08"


def test_optional_kinds_show_only_if_something_came_or_will(forms):
    kinds = [each["kind"] for each in board(forms, a_file(requirement="photo")).requirements()]

    assert kinds == ["blood", "urine", "radiology", "diagnosis_letter", "photo"]


def test_files_of_kinds_that_are_not_asked_for_are_listed_apart(forms):
    only = board(forms, a_file(0, "retired"), a_file(1))

    assert [file["n"] for file in only.other_files()] == [0]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_kind_and_reason_has_words(forms, locale):
    words = the_words(forms, locale)
    reasons = set(words.catalogue["upload"]["reasons"]) | {"archive", "gone", "not_accepted"}

    assert reasons <= set(words.catalogue["case"]["reasons"])
    for state in ("announced", "abandoned", "arrived", "clean", "refused", "withheld", "decided"):
        assert words.text(f"case.file_states.{state}")
    for kind in ("pdf", "jpeg", "png", "tiff", "dicom", "zip"):
        assert words.text(f"case.kinds.{kind}")
    for kind in (
        TEAM_NEW,
        *TEAM_FOLLOW_UPS[:1],
        TEAM_FALLBACK,
        TEAM_REMINDER,
        TEAM_ESCALATION,
        RECEIPT,
    ):
        assert words.text(f"case.letters.{kind}")
    for action in actions.ROLES:
        assert words.text(f"case.history.{action}", n=1, letter="x")
    for error in ("NotSignedInError", "NotYourRoleError", "CaseChangedError", "UnknownActionError"):
        assert words.refusal(getattr(errors, error)())


@pytest.mark.parametrize(
    ("changes", "state", "text"),
    [
        ({"verdict": None, "arrived_at": None}, "announced", "announced, not here yet"),
        (
            {"verdict": None, "arrived_at": None, "abandoned_at": NOW},
            "announced",
            "announced, never came",
        ),
        ({"verdict": "withheld"}, "withheld", "kept back, staff must decide"),
        ({"verdict": "withheld", "decision": "refuse"}, "withheld", "decided, being carried out"),
    ],
)
def test_a_file_says_where_it_is(forms, changes, state, text):
    (blood, *_) = board(forms, a_file(**changes)).requirements()

    (file,) = blood["files"]
    assert (file["state"], file["stateText"]) == (state, text)


def test_what_a_newer_check_found_still_has_a_word(forms):
    (blood, *_) = board(forms, a_file(verdict="withheld", reason="from_later")).requirements()

    assert blood["files"][0]["reasonText"] == "The check found something that it could not judge."


def test_a_file_without_size_says_nothing_about_it(forms):
    (blood, *_) = board(forms, a_file(verdict=None, size=None)).requirements()

    assert (blood["files"][0]["size"], blood["files"][0]["sizeText"]) == (None, "")


# ---- Letters and history --------------------------------------------------------------------

LETTER = Letter("a" * 26, RECEIPT, due_at=NOW, owed_at=NOW)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "waiting"),
        ({"attempts": 2, "claimed_at": NOW}, "trying"),
        ({"attempts": 1, "sent_at": NOW}, "sent"),
        ({"sent_at": NOW, "delayed_at": NOW}, "delayed"),
        ({"sent_at": NOW, "delayed_at": NOW, "delivered_at": NOW}, "delivered"),
        ({"sent_at": NOW, "bounced_at": NOW}, "bounced"),
        ({"sent_at": NOW, "rejected_at": NOW}, "rejected"),
        ({"sent_at": NOW, "undelivered_at": NOW}, "undelivered"),
        ({"sent_at": NOW, "delivered_at": NOW, "complained_at": NOW}, "complained"),
        ({"sent_at": NOW, "delivered_at": NOW, "bounced_at": NOW}, "bounced"),
        ({"gave_up_at": NOW, "attempts": 9}, "gave_up"),
        ({"closed_at": NOW}, "closed"),
    ],
)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_letter_says_where_it_is(forms, changes, state, locale):
    letter = replace(LETTER, **changes)

    (row,) = history.letters(
        Case(an_inquiry(), (), {RECEIPT: letter}), CHIEF, the_words(forms, locale)
    )

    assert row["state"] == state
    assert row["stateText"]


def test_every_stamp_of_a_letter_is_known():
    about_attempts = {"due_at", "owed_at", "claimed_at", "pushed_at", "resent_at"}
    stamps = {each.name for each in fields(Letter) if each.name.endswith("_at")} - about_attempts

    for stamp in stamps:
        state, at = history.state_of(replace(LETTER, **{stamp: NOW + timedelta(days=1)}))
        assert state == stamp.removesuffix("_at")
        assert at == NOW + timedelta(days=1)


def test_letters_come_as_they_fell_due(forms):
    later = replace(LETTER, kind=TEAM_NEW, owed_at=NOW + timedelta(minutes=1))
    numbered = replace(LETTER, kind="team_follow_up_7", owed_at=NOW + timedelta(minutes=2))
    case = Case(an_inquiry(), (), {each.kind: each for each in (numbered, later, LETTER)})

    rows = history.letters(case, CHIEF, the_words(forms))

    assert [row["kind"] for row in rows] == [RECEIPT, TEAM_NEW, "team_follow_up_7"]
    assert rows[2]["kindText"] == "Letter to the team about new files"


def test_history_tells_decisions_and_the_senders_own_steps(forms):
    case = Case(an_inquiry(confirmed_at=NOW + timedelta(hours=1), done_at=NOW + timedelta(hours=2)))
    notes = [
        Note("2026-11-25T00:00:00.000000Z", "1", "Ada", "resend", letter=RECEIPT),
        Note("2026-11-24T00:00:00.000000Z", "1", "Ada", "let_through", file=3),
        Note("2026-11-23T00:00:00.000000Z", "2", "Bob", "from_a_newer_version"),
    ]

    told = history.told(case, notes, the_words(forms))

    assert [(each["who"], each["text"]) for each in told] == [
        ("Ada", "Sent again: Receipt to the sender"),
        ("Ada", "File 4 let through"),
        ("Bob", "Changed"),
        ("", "Sender finished sending files"),
        ("", "Address confirmed by the receipt's link"),
        ("", "Inquiry received"),
    ]
