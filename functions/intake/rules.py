"""
What JSON Schema cannot say: contradictions refuse, clinical doubts are flags and never refuse.

Pure functions of the answers and a date. Fields that a form does not ask for are simply absent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from intake.errors import Problem
from intake.forms import Form

Answers = Mapping[str, Any]

# Embedding, override and isolate controls reorder the text around them: a name could read as
# another one.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Controls but tab and line ends, and what Unicode calls separators of lines and non-characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_OLDEST_BIRTH_YEARS = 120
_SPINE = {"cervical_spine", "thoracic_spine", "lumbar_spine"}
_SIDES = {"left", "right", "bilateral"}
# A patient far east of the server may already live in tomorrow.
_TIME_ZONES = timedelta(days=1)


def contradictions(form: Form, answers: Answers, today: date) -> list[Problem]:
    """
    Return what can't be true, one problem for each field at most.

    *answers* are valid by schema, or what of them holds: each field may be missing.
    """
    found: dict[str, Problem] = {}
    for problem in (
        *unreadable_texts(answers),
        *_dates(answers, today),
        *_treatments(answers),
        *_sites(answers),
        *_records(form, answers),
        *_consents(form, answers),
    ):
        found.setdefault(problem.field, problem)
    return list(found.values())


def _problem(field: str, rule: str) -> Problem:
    return Problem(field=field, rule=rule, code=rule.upper(), key=rule)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of everything that is neither object nor array."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{index}")
    else:
        yield path, value


def get(answers: Any, path: str) -> Any:
    """Return the value at a dotted *path* without array indexes, or None."""
    for part in path.split("."):
        answers = answers.get(part) if isinstance(answers, Mapping) else None
    return answers


def unreadable_texts(answers: Answers) -> Iterator[Problem]:
    """Yield a problem for each text that hides, turns or lacks what a reader should see."""
    for path, value in leaves(answers):
        if not isinstance(value, str):
            continue
        if value and value.isascii() and value.isprintable() and not value.isspace():
            continue  # nearly every answer: nothing below can find anything in it
        if _BIDI.search(value):
            yield _problem(path, "bidi_control")
        elif _CONTROL.search(value):
            yield Problem(path, "pattern", "WRONG_FORMAT", "pattern")
        elif not any(character.isprintable() for character in value.strip()):
            yield _problem(path, "blank_text")


def _later(first: str, second: str) -> bool:
    """Tell whether one FHIR date is surely after another, at the precision that both have."""
    common = min(len(first), len(second))
    return first[:common] > second[:common]


def _dates(answers: Answers, today: date) -> Iterator[Problem]:
    latest = (today + _TIME_ZONES).isoformat()
    born = get(answers, "patient.date_of_birth")
    if born and born > latest:
        yield _problem("patient.date_of_birth", "date_in_future")
    elif born and int(born[:4]) < today.year - _OLDEST_BIRTH_YEARS:
        yield _problem("patient.date_of_birth", "date_implausible")
    for path, value in _past_dates(answers):
        if _later(value, latest):
            yield _problem(path, "date_in_future")
        elif born and _later(born, value):
            yield _problem(path, "date_order")


def _past_dates(answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield every date that must lie between birth and today."""
    for path in (
        "clinical.primary_condition.diagnosed_on",
        "clinical.primary_condition.happened_on",
        "clinical.disease_activity.das28.assessed_on",
    ):
        if get(answers, path):
            yield path, get(answers, path)
    for index, treatment in enumerate(get(answers, "clinical.prior_treatments") or ()):
        for name in ("started", "stopped"):
            if name in treatment:
                yield f"clinical.prior_treatments.{index}.{name}", treatment[name]
    for index, record in enumerate(answers.get("records", ())):
        if "document_date" in record:
            yield f"records.{index}.document_date", record["document_date"]


def _treatments(answers: Answers) -> Iterator[Problem]:
    treatments = get(answers, "clinical.prior_treatments") or []
    for index, treatment in enumerate(treatments):
        path = f"clinical.prior_treatments.{index}"
        if _later(treatment.get("started", ""), treatment.get("stopped", "")):
            yield _problem(f"{path}.stopped", "treatment_dates")
        if treatment.get("class") == "none" and len(treatments) > 1:
            yield _problem(f"{path}.class", "none_with_others")


def _sites(answers: Answers) -> Iterator[Problem]:
    sites = get(answers, "clinical.primary_condition.affected_sites") or ()
    for index, site in enumerate(sites):
        if site.get("site") in _SPINE and site.get("laterality") in _SIDES:
            path = f"clinical.primary_condition.affected_sites.{index}.laterality"
            yield _problem(path, "laterality_of_spine")


def _records(form: Form, answers: Answers) -> Iterator[Problem]:
    asked = {requirement["kind"] for requirement in form.requirements}
    announced = [record.get("requirement") for record in answers.get("records", ())]
    for index, record in enumerate(answers.get("records", ())):
        if "requirement" in record and record["requirement"] not in asked:
            yield _problem(f"records.{index}.requirement", "unknown_requirement")
        told = "is_images" in record or "is_report" in record
        if (
            record.get("requirement") == "radiology"
            and told
            and not (record.get("is_images") or record.get("is_report"))
        ):
            yield _problem(f"records.{index}.is_images", "radiology_neither")
    missing = [entry.get("slot") for entry in answers.get("missing_records", ())]
    for index, entry in enumerate(answers.get("missing_records", ())):
        path = f"missing_records.{index}"
        slot = entry.get("slot")
        if slot is not None and slot not in asked:
            yield _problem(f"{path}.slot", "unknown_requirement")
        elif slot is not None and slot in announced:
            yield _problem(f"{path}.slot", "slot_both")
        elif slot is not None and missing.index(slot) < index:
            yield _problem(f"{path}.slot", "slot_twice")
        if entry.get("reason") == "will_send_later" and "expected_by" not in entry:
            yield _problem(f"{path}.expected_by", "expected_by_missing")


def _consents(form: Form, answers: Answers) -> Iterator[Problem]:
    """Find purposes decided twice, and texts that are not published or not in force."""
    consents = answers.get("consents", ())
    purposes = Counter(consent.get("purpose") for consent in consents)
    for index, consent in enumerate(consents):
        if not {"purpose", "notice_sha256"} <= consent.keys():
            continue
        notice = form.notices_by_hash.get(consent["notice_sha256"])
        if purposes[consent["purpose"]] > 1:
            yield _problem(f"consents.{index}.decision", "consent_contradiction")
        elif notice is None or notice.purpose != consent["purpose"]:
            yield _problem(f"consents.{index}.decision", "consent_unpublished")
