"""Examples of nobody for a form about an illness: what it takes, and one for each refusal."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Answers = dict[str, Any]

_CONDITION = "clinical.primary_condition"
_TREATMENT = "clinical.prior_treatments.0"
_ILL = "clinical.comorbidities"


@dataclass(frozen=True)
class Broken:
    """Valid answers with one mistake: what to `put` and `drop`, and what the form says of it."""

    name: str
    because: str
    at: str
    rule: str
    put: Mapping[str, Any] = field(default_factory=dict)
    drop: Sequence[str] = ()

    def file(self, answers: Answers) -> Answers:
        """Return the example as a file holds it."""
        return {
            "because": self.because,
            "expect": {"field": self.at, "rule": self.rule},
            "answers": changed(answers, self.put, self.drop),
        }


def shortest(category: str, notice: str, sent_on: str) -> Answers:
    """Return answers to what every such form requires; *notice* is the text consented to."""
    day = {"document_date": sent_on}
    return {
        "form_locale": "en",
        "submitter": {"role": "patient"},
        "patient": {
            "full_name": "Malee Example",
            "date_of_birth": "1974-06-09",
            "administrative_sex": "female",
            "country_of_residence": "TH",
        },
        "contact": {
            "email": "malee@patients.example",
            "preferred_channel": "email",
            "preferred_language": "th",
        },
        "clinical": {
            "primary_condition": {
                "category": category,
                "diagnosed_by": "other_specialist",
                "description": "Began five years ago, and it is worse since last winter.",
            },
            "prior_treatments": [{"class": "nsaid", "status": "current"}],
            "comorbidities": {
                **dict.fromkeys(("cancer", "active_infection", "hiv"), "no"),
                **dict.fromkeys(("hepatitis_b", "hepatitis_c"), "no"),
                "anticoagulant_or_clotting": "no",
                "pregnant_or_breastfeeding": "no",
            },
        },
        "records": [
            {"requirement": "blood", **day},
            {"requirement": "urine", **day},
            {"requirement": "radiology", **day, "is_images": True, "is_report": True},
        ],
        "consents": [
            {"purpose": "health_data_review", "decision": "granted", "notice_sha256": notice}
        ],
    }


def taken(answers: Answers) -> Iterator[tuple[str, Answers]]:
    """Yield the name and the file of each example that such a form takes."""
    past = {"class": "surgery", "status": "past", "stopped": "2020-05", "response": "unknown"}
    person = {"full_name": "Anna Example", "relationship": "adult_child"}
    slots = [{"slot": kind, "reason": "never_done"} for kind in ("blood", "urine", "radiology")]
    ways: dict[str, tuple[str, Answers, Sequence[str]]] = {
        "only-what-is-required": ("The shortest form: what is mandatory and little else.", {}, ()),
        "undiagnosed-with-description": (
            "Nobody has found a name for the illness yet.",
            {f"{_CONDITION}.category": "undiagnosed"},
            (),
        ),
        "another-illness-with-description": (
            "The illness is not in the list, so it is described.",
            {f"{_CONDITION}.category": "other"},
            (),
        ),
        "no-treatment-so-far": (
            "Nothing was tried so far.",
            {"clinical.prior_treatments": [{"class": "none", "status": "not_applicable"}]},
            (),
        ),
        "treatment-in-the-past": (
            "An operation is over, and nobody knows whether it helped.",
            {"clinical.prior_treatments": [past]},
            (),
        ),
        "daughter-for-her-mother": (
            "Somebody else fills it in.",
            {"submitter": {"role": "representative", "representative": person}},
            (),
        ),
        "no-records-at-hand": (
            "Every mandatory record is missing, and the reasons are told.",
            {"missing_records": slots},
            ("records",),
        ),
        "call-back-by-phone": (
            "The patient wants a call, and leaves a number.",
            {"contact.preferred_channel": "phone", "contact.phone": "+66812345678"},
            (),
        ),
    }
    for name, (about, put, drop) in ways.items():
        yield name, {"about": about, "answers": changed(answers, put, drop)}


def changed(answers: Answers, put: Mapping[str, Any], drop: Sequence[str] = ()) -> Answers:
    """Return a copy of *answers* with values at dotted paths put in and taken out."""
    copied = copy.deepcopy(answers)
    for path, value in put.items():
        node, last = _parent(copied, path)
        node[last] = copy.deepcopy(value)
    for path in drop:
        node, last = _parent(copied, path)
        del node[last]
    return copied


def _parent(answers: Answers, path: str) -> tuple[Any, Any]:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    node: Any = answers
    for part in parents:
        node = node[part]
    return node, last
