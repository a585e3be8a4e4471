"""The parts of the benchmark, each measured in a process of its own."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.bench.figures import Fact, Figure
from tests.bench.plan import Plan

MODULES = (
    *("accepting", "signing", "listing", "sending"),
    *("validating", "delivering", "checking", "starting", "weighing"),
    "reading",
)


def measured_apart(module: str, plan: Plan) -> Sequence[Figure | Fact]:
    """
    Return the rows of *module*, measured in a fresh process; raise what goes wrong there.

    Handlers keep clients and settings as long as the process lives, and whatever is imported is
    garbage to look through: each part starts without the others'.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_rows, module, plan).result()


def _rows(module: str, plan: Plan) -> Sequence[Figure | Fact]:
    # Steps log and print their metrics. It costs what it costs, but only the table is shown.
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  until the end
    part = importlib.import_module(f"tests.bench.{module}")
    found: Sequence[Figure | Fact] = part.rows(plan)
    return found
