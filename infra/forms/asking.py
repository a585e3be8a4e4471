"""Whether a form's questions say what they must, and its conditions can ever hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.forms.seen import CONDITIONS, Schema, Seen, finding, leaf, subschemas

_CATEGORY = "clinical.primary_condition.category"
_NAMELESS = {"other", "undiagnosed"}
_SLIP = {"unit", "factor", "below"}


def check(seen: Seen) -> Iterator[str]:
    """Yield what is wrong with fields and conditions."""
    yield from _annotations(seen)
    yield from _bounds(seen)
    yield from _codes(seen)
    for place, schema in subschemas(seen.form.tree):
        yield from _conditional(seen, place, schema)
        # A condition inside a condition: what it is about is named further up.
        for branch in _branches(schema) if schema.get("properties") else ():
            file = seen.file("schema.json")
            yield from _condition(file, f"{place}/if", schema, branch["if"])


def _conditional(seen: Seen, place: str, schema: Schema) -> Iterator[str]:
    """Say which questions claim to hang on an answer, and hang on none."""
    thens = [branch.get("then", {}) for branch in _branches(schema)]
    decided = {name for then in thens for name in _decided(then)}
    for name, inner in schema.get("properties", {}).items():
        if inner.get("x-conditional") and name not in decided:
            yield finding(
                seen.file("schema.json"),
                f"{place}/properties/{name}",
                "it is asked only under a condition, and there is none.",
                'Name it in "required" or "x-asks" of a "then", or remove "x-conditional".',
            )


def _decided(then: Schema) -> list[str]:
    """Return the fields that a branch needs, asks for or forbids."""
    forbidden = then.get("not", {}).get("required", ())
    return [*then.get("required", ()), *then.get("x-asks", ()), *forbidden]


def _annotations(seen: Seen) -> Iterator[str]:
    file = seen.file("schema.json")
    for path, schema in seen.fields():
        one = leaf(schema)
        if one is None:
            continue
        if not isinstance(one.get("x-phi"), bool):
            yield finding(
                file,
                path,
                "it does not say whether the answer is secret.",
                'Add "x-phi": true; false only if a letter may show it.',
            )
        if one.get("type") in {"number", "integer"} and "x-unit" not in one:
            yield finding(
                file,
                path,
                "the number has no unit.",
                'Add "x-unit", such as "kg"; null for a count or a score.',
            )
        slip = one.get("x-unit-slip")
        if slip is not None and not (set(slip) == _SLIP and one.get("x-unit")):
            yield finding(
                file,
                path,
                "it is not said which other unit people may have read.",
                'Give "x-unit-slip" a "unit", a "factor" and "below", beside "x-unit".',
            )


def _bounds(seen: Seen) -> Iterator[str]:
    for place, schema in subschemas(seen.form.tree):
        if CONDITIONS & set(place.split("/")):
            continue
        kind = schema.get("type")
        wanted = {
            "array": ["maxItems"],
            "number": ["minimum", "maximum"],
            "integer": ["minimum", "maximum"],
            "string": [] if "enum" in schema else ["maxLength"],
        }.get(str(kind), [])
        for keyword in wanted:
            if keyword not in schema:
                what = f"without “{keyword}” an answer may be of any size."
                yield finding(seen.file("schema.json"), place, what, "Add it.")
        if kind == "object" and schema.get("additionalProperties") is not False:
            what = "it takes fields that nobody asked for."
            do = 'Add "additionalProperties": false.'
            yield finding(seen.file("schema.json"), place, what, do)


def _codes(seen: Seen) -> Iterator[str]:
    offered = dict(seen.fields()).get(_CATEGORY, {}).get("enum", ())
    for category in offered:
        if category not in {*_NAMELESS, *seen.form.codes["conditions"]}:
            yield finding(
                "shared/codes.json",
                f"conditions/{category}",
                f"the form {seen.form.name} offers an illness that has no code.",
                "Add a row with its codes, or leave it to “other”.",
            )


def _branches(schema: Schema) -> Iterator[Schema]:
    for each in (schema, *schema.get("allOf", ())):
        if "if" in each:
            yield each


def _condition(file: str, place: str, of: Schema, condition: Schema) -> Iterator[str]:
    known: Mapping[str, Any] = of.get("properties", {})
    for keyword in ("not", "contains"):
        inner = of.get("items", {}) if keyword == "contains" else of
        if keyword in condition:
            yield from _condition(file, f"{place}/{keyword}", inner, condition[keyword])
    for keyword in ("anyOf", "allOf"):
        for n, each in enumerate(condition.get(keyword, ())):
            yield from _condition(file, f"{place}/{keyword}/{n}", of, each)
    for name, test in condition.get("properties", {}).items():
        if name not in condition.get("required", ()):
            yield finding(
                file,
                place,
                f"it holds as well where “{name}” was not answered.",
                f'Add "required": ["{name}"] beside "properties".',
            )
        yield from _values(file, f"{place}/{name}", known.get(name, {}), test)
        yield from _condition(file, f"{place}/{name}", known.get(name, {}), test)


def _values(file: str, place: str, field: Schema, test: Schema) -> Iterator[str]:
    """Say where none of the awaited answers is offered: shared conditions may name more."""
    offered, awaited = field.get("enum"), [*test.get("enum", ())]
    awaited += [test["const"]] if "const" in test else []
    if offered is not None and awaited and not set(awaited) & set(offered):
        names = ", ".join(map(str, awaited))
        what = f"it waits for {names}, which nobody can choose."
        yield finding(file, place, what, "Correct it, or remove the condition.")
