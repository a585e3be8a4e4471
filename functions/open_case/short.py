"""A case in a few lines, and what to check first. Only what the form asks and somebody answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake import coding, das28
from intake.forms import Form
from intake.rules import get
from intake.said import said
from intake.words import MissingTextError, Words

_BETWEEN = " · "
# Where each flag comes from: the answer that raised it, or the group of answers.
SOURCES = {
    "undiagnosed": "clinical.primary_condition",
    "cancer": "clinical.comorbidities",
    "cancer_unknown": "clinical.comorbidities",
    "active_infection": "clinical.comorbidities",
    "active_infection_unknown": "clinical.comorbidities",
    "pregnancy": "clinical.comorbidities",
    "hepatitis_or_hiv": "clinical.comorbidities",
    "anticoagulant": "clinical.comorbidities",
    "anticoagulant_unknown": "clinical.comorbidities",
    "dialysis_or_kidney": "clinical",  # as the main illness or as another
    "dialysis_or_kidney_unknown": "clinical.comorbidities",
    "transplant": "clinical.comorbidities",
    "transplant_unknown": "clinical.comorbidities",
    "minor": "patient.date_of_birth",
    "over_75": "patient.date_of_birth",
    "bmi": "patient.weight_kg",
    "stay_under_two_weeks": "travel.can_stay_two_weeks",
    "das28_differs": "clinical.disease_activity.das28",
    "crp_unit": "clinical.disease_activity.das28.crp_mg_l",
    "severe_pain": "clinical.disease_activity.pain_nrs",
    "several_comorbidities": "clinical.comorbidities",
    "recent_biologic": "clinical.prior_treatments",
    "record_stale": "records",
}


@dataclass(frozen=True)
class Short:
    """One case's answers, for one reader."""

    form: Form
    answers: Mapping[str, Any]
    words: Words
    today: date

    def lines(self) -> list[str]:
        """Return who it is about, how to talk to them, the illness, its activity, and travel."""
        groups = (self._person, self._talk, self._illness, self._activity, self._travel)
        lines = (_BETWEEN.join(part for part in group() if part) for group in groups)
        return [line for line in lines if line]

    def check(self, flags: tuple[str, ...]) -> list[dict[str, str]]:
        """Return what a doctor should look at first, each with where it comes from."""
        return [
            {
                "text": self.words.maybe(f"flags.{flag}") or flag,
                "source": self._source(SOURCES[flag]) if flag in SOURCES else "",
            }
            for flag in flags
        ]

    def _source(self, path: str) -> str:
        section = path.partition(".")[0]
        title = self.words.maybe(f"sections.{section}.title") or self.words.nearest_label(section)
        label = self.words.nearest_label(path)
        return title if label == title else self._text("source", section=title, label=label)

    def _person(self) -> Iterator[str]:
        yield self._said("patient.administrative_sex")
        age = age_of(self.answers, self.today)
        if age is not None:
            yield self._text("age", age=age)
        country = self._said("patient.country_of_residence")
        if country:
            yield self._text("lives_in", country=country)

    def _talk(self) -> Iterator[str]:
        language = self._said("contact.preferred_language")
        if language:
            needed = get(self.answers, "contact.interpreter_needed")
            key = {True: "interpreter_needed", False: "interpreter_not_needed"}.get(
                needed, "interpreter_unknown"
            )
            yield self._text(key, language=language)
        relationship = self._said("submitter.representative.relationship")
        if relationship:
            yield self._text("representative", relationship=relationship)

    def _illness(self) -> Iterator[str]:
        condition = self._said("clinical.primary_condition.category")
        since = self._said("clinical.primary_condition.diagnosed_on")
        if condition:
            yield self._text("since", condition=condition, date=since) if since else condition
        yield from self._codes()
        for name in get(self.answers, "clinical.serology") or ():
            path = f"clinical.serology.{name}"
            result = self._said(path)
            if result:
                yield f"{self.words.nearest_label(path)}: {result}"

    def _codes(self) -> Iterator[str]:
        """Say what the illness is in the classifications, each code with its edition."""
        for coded in coding.of(self.form.codes, self.answers):
            name = self.words.option("clinical.primary_condition.codings.system", coded["system"])
            yield f"{coded['code']} ({name} {coded['version']})"

    def _activity(self) -> Iterator[str]:
        given = get(self.answers, "clinical.disease_activity.das28") or {}
        ours = das28.recomputed(given) if "variant" in given else None
        if "variant" in given and ("value" in given or ours is not None):
            key = "das28_recomputed" if ours is not None else "das28"
            yield self._text(
                key if "value" in given else "das28_only_recomputed",
                variant=str(given["variant"]),
                stated=self.words.number(given.get("value", 0)),
                ours=self.words.number(round(ours or 0, 1)),
            )
        pain = get(self.answers, "clinical.disease_activity.pain_nrs")
        if pain is not None:
            yield self._text("pain", pain=pain)

    def _travel(self) -> Iterator[str]:
        month = self._said("travel.earliest_month")
        if month:
            yield self._text("earliest", month=month)
        stays = get(self.answers, "travel.can_stay_two_weeks")
        if stays is not None:
            yield self._text("two_weeks" if stays else "not_two_weeks")

    def _text(self, key: str, **params: str | int) -> str:
        place = key if key == "source" else f"short.{key}"
        return self.words.text(f"case.{place}", **params)

    def _said(self, path: str) -> str:
        """Say the answer at *path*, or nothing where it was not asked or not given."""
        value, schema = get(self.answers, path), _schema(self.form, path)
        if value is None or schema is None:
            return ""
        try:
            return said(path, value, schema, self.words)
        except (MissingTextError, LookupError, TypeError, ValueError):
            return str(value)


def age_of(answers: Mapping[str, Any], today: date) -> int | None:
    """Return the patient's age in full years, or None where the form does not say."""
    stated = get(answers, "patient.date_of_birth")
    if not stated:
        return None
    born = date.fromisoformat(stated)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _schema(form: Form, path: str) -> Mapping[str, Any] | None:
    node: Mapping[str, Any] | None = form.tree
    for name in path.split("."):
        node = node.get("properties", {}).get(name) if node else None
    return node
