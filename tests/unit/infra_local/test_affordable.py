"""Moto's table is the same one when it is made affordable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

from tests.handlers import ROOT


def answers(*how: str) -> list[str]:
    """Return what moto says in a process of its own: what makes it affordable stays in one."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.unit.infra_local.answering", *how],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "functions"},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


def test_it_answers_and_refuses_as_before() -> None:
    before, after = answers(), answers("affordable")

    assert after == before
    seen = Counter(json.loads(line)[0] for line in before)
    assert {"Query", "TransactWriteItems", "UpdateItem", "GetItem"} <= set(seen)
    assert 0.2 < sum("Error" in line or "Exception" in line for line in before) / len(before) < 0.8
