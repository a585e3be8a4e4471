"""Random days: a few people, and dice that decide what goes wrong until half an hour has passed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.faults.cases import Result, run
from tests.faults.machine import NOW, Machine, Mailed, Script
from tests.faults.people import (
    Patient,
    a_clean_file,
    an_infected_file,
    an_unsupported_file,
)
from tests.faults.plan import Dicey

PROBABILITIES = (0.02, 0.15, 0.4)
# Of each index, behind the table: a second is much, a minute a bad day at AWS.
_LAGS = tuple(timedelta(seconds=each) for each in (0, 1, 70, 0, 0))
HEALED_AFTER = timedelta(minutes=30)
_PATIENTS = 40  # who share the work of the schedule
_ARRIVE_WITHIN_S = 1200
ACCEPTED_A_DAY = 38  # nearly all of them: where all goes wrong, some give up before they are heard
# A mail's fate, the usual ones more often. Whatever SES says, it says in any order.
FATES = (
    *(("Send", "Delivery"),) * 12,
    ("Delivery", "Send"),
    ("Send", "DeliveryDelay", "Delivery"),
    ("Send", "DeliveryDelay"),
    ("Send", "Bounce"),
    ("Bounce", "Send"),
    ("Send", "Delivery", "Bounce"),
    ("Send", "Delivery", "Complaint"),
    ("Reject",),
    ("Send", "Rendering Failure"),
)


CLICKS_TWICE, COMES_BACK = "clicks twice", "comes back"
IN_ANOTHER_ORDER = "sends twice, by clients that order fields differently"


@dataclass
class Restless(Patient):
    """Clicks twice, or comes back to click again; or two clients of theirs send the same."""

    habit: str = ""
    dice: random.Random = field(default_factory=random.Random)
    clients: int = 0

    def script(self, machine: Machine) -> Script:
        """Do what they do."""
        if self.habit in {CLICKS_TWICE, IN_ANOTHER_ORDER}:
            self.post(machine)
        yield from super().script(machine)
        if self.habit == COMES_BACK and self.promised:
            # By then a key that is forgotten after an hour is forgotten.
            yield timedelta(minutes=self.dice.choice((1, 11, 61)))
            yield from self._send(machine)

    def form(self) -> dict[str, Any]:
        """Return the answers, as the next client orders them."""
        self.clients += self.habit == IN_ANOTHER_ORDER
        answers = super().form()
        return answers if self.clients % 2 == 0 else _turned(answers)


def _turned(value: Any) -> Any:
    """Return the same JSON with all fields in the other order."""
    if isinstance(value, list):
        return [_turned(each) for each in value]
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return value


def patients(dice: random.Random) -> Sequence[Patient]:
    """Return who comes, mostly without files."""
    files = (a_clean_file, an_infected_file, an_unsupported_file)
    return [
        Restless(
            n,
            files=[dice.choice(files)() for _ in range(dice.choice((0, 0, 0, 0, 0, 0, 1, 2)))],
            habit=dice.choice(("", "", CLICKS_TWICE, COMES_BACK, IN_ANOTHER_ORDER)),
            dice=dice,
            comes_after=timedelta(seconds=dice.randrange(_ARRIVE_WITHIN_S)),
        )
        for n in range(_PATIENTS)
    ]


def live(machine: Machine, seed: int, who: Sequence[Patient] | None = None) -> Result:
    """Live through the day of *seed*, with its own patients or *who* comes instead."""
    fates = random.Random(seed + 1)

    def fate(_mailed: Mailed) -> tuple[str, ...]:
        return fates.choice(FATES)

    plan = Dicey(seed, PROBABILITIES[seed % len(PROBABILITIES)], NOW + HEALED_AFTER)
    machine.fate = fate
    try:
        came = who or patients(random.Random(seed))
        return run(machine, came, plan, seed, quiet=31, lag=_LAGS[seed % len(_LAGS)])
    finally:
        machine.fate = lambda _mailed: ("Send", "Delivery")
