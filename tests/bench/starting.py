"""What each step's import costs a cold start, and what the domain may not import at all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from functools import partial

from tests.bench.children import FUNCTIONS
from tests.bench.figures import Fact, Figure, alternate
from tests.bench.plan import Plan

_HEAVY = ("boto3", "botocore", "jsonschema", "jinja2")
_DOMAIN = "intake.inquiry"


def rows(plan: Plan) -> list[Figure | Fact]:
    """Measure fresh interpreters, with bytecode as a build leaves it."""
    steps = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))
    codes = ["pass", "import boto3", *(f"import {step}.handler" for step in steps)]
    nothing, boto3, *ours = alternate(plan.rounds(7), *(partial(_cpu_ms, code) for code in codes))
    return [
        Figure("import boto3: CPU", "ms", boto3, nothing, "nothing imported"),
        *(
            Figure(f"import {step}: CPU", "ms", measured, boto3, "import boto3")
            for step, measured in zip(steps, ours, strict=True)
        ),
        _light(),
    ]


def _cpu_ms(code: str) -> float:
    """Return the processor time of an interpreter that runs *code*, from start to end, in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def _light() -> Fact:
    loaded = _run(f"import sys, {_DOMAIN}; print(*{{n.partition('.')[0] for n in sys.modules}})")
    heavy = sorted(set(_HEAVY) & set(loaded.split()))
    title = f"import {_DOMAIN} loads any of {', '.join(_HEAVY)}"
    return Fact(title, " ".join(heavy) or "none", not heavy, "none")


def _run(code: str) -> str:
    """Run *code* with nothing in its environment but where the functions are."""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(FUNCTIONS), "PATH": os.defpath},
        check=True,
        capture_output=True,
        text=True,
    )
    return answer.stdout
