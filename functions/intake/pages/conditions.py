"""Which questions hang on another answer: a schema's if and then, as the page's script reads it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

# All that the script can evaluate; another keyword in an `if` needs both.
_SCHEMAS = {"not", "contains"}
_LISTS = {"anyOf", "allOf"}
_VALUES = {"const", "enum", "required"}
EVALUATED = {"properties", *_SCHEMAS, *_LISTS, *_VALUES}


@dataclass
class Asked:
    """When one property of an object is asked for; each schema is of that object."""

    needed: list[tuple[Schema, str]] = field(default_factory=list)  # and the message's key
    asked: list[Schema] = field(default_factory=list)
    forbidden: list[Schema] = field(default_factory=list)

    def shown(self, *, only_when_asked: bool) -> Schema | None:
        """Return the condition under which the question is shown; None if it always is."""
        conditions = []
        if only_when_asked and (self.needed or self.asked):
            conditions.append(_any([*(each for each, _ in self.needed), *self.asked]))
        if self.forbidden:
            conditions.append({"not": _any(self.forbidden)})
        return {"allOf": conditions} if len(conditions) > 1 else next(iter(conditions), None)

    def when_needed(self) -> tuple[Schema, str] | None:
        """Return the condition under which it must be answered, and what to say if it is not."""
        if not self.needed:
            return None
        return _any([each for each, _ in self.needed]), self.needed[0][1]


def of(schema: Schema) -> Mapping[str, Asked]:
    """Return what the conditions of an object's *schema* say about its properties, by name."""
    found: dict[str, Asked] = defaultdict(Asked)
    for branch in _branches(schema):
        condition, then = evaluated(branch["if"]), branch["then"]
        for name in then.get("required", ()):
            found[name].needed.append((condition, then.get("x-error", "required")))
        for name in then.get("x-asks", ()):
            found[name].asked.append(condition)
        for name in then.get("not", {}).get("required", ()):
            found[name].forbidden.append(condition)
    return found


def evaluated(schema: Schema) -> Schema:
    """Return *schema* as the script evaluates it; LookupError for what it can't."""
    kept: dict[str, Any] = {}
    for name, value in schema.items():
        if name.startswith("x-"):
            continue
        if name == "properties":
            kept[name] = {each: evaluated(inner) for each, inner in value.items()}
        elif name in _SCHEMAS:
            kept[name] = evaluated(value)
        elif name in _LISTS:
            kept[name] = [evaluated(inner) for inner in value]
        elif name in _VALUES:
            kept[name] = value
        else:
            raise LookupError(f"the form's script can't evaluate {name} in a condition")
    return kept


def as_data(schema: Schema) -> str:
    """Return *schema* as a data attribute holds it."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _branches(schema: Schema) -> Iterator[Schema]:
    for each in (schema, *schema.get("allOf", ())):
        if "if" in each:
            yield each


def _any(schemas: Sequence[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
