"""Random days: a few people, and dice that decide what goes wrong until half an hour has passed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

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
HEALED_AFTER = timedelta(minutes=30)
_PATIENTS = 40  # who share the work of the schedule
_ARRIVE_WITHIN_S = 1200
ACCEPTED_A_DAY = 38  # nearly all of them: where all goes wrong, some give up before they are heard
# A mail's fate, the usual ones more often. Whatever SES says, it says in any order.
_FATES = (
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


@dataclass
class Restless(Patient):
    """Clicks twice, comes back to click again, or sends what no form takes."""

    habit: str = ""
    dice: random.Random = field(default_factory=random.Random)

    def script(self, machine: Machine) -> Script:
        """Do what they do."""
        if self.habit == "clicks twice":
            self.post(machine)
        yield from super().script(machine)
        if self.habit == "comes back" and self.promised:
            # By then a key that is forgotten after an hour is forgotten.
            yield timedelta(minutes=self.dice.choice((1, 11, 61)))
            yield from self._send(machine)


def patients(dice: random.Random) -> Sequence[Patient]:
    """Return who comes, mostly without files."""
    files = (a_clean_file, an_infected_file, an_unsupported_file)
    return [
        Restless(
            n,
            files=[dice.choice(files)() for _ in range(dice.choice((0, 0, 0, 0, 0, 0, 1, 2)))],
            habit=dice.choice(("", "", "clicks twice", "comes back")),
            dice=dice,
            comes_after=timedelta(seconds=dice.randrange(_ARRIVE_WITHIN_S)),
        )
        for n in range(_PATIENTS)
    ]


def live(machine: Machine, seed: int) -> Result:
    """Live through the day of *seed*."""
    dice = random.Random(seed)
    fates = random.Random(seed + 1)

    def fate(_mailed: Mailed) -> tuple[str, ...]:
        return fates.choice(_FATES)

    plan = Dicey(seed, PROBABILITIES[seed % len(PROBABILITIES)], NOW + HEALED_AFTER)
    machine.fate = fate
    try:
        return run(machine, patients(dice), plan, seed, quiet=31)
    finally:
        machine.fate = lambda _mailed: ("Send", "Delivery")
