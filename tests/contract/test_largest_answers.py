"""The largest answers that each form takes fit the table, and any answers are judged quickly."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from intake import contract, diagnosis, flags, rules
from intake.errors import IntakeError
from intake.forms import Form, Forms, canonical
from intake.reading import strict_json

FORMS = Forms(Path(__file__).parents[2] / "schemas")
TODAY = date(2026, 11, 22)

# Design: canonical UTF-8 of the answers. An item of the table holds 400 KB.
MOST_BYTES = 256 * 1024
MOST_SECONDS = 1.0
# Four bytes in UTF-8, and no canonical JSON of any allowed character is longer.
WIDEST = "\U0001f600"

all_forms = pytest.mark.parametrize(
    "form", [FORMS.get(name) for name in FORMS.names()], ids=FORMS.names()
)


def largest(schema: dict[str, Any]) -> Any:
    """Build the longest value of *schema* in the widest characters, conditions aside."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return max(schema["enum"], key=lambda value: len(canonical(value)))
    by_type: dict[str, Callable[[], Any]] = {
        "object": lambda: {name: largest(each) for name, each in schema["properties"].items()},
        "array": lambda: [largest(schema["items"]) for _ in range(schema["maxItems"])],
        "string": lambda: longest_text(schema),
        "boolean": lambda: False,
        "integer": lambda: schema["maximum"],
        "number": lambda: schema["maximum"] - 0.1234567890123456,
    }
    return by_type[schema["type"]]()


def longest_text(schema: dict[str, Any]) -> str:
    most = schema["maxLength"]
    candidates = [
        *(character * most for character in (WIDEST, "a", "0")),
        "a" * 64 + "@" + WIDEST * (most - 70) + "." + WIDEST * 4,
        *("+" + "9" * 15, "2026-12", "2026-11-22", "tlh-Latn-419"),
    ]
    valid = filter(
        Draft202012Validator(schema, format_checker=diagnosis.formats).is_valid, candidates
    )
    return max(valid, key=lambda text: len(text.encode()))


def largest_valid(form: Form) -> Any:
    """Mend the largest answers where a condition refuses them."""
    answers = largest(form.tree)  # type: ignore[arg-type]
    validator = Draft202012Validator(form.tree, format_checker=diagnosis.formats)
    mended: Counter[str] = Counter()
    while error := next(validator.iter_errors(answers), None):
        place, wanted = error.json_path, error.validator_value
        if error.validator == "not":
            del error.instance[wanted["required"][0]]
        elif error.validator == "contains":
            entry = error.instance[mended[place]]
            entry |= {name: inner["const"] for name, inner in wanted["properties"].items()}
            mended[place] += 1
        else:
            pytest.fail(f"{place}: {error.validator}")
    return answers


@all_forms
def test_the_largest_valid_answers_fit(form: Form, record_property: Any) -> None:
    size = len(canonical(largest_valid(form)))
    record_property("largest_answers_bytes", size)

    assert size <= MOST_BYTES


@all_forms
def test_the_largest_valid_answers_are_judged_in_bounded_time(form: Form) -> None:
    answers = largest_valid(form)
    assert contract.find_problems(form, answers) == ()

    started = time.perf_counter()
    contract.find_problems(form, answers)
    rules.contradictions(form, answers, TODAY)
    flags.raised(answers, form.policy, TODAY)
    assert time.perf_counter() - started < MOST_SECONDS


def hostile() -> dict[str, Any]:
    """As many mistakes of one kind as fit into 256 KiB, within the parser's own bounds and not."""
    widest = strict_json.MAX_ITEMS
    longest = strict_json.MAX_STRING
    return {
        "records": {"records": [{}] * widest},
        "absences": {"missing_records": [{}] * widest},
        "consents": {"consents": [{"purpose": "research"}] * widest},
        "treatments": {"clinical": {"prior_treatments": [{"codings": [{}] * widest}] * widest}},
        "allergies": {"clinical": {"allergies": ["a" * (MOST_BYTES // widest)] * widest}},
        "unknown names": {str(n): {str(n): [0] * widest for n in range(4)} for n in range(widest)},
        "a long text": {"message": WIDEST * longest},
        "a long name": {"patient": {"full_name": "a" * longest}},
        "a long address": {"contact": {"email": "a@" + "a." * (longest // 2 - 1)}},
        "records beyond the parser's bounds": {"records": [{}] * (MOST_BYTES // 3)},
        "a text beyond the parser's bounds": {"message": "a" * MOST_BYTES},
    }


def _is_refused(form: Form, text: bytes) -> bool:
    try:
        return bool(contract.find_problems(form, strict_json.loads(text)))
    except IntakeError:
        return True


@all_forms
@pytest.mark.parametrize("kind", hostile())
def test_hostile_answers_are_refused_in_bounded_time(form: Form, kind: str) -> None:
    text = canonical(hostile()[kind])

    started = time.perf_counter()
    assert _is_refused(form, text)
    assert time.perf_counter() - started < MOST_SECONDS
