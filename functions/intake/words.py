"""What people read: which locale they read in, and its catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from intake.errors import IntakeError, Problem
from intake.formats import Formats
from intake.forms import Form

_MOST_ACCEPTED = 20
_TWICE = 2
_LENGTH_OF_A_SCRIPT = 4
_TRADITIONAL = frozenset({"tw", "hk", "mo"})


class MissingTextError(LookupError):
    """The catalogue has no text for a key. Names the key, which is ours, never a value."""


@dataclass(frozen=True)
class Words(Formats):
    """The texts of one form in one locale. A gap raises MissingTextError, never shows a key."""

    catalogue: Mapping[str, Any]

    def text(self, key: str, **params: str | int) -> str:
        """
        Return the text at the dotted *key* ("page.send") with *params* in its {places}.

        Numbers are written as the language does.
        """
        found = self._at(key)
        if not isinstance(found, str):
            raise MissingTextError(f"{self.locale}: {key}")
        return found.format_map(self._written(params)) if params else found

    def counted(self, key: str, count: int, **params: str | int) -> str:
        """Return the text at *key* for so many: "…_one", "…_few" where the language has those."""
        own = f"{key}_{self.plural(count)}"
        return self.text(own if self.maybe(own) else key, count=count, **params)

    def listed(self, parts: Iterable[str]) -> str:
        """Say one thing after another, with the comma of the language."""
        return reduce(lambda one, two: self.text("page.pair", one=one, two=two), parts)

    def times(self, section: str, count: int, what: str) -> str:
        """Say *what* in the words of *section* and, if more than once, how often it came."""
        if count <= 1:
            return what
        often = "sent_twice" if count == _TWICE else "sent_times"
        return self.text(f"{section}.{often}", what=what, count=count)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at *key*, such as "form.need"."""
        found = self._at(key)
        if not isinstance(found, list):
            raise MissingTextError(f"{self.locale}: {key}")
        return tuple(found)

    def maybe(self, key: str) -> str | None:
        """Return the text at *key*, or None where the catalogue need not have one."""
        found = self._at(key)
        return found if isinstance(found, str) else None

    def label(self, path: str) -> str:
        """Return what a field, group or list is called; indexes in *path* don't matter."""
        found = self._part(path, "label")
        if found is None:
            raise MissingTextError(f"{self.locale}: fields.{_unnumbered(path)}.label")
        return found

    def help(self, path: str) -> str | None:
        """Return the sentence under the label, if the field has one."""
        return self._part(path, "help")

    def entry(self, path: str) -> str:
        """Return what one entry of a list is called: "Treatment" of "Treatments so far"."""
        return self._part(path, "entry") or self.label(path)

    def option(self, path: str, value: str) -> str:
        """Return what one choice of a field is called."""
        found = self._field(path).get("options", {}).get(value)
        if not isinstance(found, str):
            raise MissingTextError(f"{self.locale}: fields.{_unnumbered(path)}.options.{value}")
        return found

    def problem(self, problem: Problem) -> str:
        """
        Say what to write instead, in the field's own words if it has some.

        Holds labels and limits, never what was typed: messages reach logs and other pages.
        """
        own, shared = self._field(problem.field).get("errors", {}), self._at("errors") or {}
        label = self.nearest_label(problem.field)
        for messages, name in (
            (own, problem.key),
            (shared, problem.key),
            (own, problem.rule),
            (shared, problem.rule),
        ):
            if name in messages:
                params = {"label": label, **problem.params}
                return str(messages[name]).format_map(self._written(params))
        # What refuses a form as a whole, such as an outage, has its words with the refusals.
        said = self.maybe(f"messages.{problem.key}.text")
        return said or self.text("errors.other", label=label)

    def nearest_label(self, path: str) -> str:
        """Label the field or what it is in: a name that we don't know is never repeated."""
        parts = path.split(".")
        while parts:
            label = self._part(".".join(parts), "label")
            if label:
                return label
            parts.pop()
        section = path.partition(".")[0]
        return self.maybe(f"sections.{section}.title") or self.text("form.title")

    def refusal(self, error: IntakeError) -> tuple[str, str]:
        """Return title and text of a refusal."""
        title = self.text(f"messages.{error.key}.title")
        return title, self.text(f"messages.{error.key}.text", **error.params)

    def _written(self, params: Mapping[str, str | int]) -> Mapping[str, str]:
        return {
            name: value if isinstance(value, str) else self.number(value)
            for name, value in params.items()
        }

    def _at(self, key: str) -> Any:
        node: Any = self.catalogue
        for part in key.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
        return node

    def _field(self, path: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.catalogue.get("fields", {}).get(_unnumbered(path), {})
        return found

    def _part(self, path: str, part: str) -> str | None:
        found = self._field(path).get(part)
        return found if isinstance(found, str) else None


def choose_locale(form: Form, explicit: str | None, accept_language: str | None) -> str:
    """
    Return the locale of *form* that fits a reader best.

    What was asked for by `_language`, else by the browser's Accept-Language, else the default.
    The same language in another script (zh-TW for zh-Hans) comes only after all others wanted.
    """
    wanted = (explicit or "", *_accepted(accept_language or ""))
    for fits in (_matching, _in_another_script):
        for found in (fits(tag.lower(), form.locales) for tag in wanted if tag):
            if found:
                return found
    return form.locales[0]


def _accepted(header: str) -> Sequence[str]:
    """Return the tags of an Accept-Language header (RFC 9110, 12.5.4), best first."""
    weighted = []
    for place, entry in enumerate(header.split(",")[:_MOST_ACCEPTED]):
        tag, _, params = entry.partition(";")
        quality = _quality(params)
        if quality > 0:
            weighted.append((-quality, place, tag.strip()))
    return [tag for _, _, tag in sorted(weighted)]


def _quality(params: str) -> float:
    name, _, value = params.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    # Only what RFC 9110 allows ("0.750"): float() would also take "nan" and "1_0".
    digits = value.strip()
    allowed = digits.isascii() and digits.replace(".", "", 1).isdigit()
    return float(digits) if allowed else 0.0


def _matching(wanted: str, offered: Sequence[str]) -> str | None:
    """Return the offered locale for *wanted*: "th-TH" finds "th", "zh-SG" finds "zh-Hans"."""
    exact = [tag for tag in offered if tag.lower() == wanted]
    base = [tag for tag in offered if wanted.startswith(f"{tag.lower()}-")]
    language = [
        tag
        for tag in offered
        if _primary(tag) == _primary(wanted) and _script(tag) == _script(wanted)
    ]
    return next(iter([*exact, *base, *language]), None)


def _in_another_script(wanted: str, offered: Sequence[str]) -> str | None:
    return next((tag for tag in offered if _primary(tag) == _primary(wanted)), None)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _script(tag: str) -> str:
    """Return the script that a tag names; of Chinese, also the one that its region writes."""
    language, *parts = tag.lower().split("-")
    named = next((part for part in parts if len(part) == _LENGTH_OF_A_SCRIPT), "")
    if named or language != "zh":
        return named
    return "hans" if _TRADITIONAL.isdisjoint(parts) else "hant"


def _unnumbered(path: str) -> str:
    """Drop the indexes: the catalogue speaks of every treatment alike."""
    return ".".join(part for part in path.split(".") if not part.isdigit())
