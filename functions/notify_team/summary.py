"""The answers that a letter may hold where the clinic asked for them: `"x-phi": false` alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from intake.forms import Form
from intake.letters.draft import Fact
from intake.widgets import type_of, widget
from intake.words import Words

_DATES = {"date", "partial-date", "month"}


def not_secret(form: Form, answers: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    """Return label and value of each answer that the form's schema marks as not secret."""
    return tuple(
        Fact(words.label(path), _said(path, value, schema, words))
        for path, value, schema in _leaves(answers, form.tree)
        if schema.get("x-phi", True) is False
    )


def _leaves(
    value: Any, schema: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Yield path, value and schema of what holds no other value, in the schema's order."""
    if isinstance(value, Mapping):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _leaves(value[name], inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, schema.get("items", {}), path)
    else:
        yield path, value, schema


def _said(path: str, value: Any, schema: Mapping[str, Any], words: Words) -> str:
    if isinstance(value, bool):
        return words.text("page.yes" if value else "page.no")
    if "enum" in schema:
        return words.option(path, value)
    if schema.get("x-options") == "languages":
        return words.language(value)
    if widget(schema) in _DATES:
        return words.day(value)
    return words.number(value) if type_of(schema) in {"number", "integer"} else str(value)
