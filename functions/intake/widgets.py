"""Which control of the page asks for a value of a schema; posts are read back by the same rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# More choices than this are a select: a longer column of radios no longer fits a phone.
MOST_RADIOS = 7
# The boxes of one date, in the order in which stored text names them.
DATE_BOXES = {
    "date": ("year", "month", "day"),
    "partial-date": ("year", "month", "day"),
    "month": ("year", "month"),
}
_BY_FORMAT = {"email": "email", "date": "date", "partial-date": "partial-date"}


def widget(schema: Mapping[str, Any]) -> str:
    """
    Name the control for *schema*, whose references are resolved.

    `x-widget` decides, else type, format and number of choices: group, list, texts (a list of
    strings), checkboxes (a list of choices), radio (of a boolean: yes and no), select, checkbox,
    number, date, partial-date, month, email, tel, text, textarea, hidden.
    """
    kind = type_of(schema)
    if "x-widget" in schema:
        return str(schema["x-widget"])
    if kind == "array":
        return _for_array(schema.get("items", {}))
    if "const" in schema:
        return "checkbox" if kind == "boolean" else "hidden"
    if "x-options" in schema or len(schema.get("enum", ())) > MOST_RADIOS:
        return "select"
    by_type = {"object": "group", "boolean": "radio", "integer": "number", "number": "number"}
    by_form = "radio" if "enum" in schema else _BY_FORMAT.get(schema.get("format", ""), "text")
    return by_type.get(kind, by_form)


def type_of(schema: Mapping[str, Any]) -> str:
    """Return the JSON type that *schema* asks for, also where only `const` or `enum` tells."""
    if "type" in schema:
        return str(schema["type"])
    if "properties" in schema:
        return "object"
    sample = schema.get("const", next(iter(schema.get("enum", ())), ""))
    return "boolean" if isinstance(sample, bool) else "string"


def _for_array(items: Mapping[str, Any]) -> str:
    if type_of(items) == "object":
        return "list"
    return "checkboxes" if "enum" in items else "texts"
