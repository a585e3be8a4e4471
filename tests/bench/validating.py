"""What our check costs beside bare jsonschema: same documents, same format checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from intake import contract, diagnosis
from intake.forms import Forms, read
from tests.bench.children import ROOT
from tests.bench.figures import Figure, Work, alternate
from tests.bench.plan import Plan

GOAL = 1.3
_SCHEMAS = ROOT / "schemas"
_FORM = _SCHEMAS / "forms" / "rheumatoid-arthritis"


def rows(plan: Plan) -> list[Figure]:
    """Measure valid and invalid examples apart: the latter's errors become problems as well."""
    rounds = plan.rounds(15)
    bare = _bare_validator()
    examples = [read(path)["answers"] for path in sorted(_FORM.glob("examples/*/*.json"))]
    valid = [answers for answers in examples if bare.is_valid(answers)]
    invalid = [answers for answers in examples if not bare.is_valid(answers)]
    return [
        _figure("validation of what is valid", bare, valid, rounds),
        _figure("validation of what is not", bare, invalid, rounds),
    ]


def _bare_validator() -> Draft202012Validator:
    """Return jsonschema's validator as its manual has it: built once, $ref left to a registry."""
    schemas = [read(path) for path in _SCHEMAS.glob("**/*.json") if path.parent.name != "locales"]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas if "$id" in schema
    )
    return Draft202012Validator(
        read(_FORM / "schema.json"), registry=registry, format_checker=diagnosis.formats
    )


def _figure(
    title: str, bare: Draft202012Validator, documents: Sequence[Any], rounds: int
) -> Figure:
    form = Forms(_SCHEMAS).get(_FORM.name)
    ours, baseline = alternate(
        rounds,
        _cpu_ms(partial(contract.find_problems, form), documents),
        _cpu_ms(lambda answers: list(bare.iter_errors(answers)), documents),
    )
    return Figure(title, "ms", ours, baseline, "bare jsonschema", GOAL)


def _cpu_ms(check: Callable[[Any], object], documents: Sequence[Any]) -> Work:
    """Return a measure: processor time of *check* for one document, in ms, mean of all."""

    def measure() -> float:
        begun = time.process_time()
        for document in documents:
            check(document)
        return (time.process_time() - begun) / len(documents) * 1000

    return measure
