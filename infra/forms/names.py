"""Whether all that a schema requires, asks for or looks at is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from infra.forms.seen import Schema, finding

_OF_A_LIST = ("items", "contains")
_OF_THE_SAME = ("if", "then", "not", "allOf", "anyOf")
_SAYS = {"if": "depends on", "then": "asks for"}


@dataclass(frozen=True)
class _Place:
    """A schema, and the field that it is about: they differ inside conditions."""

    file: str
    at: str
    schema: Schema
    about: Schema
    says: str = "requires"

    @property
    def is_condition(self) -> bool:
        return self.says != "requires"


def check(file: str, schema: Schema) -> Iterator[str]:
    """
    Yield each name in *schema* that is none of a field's own.

    A form that requires such a field can't be sent; a condition on one never holds. In a file as
    it is written, what stands behind a $ref is unknown and nothing is said of it.
    """
    yield from _found(_Place(file, "#", schema, schema))
    for name, each in schema.get("$defs", {}).items():
        yield from _found(_Place(file, f"#/$defs/{name}", each, each))


def _found(place: _Place) -> Iterator[str]:
    yield from _extensions(place)
    # A definition of conditions only is about the fields of whatever names it.
    if "properties" in place.about and "$ref" not in place.about:
        for name in _named(place):
            if name not in place.about["properties"]:
                what = f"it {place.says} “{name}”, which the form has not."
                yield finding(place.file, place.at, what, "Correct its name.")
    for each in _inside(place):
        yield from _found(each)


def _inside(place: _Place) -> Iterator[_Place]:
    """Yield what *place* consists of, each with the field that it is about."""
    schema, known = place.schema, place.about.get("properties", {})
    for name, inner in schema.get("properties", {}).items():
        about = known.get(name, {}) if place.is_condition else inner
        yield replace(place, at=f"{place.at}/properties/{name}", schema=inner, about=about)
    for keyword in filter(schema.__contains__, _OF_A_LIST):
        about = place.about.get("items", {})
        yield replace(place, at=f"{place.at}/{keyword}", schema=schema[keyword], about=about)
    for keyword in filter(schema.__contains__, _OF_THE_SAME):
        inner = schema[keyword]
        says = _SAYS.get(keyword, place.says)
        named = enumerate(inner) if isinstance(inner, list) else [("", inner)]
        for n, each in named:
            at = f"{place.at}/{keyword}/{n}".rstrip("/")
            yield replace(place, at=at, schema=each, says=says)


def _named(place: _Place) -> list[str]:
    """Return what *place* names, each once: fields it wants, and in a condition, looks into."""
    looked_into = place.schema.get("properties", {}) if place.is_condition else ()
    asks = place.schema.get("x-asks", ())
    asked = asks if isinstance(asks, list) else ()
    return list(dict.fromkeys([*place.schema.get("required", ()), *asked, *looked_into]))


def _extensions(place: _Place) -> Iterator[str]:
    asks: Any = place.schema.get("x-asks", [])
    if not isinstance(asks, list):
        what = "“x-asks” is no list of names."
        yield finding(place.file, place.at, what, f'Write ["{asks}"].')
    elif asks and place.says != _SAYS["then"]:
        what = "“x-asks” stands under no condition."
        yield finding(place.file, place.at, what, "Put it into a “then”.")
    if not isinstance(place.schema.get("x-conditional", True), bool):
        what = "“x-conditional” names nothing, it is true or not there."
        yield finding(place.file, place.at, what, 'Write "x-conditional": true.')
