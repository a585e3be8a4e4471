"""Answers in words: dates, names of choices, countries and languages as their reader says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from intake.widgets import type_of, widget
from intake.words import Words

_DATES = {"date", "partial-date", "month"}


def leaves(
    value: Any, schema: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Yield path, value and schema of what holds no other value, in the schema's order."""
    if isinstance(value, Mapping):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from leaves(value[name], inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, schema.get("items", {}), path)
    else:
        yield path, value, schema


def said(path: str, value: Any, schema: Mapping[str, Any], words: Words) -> str:
    """Return one answer in words; raise MissingTextError where the catalogue has none for it."""
    if isinstance(value, bool):
        return words.text("page.yes" if value else "page.no")
    if schema.get("x-options") == "languages":
        return words.language(value)
    if schema.get("x-options") == "territories":
        return words.territory(value)
    if "enum" in schema:
        return words.option(path, value)
    if widget(schema) in _DATES:
        return words.day(value)
    return words.number(value) if type_of(schema) in {"number", "integer"} else str(value)
