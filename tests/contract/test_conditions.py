"""The form's script and JSON Schema's own validator agree on when a question is asked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from intake.forms import Forms
from intake.pages import conditions

ROOT = Path(__file__).parents[2]
FORMS = Forms(ROOT / "schemas")
ESBUILD = ROOT / "infra" / "node_modules" / ".bin" / "esbuild"
MODULE = ROOT / "infra" / "website" / "form" / "conditions.js"
RUN = """
const { holds } = require(process.argv[1]);
const cases = JSON.parse(require("fs").readFileSync(0, "utf-8"));
console.log(JSON.stringify(cases.map(([schema, value]) => holds(schema, value))));
"""
Case = tuple[Mapping[str, Any], Any]


def found_in(schema: Any, value: Any) -> Iterator[Case]:
    """Yield each condition of *schema* with what it is about in *value*, also inside lists."""
    for branch in (schema, *schema.get("allOf", ())):
        if "if" in branch:
            yield conditions.evaluated(branch["if"]), value
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            yield from found_in(inner, value.get(name, {}))
    if isinstance(value, list) and "items" in schema:
        for each in value:
            yield from found_in(schema["items"], each)


def bent(value: Any) -> Iterator[Any]:
    """Yield *value*, and it without each of its parts: questions nobody has come to yet."""
    yield value
    if isinstance(value, dict):
        for name, inner in value.items():
            rest = {key: each for key, each in value.items() if key != name}
            yield rest
            if isinstance(inner, dict):
                yield from ({**value, name: other} for other in bent(inner) if other is not inner)


def cases() -> list[Case]:
    """Return every condition of every form on every example, the valid ones bent, too."""
    found: dict[str, Case] = {}
    for name in FORMS.names():
        form = FORMS.get(name)
        for path in sorted((ROOT / "schemas" / "forms" / name / "examples").rglob("*.json")):
            answers = json.loads(path.read_text("utf-8")).get("answers")
            for top in bent(answers) if path.parent.name == "valid" else [answers]:
                found |= {repr(case): case for case in found_in(form.tree, top)}
    return list(found.values())


def test_the_script_evaluates_conditions_as_json_schema_does(tmp_path: Path) -> None:
    script = tmp_path / "conditions.cjs"
    subprocess.run(
        [ESBUILD, MODULE, "--bundle", "--format=cjs", "--log-level=error", f"--outfile={script}"],
        check=True,
    )
    asked = cases()
    answer = subprocess.run(
        ["node", "-e", RUN, str(script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )

    said = json.loads(answer.stdout)
    validators = {repr(schema): Draft202012Validator(schema) for schema, _ in asked}
    meant = [validators[repr(schema)].is_valid(value) for schema, value in asked]
    assert len(asked) > 1_000
    assert set(meant) == {True, False}
    wrong = [case for case, js, py in zip(asked, said, meant, strict=True) if js != py]
    assert wrong == []


@pytest.mark.parametrize(
    "schema", [{"pattern": "x"}, {"properties": {"a": {"minimum": 3}}}, {"not": {"type": "null"}}]
)
def test_what_it_can_not_evaluate_is_refused_before_it_is_served(schema: Any) -> None:
    with pytest.raises(LookupError, match="can't evaluate"):
        conditions.evaluated(schema)
