"""A case in words: every answer, every flag and every state has some, in every language."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from intake import flags
from intake.aws.casework import Note
from intake.inquiry import RECEIPT, TEAM_NEW, Case, Letter
from intake.rules import leaves
from open_case import history
from open_case.answers import Answers
from open_case.short import SOURCES, Short
from tests.unit.a_case import CHIEF, FORM, NOW, TODAY, an_inquiry, the_words

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = sorted(SCHEMAS.glob("forms/*/examples/valid/*.json"))
LOCALES = ("en", "th", "zh-Hans", "ja", "ar", "de")


def example(name: str) -> dict[str, Any]:
    path = SCHEMAS / "forms" / FORM / "examples" / "valid" / f"{name}.json"
    given: dict[str, Any] = json.loads(path.read_text("utf-8"))["answers"]
    return given


def said(form, words, answers):
    inquiry = an_inquiry(form=form.name, answers=answers)
    return Answers(form, words, ZoneInfo("Asia/Bangkok")).sections(inquiry)


# ---- Answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parents[2].name}-{path.stem}")
def test_every_answer_of_every_example_is_shown_once(forms, path, locale):
    form = forms.get(path.parents[2].name)
    answers = json.loads(path.read_text("utf-8"))["answers"]
    words = the_words(forms, locale, form.name)

    sections = said(form, words, answers)

    rows = [row for section in sections for row in section["rows"]]
    # A list of texts or choices is one row; everything else has its own.
    clinical = answers.get("clinical", {})
    given = [clinical[name] for name in ("allergies", "affected_organs") if clinical.get(name)]
    inside_lists, lists = sum(map(len, given)), len(given)
    # So is a decision; and what language the page was in, the head of the case says.
    decisions = answers.pop("consents")
    del answers["form_locale"]
    assert len(rows) == len(list(leaves(answers))) - inside_lists + lists + len(decisions)
    assert words.text("case.other_answers") not in {each["title"] for each in sections}
    for row in rows:
        assert row["label"]
        assert row["value"] not in {"", "True", "False", "None"}


def test_answers_are_said_in_words_under_readable_headings(forms):
    sections = said(forms.get(FORM), the_words(forms), example("every-field-filled-in"))

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
    form, words = forms.get(FORM), the_words(forms)

    assert said(form, words, backwards) == said(form, words, answers)


def test_what_the_form_no_longer_asks_or_offers_is_shown_as_it_was_stored(forms):
    answers = {
        "patient": {"full_name": "N. N.", "administrative_sex": "retired", "shoe_size": 42},
        "contact": {"preferred_language": "no language"},
        "retired": {"deep": ["a", "b"]},
    }

    sections = said(forms.get(FORM), the_words(forms), answers)

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
    assert lines[2].split(" · ") == [
        "Rheumatoid arthritis, since 2011",
        # With the rheumatoid factor that is stated below; each code with its edition.
        "M05.9 (ICD-10-CM 2026-04)",
        "M05.9 (ICD-10 2019)",
        "Rheumatoid factor (RF): Positive",
        "Anti-CCP (ACPA): Positive",
    ]
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

    # That robots were not checked for hangs on no answer.
    assert set(SOURCES) | {"captcha_unknown"} == set(known) >= set(everything)
    assert len(everything) > 10
    for flag, check in zip(known, checks, strict=True):
        assert check["text"] == known[flag]
        assert bool(check["source"]) == (flag in SOURCES)


def test_a_source_names_the_part_of_the_form_and_the_question(forms):
    short = Short(forms.get(FORM), {}, the_words(forms), TODAY)

    assert short.check(("minor", "record_stale", "from_a_newer_version")) == [
        {"text": "Under age: parental consent needed", "source": "The patient · Date of birth"},
        {"text": "A record is older than the policy allows", "source": "Records"},
        {"text": "from_a_newer_version", "source": ""},
    ]


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


def test_a_letter_that_came_after_somebody_else_was_told_came_late():
    told = NOW + timedelta(minutes=15)
    late = replace(LETTER, sent_at=NOW, undelivered_at=told, delivered_at=told + timedelta(hours=1))

    assert history.state_of(late) == ("delivered_late", told + timedelta(hours=1))


@pytest.mark.parametrize("stamp", ["soft_bounced_at", "delayed_at"])
def test_what_delivery_made_up_for_is_not_shown(stamp):
    letter = replace(LETTER, sent_at=NOW, delivered_at=NOW, **{stamp: NOW})

    assert history.state_of(letter)[0] == "delivered"


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
