"""How long a sender's post takes to become the team's letter, through the local world."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from tests.bench.chain import Chain
from tests.bench.children import serving
from tests.bench.figures import Figure, alternate
from tests.bench.host import Host
from tests.bench.plan import Plan
from tests.bench.steps import example

GOAL_MS = 150.0
_FORM = "rheumatoid-arthritis"
# Announces no records: with some, the letter rightly waits for them.
_EXAMPLE = "every-record-promised"
_TEAM = "team@clinic.example"
# Each look costs the world a millisecond that the letter could use.
_LOOK_S = 0.005
_ARRIVES_WITHIN_S = 20


def rows(plan: Plan) -> list[Figure]:
    """Measure the whole way, and the AWS calls of that way alone against the same emulator."""
    with serving("infra.local", PORT="0", AWS_PORT="0") as printed:
        urls = dict(line.split()[:2] for line in printed.splitlines())
        world = _World(urls["ready"])
        chain = Chain(plan, urls["AWS"], _FORM, example(_FORM, _EXAMPLE))
        ours, baseline = alternate(
            plan.rounds(15), lambda: world.timed(world.post), lambda: world.timed(chain.run)
        )
    beside = f"its {len(chain)} AWS calls"
    return [Figure("post to letter: elapsed", "ms", ours, baseline, beside, GOAL_MS, "ours")]


class _World:
    """The local world, as its sender and its team."""

    def __init__(self, url: str) -> None:
        self._host = Host(url)
        self._posts = itertools.count()

    def timed(self, work: Callable[[], None]) -> float:
        """Return how long *work* takes, in ms, once nothing else is going on."""
        self._host.ask("GET", "/world.json?settle=20")
        begun = time.perf_counter()
        work()
        return (time.perf_counter() - begun) * 1000

    def post(self) -> None:
        """Post answers that nobody sent before; wait for the letter that names them."""
        answers = self._answers()
        reference = self._host.ask("POST", f"/f/{_FORM}", answers)["reference"]
        deadline = time.monotonic() + _ARRIVES_WITHIN_S
        while not self._has_letter(reference):
            if time.monotonic() > deadline:
                raise RuntimeError("the team's letter did not come")
            time.sleep(_LOOK_S)

    def _answers(self) -> dict[str, Any]:
        """Return answers of somebody else each time: one address gets three receipts a day."""
        answers = example(_FORM, _EXAMPLE)
        answers["contact"]["email"] = f"patient-{next(self._posts)}@patients.example"
        return answers

    def _has_letter(self, reference: str) -> bool:
        """Look at the last two letters: the team's and the receipt, in any order."""
        return any(
            reference in letter["Subject"] and letter["To"][0]["Address"] == _TEAM
            for letter in self._host.ask("GET", "/api/v1/messages?limit=2")["messages"]
        )
