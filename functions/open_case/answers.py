"""Every answer, under the form's own words and in its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from intake import changes, clock, rules
from intake.changes import EMAIL
from intake.forms import Form
from intake.inquiry import Inquiry
from intake.rules import get
from intake.said import said
from intake.widgets import widget
from intake.words import MissingTextError, Words

_BETWEEN = " · "
_CONSENTS = "consents"


@dataclass
class Section:
    """Some answers under one heading: a part of the form, or one entry of a list."""

    title: str
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Answers:
    """One case's answers for one reader."""

    form: Form
    words: Words
    zone: ZoneInfo

    def sections(self, inquiry: Inquiry) -> list[dict[str, Any]]:
        """
        Return all answers; what the form no longer asks for comes last, by its own name.

        A corrected address stands beside the first one, and what was taken back beside a consent.
        """
        answers = self._corrected(inquiry)
        asked = self.form.tree.get("properties", {})
        sections = [
            section
            for name, schema in asked.items()
            if name in answers and name != _CONSENTS and widget(schema) != "hidden"
            for section in self._of(answers[name], schema, name, (self._title(name),))
        ]
        sections.append(self._consents(answers.get(_CONSENTS, ()), inquiry))
        sections.append(self._unknown({n: v for n, v in answers.items() if n not in asked}, ""))
        return [{"title": each.title, "rows": each.rows} for each in sections if each.rows]

    def _corrected(self, inquiry: Inquiry) -> Mapping[str, Any]:
        if inquiry.address is None:
            return inquiry.answers
        group, name = EMAIL.split(".")
        first = {"address": inquiry.address, "first": get(inquiry.answers, EMAIL) or ""}
        contact = {**inquiry.answers[group], name: self.words.text("case.corrected", **first)}
        return {**inquiry.answers, group: contact}

    def _consents(self, consents: Iterable[Mapping[str, Any]], inquiry: Inquiry) -> Section:
        """Say in one line what was decided and by whom; which words they read is not asked here."""
        taken_back = {each["purpose"]: each for each in changes.taken_back(inquiry)}
        rows = [
            {
                "label": self.words.option("consents.purpose", consent["purpose"]),
                "value": _BETWEEN.join(
                    (*self._decided(consent), *self._after(taken_back.get(consent["purpose"])))
                ),
            }
            for consent in consents
        ]
        return Section(self._title(_CONSENTS), rows)

    def _after(self, taken_back: Mapping[str, str] | None) -> Iterator[str]:
        if taken_back:
            at = self.words.moment(clock.moment(taken_back["received_at"]), self.zone)
            yield self.words.text("case.taken_back", at=at)

    def _decided(self, consent: Mapping[str, Any]) -> Iterator[str]:
        yield self.words.option("consents.decision", consent["decision"])
        if "given_by" in consent:
            yield self.words.option("consents.given_by", consent["given_by"])
        if "typed_name" in consent:
            yield consent["typed_name"]

    def _of(
        self, value: Any, schema: Mapping[str, Any], path: str, titles: tuple[str, ...]
    ) -> Iterator[Section]:
        """Yield the answers right here as one section, then those of groups and entries below."""
        section = Section(_BETWEEN.join(titles))
        yield section
        if isinstance(value, list):
            yield from self._entries(value, schema, path, titles)
            return
        if not isinstance(value, Mapping):
            section.rows.append(self._row(path, value, schema))
            return
        asked = schema.get("properties", {})
        for name, inner in asked.items():
            if name not in value:
                continue
            below, given = f"{path}.{name}", value[name]
            if isinstance(given, Mapping):
                yield from self._of(given, inner, below, (*titles, self._label(below)))
            elif _is_list_of_groups(given):
                yield from self._entries(given, inner, below, titles)
            else:
                section.rows.append(self._row(below, given, inner))
        yield self._unknown({n: v for n, v in value.items() if n not in asked}, path)

    def _entries(
        self, entries: list[Any], schema: Mapping[str, Any], path: str, titles: tuple[str, ...]
    ) -> Iterator[Section]:
        above = titles[:-1] if path.count(".") == 0 else titles
        for n, entry in enumerate(entries, start=1):
            title = self.words.text("page.item", label=self.words.entry(path), n=n)
            yield from self._of(entry, schema.get("items", {}), path, (*above, title))

    def _row(self, path: str, value: Any, schema: Mapping[str, Any]) -> dict[str, str]:
        if isinstance(value, list):
            items = schema.get("items", {})
            shown = ", ".join(self._said(path, each, items) for each in value)
        else:
            shown = self._said(path, value, schema)
        return {"label": self._label(path), "value": shown}

    def _said(self, path: str, value: Any, schema: Mapping[str, Any]) -> str:
        """Say one answer; one that an older form offered stays as it was stored."""
        try:
            return said(path, value, schema, self.words)
        except (MissingTextError, LookupError, TypeError, ValueError):
            return str(value)

    def _unknown(self, answers: Mapping[str, Any], path: str) -> Section:
        rows = [
            {"label": place, "value": str(value)} for place, value in rules.leaves(answers, path)
        ]
        return Section(self.words.text("case.other_answers"), rows)

    def _title(self, name: str) -> str:
        return self.words.maybe(f"sections.{name}.title") or self._label(name)

    def _label(self, path: str) -> str:
        return self.words.nearest_label(path)


def _is_list_of_groups(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)
