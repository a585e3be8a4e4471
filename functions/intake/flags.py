"""
Clinical doubts: what a doctor should look at first. A flag never refuses anybody.

Every flag is a key in the catalogue; letters only ever hold how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from intake import das28
from intake.recency import is_stale, latest_day
from intake.rules import get

Answers = Mapping[str, Any]

_MAJORITY = 20  # Thai Civil and Commercial Code, section 19
_ELDERLY = 75
_LOW_BMI, _HIGH_BMI = 18.5, 35.0
_SEVERE_PAIN = 8  # of 10
_SEVERAL = 3
_DAS28_TOLERANCE = 0.1  # rounding of the stated score
_MG_L_IN_MG_DL = 10
_WASH_OUT = timedelta(days=183)
_BIOLOGICS = {"bdmard_tnf", "bdmard_other", "tsdmard_jak"}
_STATED = {"yes", "past"}
_PRESENT = {*_STATED, "unknown"}
_DISEASES = ("heart_disease", "diabetes", "kidney_disease", "liver_disease", "stroke", "cancer")


def raised(answers: Answers, policy: Mapping[str, Any], today: date) -> tuple[str, ...]:
    """Return the keys of all flags that *answers* raise on the day *today*."""
    ill = get(answers, "clinical.comorbidities") or {}
    age = _age(answers, today)
    main_kidney = get(answers, "clinical.primary_condition.category") == "kidney_disease"
    doubts: dict[str, Callable[[], bool]] = {
        "undiagnosed": lambda: (
            get(answers, "clinical.primary_condition.category") == "undiagnosed"
            or get(answers, "clinical.primary_condition.diagnosed_by") == "not_formally_diagnosed"
        ),
        "cancer": lambda: ill.get("cancer") in _STATED,
        "cancer_unknown": lambda: ill.get("cancer") == "unknown",
        "active_infection": lambda: ill.get("active_infection") in _STATED,
        "active_infection_unknown": lambda: ill.get("active_infection") == "unknown",
        "pregnancy": lambda: ill.get("pregnant_or_breastfeeding") in {"yes", "unknown"},
        "hepatitis_or_hiv": lambda: any(
            ill.get(name) in _PRESENT for name in ("hiv", "hepatitis_b", "hepatitis_c")
        ),
        "anticoagulant": lambda: ill.get("anticoagulant_or_clotting") in _STATED,
        "anticoagulant_unknown": lambda: ill.get("anticoagulant_or_clotting") == "unknown",
        "dialysis_or_kidney": lambda: ill.get("kidney_disease") in _STATED or main_kidney,
        "dialysis_or_kidney_unknown": lambda: (
            ill.get("kidney_disease") == "unknown" and not main_kidney
        ),
        "transplant": lambda: ill.get("transplant") in _STATED,
        "transplant_unknown": lambda: ill.get("transplant") == "unknown",
        "minor": lambda: age is not None and age < _MAJORITY,
        "over_75": lambda: age is not None and age > _ELDERLY,
        "bmi": lambda: _bmi_unusual(answers),
        "stay_under_two_weeks": lambda: get(answers, "travel.can_stay_two_weeks") is False,
        "das28_differs": lambda: _das28_differs(answers) and not _crp_in_mg_dl(answers),
        "crp_unit": lambda: _crp_in_mg_dl(answers),
        "severe_pain": lambda: (
            (get(answers, "clinical.disease_activity.pain_nrs") or 0) >= _SEVERE_PAIN
        ),
        "several_comorbidities": lambda: (
            sum(ill.get(name) in _STATED for name in _DISEASES) >= _SEVERAL
        ),
        "recent_biologic": lambda: _recent_biologic(answers, today),
        "record_stale": lambda: any(
            is_stale(record, policy, today) for record in answers.get("records", ())
        ),
    }
    return tuple(name for name, doubt in doubts.items() if doubt())


def _age(answers: Answers, today: date) -> int | None:
    """Return the patient's age in full years, or None where the form does not say."""
    stated = get(answers, "patient.date_of_birth")
    if not stated:
        return None
    born = date.fromisoformat(stated)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _bmi_unusual(answers: Answers) -> bool:
    height_cm, weight_kg = get(answers, "patient.height_cm"), get(answers, "patient.weight_kg")
    if not (height_cm and weight_kg):
        return False
    bmi = weight_kg / (height_cm / 100) ** 2
    return not _LOW_BMI <= bmi <= _HIGH_BMI


def _das28_differs(answers: Answers) -> bool:
    stated = get(answers, "clinical.disease_activity.das28") or {}
    ours = das28.recomputed(stated) if "value" in stated else None
    return ours is not None and abs(ours - stated["value"]) > _DAS28_TOLERANCE


def _crp_in_mg_dl(answers: Answers) -> bool:
    """
    Tell whether the stated DAS28 fits once CRP is read in mg/dL, and does not as it was typed.

    Reports write either; ten times too little makes a score look half a point better.
    """
    stated = get(answers, "clinical.disease_activity.das28") or {}
    if "crp_mg_l" not in stated or not _das28_differs(answers):
        return False
    ours = das28.recomputed({**stated, "crp_mg_l": stated["crp_mg_l"] * _MG_L_IN_MG_DL})
    return ours is not None and abs(ours - stated["value"]) <= _DAS28_TOLERANCE


def _recent_biologic(answers: Answers, today: date) -> bool:
    """Tell whether a biologic or JAK inhibitor is taken, or was until half a year ago."""
    since = today - _WASH_OUT
    return any(
        treatment["class"] in _BIOLOGICS
        and treatment["status"] != "not_applicable"
        and (treatment["status"] == "current" or _stopped(treatment, today) >= since)
        for treatment in get(answers, "clinical.prior_treatments") or ()
    )


def _stopped(treatment: Mapping[str, Any], today: date) -> date:
    """Return the last day it may have been taken; one that names no day may be recent."""
    return latest_day(treatment["stopped"]) if "stopped" in treatment else today
