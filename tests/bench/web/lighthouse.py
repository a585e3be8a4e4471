"""What Lighthouse says of one page, in this machine's Chromium; nothing leaves the machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figures import Fact

_HERE = Path(__file__).parent
_CLI = _HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
# The last two: no page of ours may need anything else than this machine.
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run "
    "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"
)
_RUNS = 3  # the middle one counts: a busy machine makes pages slow
_GOAL = 98
_CATEGORIES = {"performance": _GOAL, "accessibility": _GOAL, "best-practices": _GOAL, "seo": None}
# A form's own address is to be reached from the clinic's pages, not from a search engine.
_MEANT = {"is-crawlable": "noindex is meant"}
_TIMES = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "total-byte-weight",
)


@dataclass(frozen=True)
class Run:
    """One visit of Lighthouse."""

    scores: dict[str, float]
    audits: dict[str, Any]
    weights: dict[str, dict[str, float]]

    def failed(self, category: str) -> list[str]:
        """Return what cost *category* points."""
        return [
            _MEANT.get(name, name)
            for name, weight in self.weights[category].items()
            if weight
            and (self.audits[name]["score"] or 0) < 1
            and self.audits[name]["scoreDisplayMode"] in {"binary", "numeric", "metricSavings"}
        ]


def version() -> str:
    """Return the version of Lighthouse that is installed here."""
    package: dict[str, str] = json.loads((_CLI.parents[1] / "package.json").read_text("utf-8"))
    return package["version"]


def rows(url: str, form: str) -> list[Fact]:
    """Return the scores of a *form*'s page, and what they are made of, beside it without script."""
    runs: list[Run] = []
    bare: list[Run] = []
    for _ in range(_RUNS):
        runs.append(_visit(f"{url}/f/{form}"))
        bare.append(_visit(f"{url}/f/{form}", "--blocked-url-patterns=*/site/*"))
    facts = [_score(category, goal, runs, bare) for category, goal in _CATEGORIES.items()]
    for name in _TIMES:
        ours, theirs = (_middle(each).audits[name]["displayValue"] for each in (runs, bare))
        facts.append(Fact(name, ours, None, "", theirs, "without script"))
    return facts


def _score(category: str, goal: int | None, runs: list[Run], bare: list[Run]) -> Fact:
    found, beside = ([round(100 * run.scores[category]) for run in each] for each in (runs, bare))
    lost = sorted({name for run in runs for name in run.failed(category)})
    costs = f"; costs: {', '.join(lost)}" if lost else ""
    return Fact(
        category,
        f"{median(found):.0f} ({min(found)}-{max(found)})",
        None if goal is None else median(found) >= goal,
        "" if goal is None else f">= {goal}",
        f"{median(beside):.0f} ({min(beside)}-{max(beside)})",
        f"without script{costs}",
    )


def _middle(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda run: run.scores["performance"])[len(runs) // 2]


def _visit(url: str, *more: str) -> Run:
    """Have Lighthouse open *url* on its phone."""
    command = [
        *("node", str(_CLI), url, "--output=json", "--quiet"),
        f"--only-categories={','.join(_CATEGORIES)}",
        f"--chrome-flags={_FLAGS}",
        "--max-wait-for-load=30000",
        *more,
    ]
    browser = next(filter(None, map(shutil.which, _BROWSERS)))
    environment = os.environ | {"CHROME_PATH": str(browser)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout)
    if failed := told.get("runtimeError"):
        raise RuntimeError(failed["message"])
    return Run(
        {name: told["categories"][name]["score"] or 0.0 for name in _CATEGORIES},
        told["audits"],
        {
            name: {ref["id"]: ref["weight"] for ref in told["categories"][name]["auditRefs"]}
            for name in _CATEGORIES
        },
    )
