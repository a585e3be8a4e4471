"""Where answers do not meet their form's JSON Schema, in our own words."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from intake.errors import Problem
from intake.forms import Form
from intake.value_formats import FORMATS

# Enough to mend a form in one go; 80,000 errors would take a second to collect.
MAX_PROBLEMS = 50

formats = FormatChecker(formats=())
for _name, _conforms in FORMATS.items():
    formats.checks(_name)(_conforms)

_CODES = {
    "required": "REQUIRED_FIELD_MISSING",
    "enum": "CHOICE_NOT_OFFERED",
    "const": "CHOICE_NOT_OFFERED",
    "maxLength": "TOO_LONG",
    "minLength": "TOO_SHORT",
    "maxItems": "TOO_MANY",
    "minItems": "TOO_FEW",
    "minimum": "OUT_OF_RANGE",
    "maximum": "OUT_OF_RANGE",
    "pattern": "WRONG_FORMAT",
    "format": "WRONG_FORMAT",
    "additionalProperties": "UNKNOWN_FIELD",
    "contains": "REQUIRED_FIELD_MISSING",
}
_TYPE_CODES = {
    "number": "TYPE_NUMERIC",
    "integer": "TYPE_NUMERIC",
    "string": "TYPE_TEXT",
}
# What is wrong about an object or a list while each value in it may hold.
_AROUND = {"required", "contains", "minItems", "maxItems", "additionalProperties", "not"}
_LIMITS = {"maxLength", "minLength", "maxItems", "minItems", "minimum", "maximum"}


def find_problems(form: Form, answers: Any) -> tuple[Problem, ...]:
    """
    Return what breaks the schema, each message once for a field.

    jsonschema's own messages quote the offending value. Ours must not: the value may be
    medical, and problems reach both the browser and the log.
    """
    errors = itertools.islice(_validator(form).iter_errors(answers), MAX_PROBLEMS)
    problems: dict[tuple[str, str], Problem] = {}
    for problem in itertools.chain.from_iterable(_problems(error) for error in errors):
        problems.setdefault((problem.field, problem.key), problem)
    return tuple(sorted(problems.values(), key=in_order_of(form)))


def what_holds(form: Form, answers: Any) -> dict[str, Any]:
    """
    Return the answers without each value that breaks the schema.

    Lists keep their length, so that what stands in them keeps its path. Nothing where so much is
    wrong that not all of it was found.
    """
    errors = list(itertools.islice(_validator(form).iter_errors(answers), MAX_PROBLEMS))
    places = {place for error in errors for place in _broken(error)}
    if len(errors) == MAX_PROBLEMS or () in places:
        return {}
    kept: dict[str, Any] = copy.deepcopy(answers)
    # From the end, so that a place is still there when what holds it goes.
    for place in sorted(places, key=len, reverse=True):
        holder: Any = kept
        for part in place[:-1]:
            holder = holder[part]
        if isinstance(holder, list):
            holder[int(place[-1])] = {}
        else:
            del holder[place[-1]]
    return kept


def _broken(error: ValidationError) -> Iterable[tuple[str | int, ...]]:
    """Yield the places of the values that can't be relied on."""
    place, found = tuple(error.absolute_path), cast("Mapping[str, Any]", error.instance)
    if error.validator not in _AROUND:
        yield place
    elif error.validator == "additionalProperties" and isinstance(error.schema, Mapping):
        known = error.schema.get("properties", {})
        yield from ((*place, name) for name in found if name not in known)


@cache
def _validator(form: Form) -> Draft202012Validator:
    """Built once: a new validator per call costs 38 times as much as the check."""
    return Draft202012Validator(form.tree, format_checker=formats)


def _problems(error: ValidationError) -> Iterable[Problem]:
    """Translate one finding; a `required` one becomes a problem for each missing field."""
    place = [str(part) for part in error.absolute_path]
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    rule = str(error.validator)
    if "x-field" in schema:
        names = [schema["x-field"]]
    elif rule == "required":
        given: Any = error.instance
        wanted: Any = error.validator_value
        names = [name for name in wanted if name not in given]
    else:
        names = [""]
    for name in names:
        yield Problem(
            field=".".join([*place, name] if name else place),
            rule=rule,
            code=_code(rule, error, schema),
            key=_key(rule, error, schema),
            params={"limit": _limit(error)} if rule in _LIMITS else {},
        )


def _limit(error: ValidationError) -> int:
    limit: Any = error.validator_value
    return int(limit)


def _code(rule: str, error: ValidationError, schema: Mapping[str, Any]) -> str:
    if rule == "type":
        return _TYPE_CODES.get(str(error.validator_value), "WRONG_FORMAT")
    if rule == "minLength" and error.instance == "":
        return "REQUIRED_FIELD_EMPTY"
    if schema.get("format") == "email" and rule in {"format", "pattern"}:
        return "TYPE_EMAIL"
    return _CODES.get(rule, "INVALID")


def _key(rule: str, error: ValidationError, schema: Mapping[str, Any]) -> str:
    """Return the catalogue's key: the schema's own, or max_length for maxLength and so on."""
    if rule == "minLength" and error.instance == "":
        return "required"
    if "x-error" in schema:
        return str(schema["x-error"])
    if rule == "type":
        return f"type_{error.validator_value}" if isinstance(error.validator_value, str) else "type"
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), rule)


def in_order_of(form: Form) -> Callable[[Problem], tuple[int, ...]]:
    """Return a sort key that puts problems where the form asks for their fields."""

    def place(problem: Problem) -> tuple[int, ...]:
        node: Any = form.tree
        order = []
        for part in problem.field.split(".") if problem.field else ():
            if part.isdigit():
                order.append(int(part))
                node = node.get("items", {})
            else:
                names = list(node.get("properties", {}))
                order.append(names.index(part) if part in names else len(names))
                node = node.get("properties", {}).get(part, {})
        return tuple(order)

    return place
