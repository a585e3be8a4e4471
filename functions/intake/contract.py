"""Whether answers meet their form's JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from intake import rules
from intake.errors import Problem
from intake.forms import Form
from intake.value_formats import FORMATS


def find_problems(form: Form, answers: Any) -> tuple[Problem, ...]:
    """
    Return what breaks the schema, each message once for a field.

    jsonschema decides and explains. Before it, jsonschema-rs takes what is valid: a hundred times
    as fast, and a function whose first post is valid never imports the other. Both are
    held to the same answers.
    """
    if _quick(form).is_valid(answers):
        return ()
    from intake import diagnosis  # noqa: PLC0415  100 ms that a valid post does not pay

    return diagnosis.find_problems(form, answers)


def all_problems(
    form: Form, answers: Any, today: date, read: Sequence[Problem] = ()
) -> tuple[Problem, ...]:
    """
    Return what breaks the schema, and what contradicts itself among all that does not.

    Together, so that nobody mends a form only to be refused again. *read* was found before, in
    what was typed; a field has the problems of one finder alone.
    """
    broken = find_problems(form, answers)
    if not broken:
        told = {problem.field for problem in read}
        contradictions = rules.contradictions(form, answers, today)
        return (*read, *(each for each in contradictions if each.field not in told))
    from intake import diagnosis  # noqa: PLC0415  see above

    told = {problem.field for problem in (*read, *broken)}
    contradictions = rules.contradictions(form, diagnosis.what_holds(form, answers), today)
    others = (each for each in contradictions if each.field not in told)
    return (*read, *sorted((*broken, *others), key=diagnosis.in_order_of(form)))


@cache
def _quick(form: Form) -> Draft202012Validator:
    return Draft202012Validator(dict(form.tree), formats=dict(FORMATS), validate_formats=True)
