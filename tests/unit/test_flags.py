"""Clinical doubts: each is raised by what the form says, at its exact limit, and refuses nobody."""

from __future__ import annotations

from datetime import date

import pytest

from intake import flags

TODAY = date(2026, 11, 22)
POLICY = {"windows": {"blood": {"days": 90}}}


def raised(answers):
    return flags.raised(answers, POLICY, TODAY)


def ill(**comorbidities):
    return {"clinical": {"comorbidities": comorbidities}}


def born(day):
    return {"patient": {"date_of_birth": day}}


def build(height_cm, weight_kg):
    return {"patient": {"height_cm": height_cm, "weight_kg": weight_kg}}


def active(**activity):
    return {"clinical": {"disease_activity": activity}}


def das28(value):
    parts = {"tjc28": 8, "sjc28": 4, "esr_mm_h": 38, "patient_global_mm": 60}
    return active(das28={"variant": "ESR-4", "value": value, **parts})


def by_crp(value, crp_mg_l):
    parts = {"tjc28": 8, "sjc28": 4, "patient_global_mm": 60}
    return active(das28={"variant": "CRP-4", "value": value, "crp_mg_l": crp_mg_l, **parts})


def treated(**treatment):
    return {"clinical": {"prior_treatments": [{"class": "bdmard_tnf", **treatment}]}}


PRESENT = ("yes", "past", "unknown")
STATED = ("yes", "past")
RAISED = [
    ({"clinical": {"primary_condition": {"category": "undiagnosed"}}}, "undiagnosed"),
    (
        {"clinical": {"primary_condition": {"diagnosed_by": "not_formally_diagnosed"}}},
        "undiagnosed",
    ),
    *((ill(cancer=said), "cancer") for said in STATED),
    (ill(cancer="unknown"), "cancer_unknown"),
    *((ill(active_infection=said), "active_infection") for said in STATED),
    (ill(active_infection="unknown"), "active_infection_unknown"),
    *((ill(pregnant_or_breastfeeding=said), "pregnancy") for said in ("yes", "unknown")),
    *((ill(hiv=said), "hepatitis_or_hiv") for said in PRESENT),
    *((ill(hepatitis_b=said), "hepatitis_or_hiv") for said in PRESENT),
    *((ill(hepatitis_c=said), "hepatitis_or_hiv") for said in PRESENT),
    *((ill(anticoagulant_or_clotting=said), "anticoagulant") for said in STATED),
    (ill(anticoagulant_or_clotting="unknown"), "anticoagulant_unknown"),
    *((ill(kidney_disease=said), "dialysis_or_kidney") for said in STATED),
    (ill(kidney_disease="unknown"), "dialysis_or_kidney_unknown"),
    ({"clinical": {"primary_condition": {"category": "kidney_disease"}}}, "dialysis_or_kidney"),
    *((ill(transplant=said), "transplant") for said in STATED),
    (ill(transplant="unknown"), "transplant_unknown"),
    (ill(heart_disease="yes", diabetes="past", stroke="yes"), "several_comorbidities"),
    (born("2006-11-23"), "minor"),  # 20 tomorrow
    (born("1950-11-22"), "over_75"),  # 76 today
    (build(170, 53.4), "bmi"),  # 18.48
    (build(170, 101.2), "bmi"),  # 35.02
    ({"travel": {"can_stay_two_weeks": False}}, "stay_under_two_weeks"),
    (das28(5.64), "das28_differs"),  # ours is 5.53
    (das28(5.42), "das28_differs"),
    (by_crp(4.9, 1.2), "crp_unit"),  # 4.23 as typed, 4.87 with 12 mg/L
    (by_crp(5.5, 1.2), "das28_differs"),  # fits neither
    (active(pain_nrs=8), "severe_pain"),
    (treated(status="current"), "recent_biologic"),
    (treated(status="past"), "recent_biologic"),  # no day told
    (treated(status="past", stopped="2026-05-23"), "recent_biologic"),
    (treated(status="past", stopped="2026"), "recent_biologic"),
    (
        {"records": [{"requirement": "blood", "document_date": "2026-08-23"}]},
        "record_stale",
    ),
]
QUIET = [
    {},
    {"clinical": {"primary_condition": {"category": "other", "diagnosed_by": "neurologist"}}},
    ill(cancer="no", hiv="no", transplant="no", pregnant_or_breastfeeding="not_applicable"),
    ill(heart_disease="yes", diabetes="past", stroke="unknown"),
    born("2006-11-22"),
    born("1950-11-23"),
    build(170, 53.5),
    build(170, 101.1),
    {"patient": {"height_cm": 170}},
    {"travel": {"can_stay_two_weeks": True}},
    {"travel": {}},
    das28(5.6),
    by_crp(4.9, 12),
    by_crp(4.2, 1.2),
    active(das28={"variant": "ESR-4", "value": 9.9}),
    active(das28={"variant": "unknown", "value": 9.9}),
    active(pain_nrs=7),
    active(pain_nrs=0),
    treated(status="past", stopped="2026-05-22"),
    treated(status="past", stopped="2025"),
    {"clinical": {"prior_treatments": [{"class": "nsaid", "status": "current"}]}},
    {"records": [{"requirement": "blood", "document_date": "2026-08-24"}]},
]


@pytest.mark.parametrize(("answers", "flag"), RAISED)
def test_a_doubt_raises_its_flag_and_no_other(answers, flag):
    assert raised(answers) == (flag,)


@pytest.mark.parametrize("answers", QUIET)
def test_no_flag_without_a_doubt(answers):
    assert raised(answers) == ()


def test_somebody_born_on_a_leap_day_grows_up_on_the_first_of_march():
    leap = born("2008-02-29")

    assert flags.raised(leap, POLICY, date(2028, 2, 28)) == ("minor",)
    assert flags.raised(leap, POLICY, date(2028, 2, 29)) == ()


def test_all_doubts_together_are_all_told():
    everything = {
        "clinical": {
            "comorbidities": {"cancer": "yes", "hiv": "unknown", "transplant": "past"},
            "disease_activity": {"pain_nrs": 10},
        },
        **born("1940-01-01"),
    }

    assert set(raised(everything)) == {
        "cancer",
        "hepatitis_or_hiv",
        "transplant",
        "over_75",
        "severe_pain",
    }


def test_every_flag_has_words_in_every_locale(forms):
    names = {flag for _, flag in RAISED}

    for locale in forms.get("general-inquiry").locales:
        assert names <= set(forms.shared_words(locale)["flags"])
