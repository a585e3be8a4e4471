"""Contradictions refuse, one problem for each field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from intake import rules

TODAY = date(2026, 11, 22)
KINDS = ("blood", "urine", "radiology")


def found(form, answers):
    return [(problem.field, problem.rule) for problem in rules.contradictions(form, answers, TODAY)]


@pytest.fixture
def form(make_form, notice):
    later = replace(notice, sha256="b" * 64, purpose="research")
    return make_form(requirements=KINDS, notices=(notice, later))


def treated(*treatments):
    return {"clinical": {"prior_treatments": list(treatments)}}


def suffering(**condition):
    return {"clinical": {"primary_condition": condition}}


def consent(purpose="health_data_review", sha256="a" * 64, decision="granted"):
    return {"purpose": purpose, "decision": decision, "notice_sha256": sha256}


BORN = {"patient": {"date_of_birth": "1971-04-05"}}
TREATMENT = "clinical.prior_treatments.0"
CONTRADICTIONS = {
    "override turns text around": ({"message": "exe.\u202egnp"}, "message", "bidi_control"),
    "isolate": ({"message": "x\u2066y"}, "message", "bidi_control"),
    "mark": ({"message": "x\u200fy"}, "message", "bidi_control"),
    "Arabic letter mark": ({"message": "x\u061cy"}, "message", "bidi_control"),
    "NUL": ({"message": "x\0y"}, "message", "pattern"),
    "escape": ({"message": "x\x1b[2Jy"}, "message", "pattern"),
    "next line": ({"message": "x\x85y"}, "message", "pattern"),
    "line separator": ({"message": "x\u2028y"}, "message", "pattern"),
    "byte order mark": ({"message": "x\ufeffy"}, "message", "pattern"),
    "spaces": ({"patient": {"full_name": " \t\u3000"}}, "patient.full_name", "blank_text"),
    "invisible": ({"patient": {"full_name": "\u200b\u00ad"}}, "patient.full_name", "blank_text"),
    "deep": ({"a": [{"b": [" "]}]}, "a.0.b.0", "blank_text"),
    "born tomorrow but one": (
        {"patient": {"date_of_birth": "2026-11-24"}},
        "patient.date_of_birth",
        "date_in_future",
    ),
    "born in 1905": (
        {"patient": {"date_of_birth": "1905-12-31"}},
        "patient.date_of_birth",
        "date_implausible",
    ),
    "born in the Buddhist era": (
        {"patient": {"date_of_birth": "2514-04-05"}},
        "patient.date_of_birth",
        "date_in_future",
    ),
    "diagnosed before birth": (
        BORN | suffering(diagnosed_on="1971-03"),
        "clinical.primary_condition.diagnosed_on",
        "date_order",
    ),
    "diagnosed next year": (
        suffering(diagnosed_on="2027"),
        "clinical.primary_condition.diagnosed_on",
        "date_in_future",
    ),
    "assessed in the future": (
        {"clinical": {"disease_activity": {"das28": {"assessed_on": "2026-12"}}}},
        "clinical.disease_activity.das28.assessed_on",
        "date_in_future",
    ),
    "treated before birth": (
        BORN | treated({"class": "nsaid", "started": "1970"}),
        f"{TREATMENT}.started",
        "date_order",
    ),
    "stopped in the future": (
        treated({"class": "nsaid", "stopped": "2026-11-24"}),
        f"{TREATMENT}.stopped",
        "date_in_future",
    ),
    "record from the future": (
        {"records": [{"requirement": "blood", "document_date": "2027-01"}]},
        "records.0.document_date",
        "date_in_future",
    ),
    "record from before birth": (
        BORN | {"records": [{"requirement": "blood", "document_date": "1960"}]},
        "records.0.document_date",
        "date_order",
    ),
    "stops before it starts": (
        treated({"class": "nsaid", "started": "2020-05", "stopped": "2020-04-30"}),
        f"{TREATMENT}.stopped",
        "treatment_dates",
    ),
    "none and some": (
        treated({"class": "none"}, {"class": "nsaid"}),
        f"{TREATMENT}.class",
        "none_with_others",
    ),
    "left spine": (
        suffering(affected_sites=[{"site": "lumbar_spine", "laterality": "left"}]),
        "clinical.primary_condition.affected_sites.0.laterality",
        "laterality_of_spine",
    ),
    "record not asked for": (
        {"records": [{"requirement": "photo"}]},
        "records.0.requirement",
        "unknown_requirement",
    ),
    "neither images nor report": (
        {"records": [{"requirement": "radiology", "is_images": False, "is_report": False}]},
        "records.0.is_images",
        "radiology_neither",
    ),
    "said no to images alone": (
        {"records": [{"requirement": "radiology", "is_images": False}]},
        "records.0.is_images",
        "radiology_neither",
    ),
    "missing record not asked for": (
        {"missing_records": [{"slot": "photo", "reason": "never_done"}]},
        "missing_records.0.slot",
        "unknown_requirement",
    ),
    "sent and missing": (
        {
            "records": [{"requirement": "blood"}],
            "missing_records": [{"slot": "blood", "reason": "never_done"}],
        },
        "missing_records.0.slot",
        "slot_both",
    ),
    "missing twice": (
        {"missing_records": [{"slot": "urine", "reason": "never_done"}] * 2},
        "missing_records.1.slot",
        "slot_twice",
    ),
    "will be sent, nobody knows when": (
        {"missing_records": [{"slot": "urine", "reason": "will_send_later"}]},
        "missing_records.0.expected_by",
        "expected_by_missing",
    ),
    "text that was never published": (
        {"consents": [consent(sha256="c" * 64)]},
        "consents.0.decision",
        "consent_unpublished",
    ),
    "text about something else": (
        {"consents": [consent(sha256="b" * 64)]},
        "consents.0.decision",
        "consent_unpublished",
    ),
}


@pytest.mark.parametrize(("answers", "field", "rule"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_is_found_where_it_is(form, answers, field, rule):
    assert found(form, answers) == [(field, rule)]


def test_one_purpose_granted_and_refused_is_two_problems(form):
    answers = {"consents": [consent(), consent(decision="refused")]}

    assert found(form, answers) == [
        ("consents.0.decision", "consent_contradiction"),
        ("consents.1.decision", "consent_contradiction"),
    ]


FINE = {
    "nothing": {},
    "tabs and line ends": {"message": "First:\tthis.\r\nThen that."},
    "another script": {"patient": {"full_name": "\u0623\u0645\u064a\u0646\u0629"}},
    "zero-width joiner inside a name": {"patient": {"full_name": "\u0d15\u0d4d\u200d"}},
    "born today": {"patient": {"date_of_birth": "2026-11-22"}},
    "born where it is tomorrow": {"patient": {"date_of_birth": "2026-11-23"}},
    "120 years old": {"patient": {"date_of_birth": "1906-01-01"}},
    "this year, no month": suffering(diagnosed_on="2026"),
    "diagnosed in the month of birth": BORN | suffering(diagnosed_on="1971-04"),
    "diagnosed in the year of birth": BORN | suffering(diagnosed_on="1971"),
    "started and stopped in one month": treated(
        {"class": "nsaid", "started": "2020-05-30", "stopped": "2020-05"}
    ),
    "only stopped": treated({"class": "nsaid", "stopped": "2020"}),
    "none alone": treated({"class": "none"}),
    "spine without a side": suffering(
        affected_sites=[
            {"site": "lumbar_spine", "laterality": "not_applicable"},
            {"site": "cervical_spine"},
            {"site": "knee", "laterality": "left"},
        ]
    ),
    "radiology with a report": {
        "records": [{"requirement": "radiology", "is_images": False, "is_report": True}]
    },
    "radiology, not said which": {"records": [{"requirement": "radiology"}]},
    "two of a kind": {"records": [{"requirement": "blood"}, {"requirement": "blood"}]},
    "later, with a date": {
        "missing_records": [
            {"slot": "urine", "reason": "will_send_later", "expected_by": "2027-01"}
        ]
    },
    "two purposes": {"consents": [consent(), consent("research", "b" * 64, "refused")]},
}


@pytest.mark.parametrize("answers", FINE.values(), ids=FINE)
def test_what_can_be_true_is_no_contradiction(form, answers):
    assert found(form, answers) == []


def test_a_field_has_one_problem_at_most(form):
    answers = BORN | treated({"class": "nsaid", "started": "1960", "stopped": "1950"})

    assert found(form, answers) == [
        (f"{TREATMENT}.started", "date_order"),
        (f"{TREATMENT}.stopped", "date_order"),
    ]


def test_what_is_found_never_repeats_a_value(form):
    (problem,) = rules.contradictions(form, {"message": "Canary\u202e"}, TODAY)

    assert (problem.code, problem.key) == ("BIDI_CONTROL", "bidi_control")
    assert "Canary" not in repr(problem)


def test_paths_are_read_without_stumbling():
    assert rules.get({"a": {"b": 1}}, "a.b") == 1
    assert rules.get({"a": [1]}, "a.b") is None
    assert rules.get({}, "a.b") is None
    assert list(rules.leaves({"a": [{"b": 1}, 2], "c": None})) == [
        ("a.0.b", 1),
        ("a.1", 2),
        ("c", None),
    ]
