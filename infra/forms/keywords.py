"""What a schema says: only what the validator knows, nothing unbounded, nothing slow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.forms import patterns
from infra.forms.seen import finding, subschemas
from intake.forms import read
from intake.value_formats import FORMATS

ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "title"}
EXTENSIONS = {
    *("x-phi", "x-error", "x-field", "x-widget", "x-options", "x-omit-from-page"),
    *("x-conditional", "x-asks", "x-unit", "x-unit-slip"),
}
ASSERTIONS = {
    *("$ref", "type", "enum", "const", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "properties", "required", "additionalProperties"),
    *("items", "minItems", "maxItems", "contains", "allOf", "if", "then", "not"),
}
# One error for the whole submission tells nobody what to mend, so in `if` only.
IN_CONDITIONS = {"anyOf"}


def check(file: str, path: Path, schema: Any) -> Iterator[str]:
    """Yield what is wrong in one document, as it is written."""
    for place, each in subschemas(schema):
        known = ANNOTATIONS | EXTENSIONS | ASSERTIONS | (IN_CONDITIONS if "/if" in place else set())
        for word in sorted(set(each) - known):
            yield finding(
                file,
                place,
                f"“{word}” is no keyword that is used here.",
                "Correct its spelling, or say it with the keywords of the other forms.",
            )
        if each.get("format") not in {None, *FORMATS}:
            yield finding(
                file,
                place,
                f"nothing checks the format “{each['format']}”.",
                f"Take one of {', '.join(sorted(FORMATS))}, or a pattern.",
            )
        if "$ref" in each and not _is_there(path, str(each["$ref"])):
            yield finding(
                file,
                place,
                f"“{each['$ref']}” leads nowhere.",
                "Name a file of schemas/ and a place in it, such as #/$defs/name.",
            )
        if "pattern" in each:
            for what, do in patterns.check(str(each["pattern"]), each.get("maxLength")):
                yield finding(file, place, what, do)


def _is_there(path: Path, ref: str) -> bool:

    file, _, pointer = ref.partition("#")
    target = (path.parent / file).resolve() if file else path
    if not target.is_file():
        return False
    node: Any = read(target)
    for part in pointer.split("/")[1:]:
        node = node.get(part) if isinstance(node, dict) else None
    return node is not None
