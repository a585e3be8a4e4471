"""What the page's script may know of an answer before it is sent, in the catalogue's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.errors import Problem
from intake.pages import conditions
from intake.pages.conditions import Asked
from intake.widgets import type_of, widget
from intake.words import Words

# From widget to how its answer looks, in JavaScript's patterns; all else only the server can tell.
# Not as strict as the schemas: what these refuse, those would refuse, too.
_LIKE = {
    "email": r"^\S+@\S+\.\S+$",
    "tel": r"^\+[\d ().-]{7,}$",
    "integer": r"^[+-]?\d+$",
    "number": r"^[+-]?\d+(\.\d+|,\d\d?)?$",
    "date": r"^.{10}$",
    "month": r"^.{7}$",
    "partial-date": r".",
}


@dataclass(frozen=True)
class Slip:
    """Numbers under *below* may be of another unit: ours is *factor* times as much."""

    factor: float
    below: float
    ask: tuple[str, ...]  # the words before and after the number
    use: tuple[str, ...]


def asking(
    words: Words, schema: Mapping[str, Any], path: str, asked: Asked, *, required: bool
) -> dict[str, str]:
    """
    Return the data attributes that say when the question at *path* is shown and needed.

    Conditions are about the object that holds it, whose path is `of`.
    """
    data = {}
    shown = asked.shown(only_when_asked=bool(schema.get("x-conditional")))
    needed = asked.when_needed()
    if shown is not None:
        data["if"] = conditions.as_data(shown)
    if required and not _may_be_empty(schema):
        data |= {"need": "", "lack": _say(words, path, "required")}
    elif needed:
        condition, key = needed
        # Shown only where it is needed: then there is nothing more to ask.
        need = "" if condition == shown else conditions.as_data(condition)
        data |= {"need": need, "lack": _say(words, path, "required", key)}
    elif not required and type_of(schema) == "object":
        data["part"] = ""
    if shown is not None or needed:
        data["of"] = path.rpartition(".")[0]
    return data


def checking(words: Words, schema: Mapping[str, Any], path: str) -> dict[str, str]:
    """Return the data attributes by which the script checks what was typed at *path*."""
    kind, own = widget(schema), schema.get("x-error")
    if kind in _LIKE:
        data = {"like": _LIKE[kind], "wrong": _say(words, path, "format", own)}
        return data if kind == "tel" else {"check": kind, **data}
    if "x-options" in schema:
        return {"check": "choice", "wrong": _say(words, path, "enum", own)}
    if kind != "number":
        return {}
    of = type_of(schema)
    data = {"like": _LIKE[of], "wrong": _say(words, path, "type", f"type_{of}")}
    for rule, name in (("minimum", "min"), ("maximum", "max")):
        if rule in schema:
            data[name] = str(schema[rule])
            data[f"{name}-say"] = _say(words, path, rule, own, limit=int(schema[rule]))
    return data


def slip(words: Words, schema: Mapping[str, Any]) -> Slip | None:
    """Return how to ask whether a number was read in another unit than ours."""
    told = schema.get("x-unit-slip")
    if not told:
        return None
    units = {"value": "{value}", "other": told["unit"], "unit": schema["x-unit"]}
    ask, use = (words.text(key, **units).split("{value}") for key in ("page.slip", "page.slip_use"))
    return Slip(told["factor"], told["below"], tuple(ask), tuple(use))


def _may_be_empty(schema: Mapping[str, Any]) -> bool:
    """Tell whether an empty post answers it: a group's own fields ask, a list may have none."""
    kind = type_of(schema)
    return kind == "object" or (kind == "array" and not schema.get("minItems"))


def _say(words: Words, path: str, rule: str, key: str | None = None, **params: int) -> str:
    return words.problem(Problem(path, rule, "", key or rule, params))
