"""Every example is taken or refused as its file says: the forms' memory of what they promised."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from accept_inquiry.paperwork import CAPTCHA_UNKNOWN
from intake import contract, flags, rules
from intake.errors import Problem
from intake.forms import Form, Forms
from intake.reading import strict_json

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
# Fixed, so that the dates in the examples stay recent and the ones to come stay in the future.
TODAY = date(2026, 11, 22)
FEWEST_VALID, FEWEST_INVALID = 8, 25


def examples(kind: str, form: str = "*") -> list[Any]:
    paths = sorted(SCHEMAS.glob(f"forms/{form}/examples/{kind}/*.json"))
    return [pytest.param(path, id=f"{path.parents[2].name}/{path.stem}") for path in paths]


def read(path: Path) -> tuple[Form, dict[str, Any]]:
    return FORMS.get(path.parents[2].name), strict_json.loads(path.read_bytes())


def problems(form: Form, answers: Any) -> tuple[Problem, ...]:
    """Return every problem: by the schema or, once that is met, by the rules."""
    broken = contract.find_problems(form, answers)
    return broken or tuple(rules.contradictions(form, answers, TODAY))


def refusals(form: Form, answers: Any) -> set[tuple[str, str]]:
    return {(problem.field, problem.rule) for problem in problems(form, answers)}


def texts(value: Any) -> Iterator[str]:
    for _, leaf in rules.leaves(value):
        if isinstance(leaf, str):
            yield leaf


@pytest.mark.parametrize("path", examples("valid"))
def test_a_valid_example_is_taken(path: Path) -> None:
    form, example = read(path)

    assert set(example) == {"about", "answers"}
    assert refusals(form, example["answers"]) == set()


@pytest.mark.parametrize("path", examples("invalid"))
def test_an_invalid_example_is_refused_for_its_reason_alone(path: Path) -> None:
    form, example = read(path)
    expected = [example["expect"], *example.get("also", [])]

    assert set(example) - {"also"} == {"because", "expect", "answers"}
    assert refusals(form, example["answers"]) == {
        (each["field"], each["rule"]) for each in expected
    }


def test_a_refusal_repeats_nothing_of_what_was_typed() -> None:
    for path in examples("invalid"):
        form, example = read(path.values[0])
        shown = str(problems(form, example["answers"]))
        odd = [text for text in texts(example["answers"]) if not text.isascii() or "<" in text]

        assert not any(text in shown for text in odd if text), path.id


@pytest.mark.parametrize("form", FORMS.offered())
def test_a_form_shows_enough_by_example(form: str) -> None:
    assert len(examples("valid", form)) >= FEWEST_VALID
    assert len(examples("invalid", form)) >= FEWEST_INVALID


@pytest.mark.parametrize("name", FORMS.names())
def test_every_condition_of_a_schema_has_an_example_that_breaks_it(name: str) -> None:
    form = FORMS.get(name)
    broken = {
        problem.key
        for example in examples("invalid", name)
        for problem in contract.find_problems(form, read(example.values[0])[1]["answers"])
    }

    assert conditions(form.tree) <= broken


def conditions(schema: Any) -> set[str]:
    """Return the messages of everything that a schema asks for under a condition."""
    if isinstance(schema, list):
        return set().union(*map(conditions, schema))
    if not isinstance(schema, dict):
        return set()
    found = set().union(*map(conditions, schema.values()))
    then = schema.get("then", {})
    return found | ({then["x-error"]} if "x-error" in then else set())


def test_every_rule_has_an_example_that_breaks_it() -> None:
    keywords = set(Draft202012Validator.VALIDATORS)
    shown = {read(path.values[0])[1]["expect"]["rule"] for path in examples("invalid")} - keywords
    texts_of_rules = set(FORMS.get("rheumatoid-arthritis").catalogues["en"]["errors"])

    assert shown == rule_names()
    assert shown <= texts_of_rules


def rule_names() -> set[str]:
    """Return the second argument of every call of `_problem` in the rules module."""
    return {
        call.args[1].value
        for call in ast.walk(ast.parse(inspect.getsource(rules)))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "_problem"
        and isinstance(call.args[1], ast.Constant)
    }


def test_every_flag_is_raised_by_an_example_and_worded() -> None:
    raised: set[str] = set()
    for path in examples("valid"):
        form, example = read(path.values[0])
        raised |= set(flags.raised(example["answers"], form.policy, TODAY))

    # That one is no doubt about what somebody wrote.
    raised.add(CAPTCHA_UNKNOWN)
    assert raised == set(FORMS.get("rheumatoid-arthritis").catalogues["en"]["flags"])


def test_people_in_examples_are_invented() -> None:
    for path in examples("*"):
        example = json.loads(path.values[0].read_text(encoding="utf-8"))
        addresses = [text for text in texts(example["answers"]) if "@" in text.strip("@")]

        assert all(".example" in address for address in addresses), path.id
