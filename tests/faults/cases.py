"""One day with one plan of what goes wrong: who sends what, and what is left in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from intake import clock
from tests.faults.changing import Changing
from tests.faults.invariants import Broken, Witness, alarmed_after, liveness, repeats
from tests.faults.machine import NOW, Machine
from tests.faults.people import (
    Patient,
    a_clean_file,
    a_large_file,
    an_infected_file,
    an_unsupported_file,
    of_one_size,
    scanned,
)
from tests.faults.plan import Fired, Plan

Scenario = Callable[[], Sequence[Patient]]
SCENARIOS: Mapping[str, Scenario] = {
    "no file": lambda: [Patient()],
    "a large file": lambda: [Patient(large=a_large_file())],
    "three files": lambda: [
        Patient(files=[a_clean_file(), an_infected_file(), an_unsupported_file()])
    ],
    "an infected file under a clean one": lambda: [
        Patient(signed=of_one_size("infected", "clean"))
    ],
    "a clean file under an infected one": lambda: [
        Patient(signed=of_one_size("clean", "infected"))
    ],
    "a sender who corrects": lambda: [Changing(does=("correct", "note", "note", "consent"))],
    "a sender who withdraws": lambda: [Changing(does=("correct", "withdraw"))],
}
# By then a crashed check has come back twice, and whatever was late is over.
LONGEST = timedelta(hours=3)
# Reminders and what waits for an address to be confirmed are due later, and in nobody's way.
_SOON = timedelta(minutes=61)


@dataclass(frozen=True)
class Result:
    """What a case came to."""

    plan: Plan
    broken: Sequence[Broken]
    inquiries: int
    repeats: int
    trace: Sequence[str]
    alarmed_after: Sequence[timedelta] = ()  # of what was told late

    @property
    def fired(self) -> Sequence[Fired]:
        """What really went wrong."""
        return self.plan.fired


def run(
    machine: Machine,
    patients: Sequence[Patient],
    plan: Plan,
    seed: int = 0,
    quiet: int = 1,
    lag: timedelta = timedelta(0),
) -> Result:
    """
    Live through one day, at least *quiet* minutes of it, until nothing is under way any more.

    Indexes show what was there *lag* ago.

    The invariants of safety are looked at after each invocation, those of liveness in the end.
    """
    machine.begin(plan, seed)
    machine.cloud.index_lag(lag)
    machine.scanner = scanned
    witness = Witness(machine, patients)
    for patient in patients:
        machine.act(patient.script(machine), after=patient.comes_after)
    machine.wait(quiet)
    while not is_over(machine) and machine.now < NOW + LONGEST:
        machine.wait(1)
    broken = [*witness.broken, *liveness(witness)]
    accepted = sum(bool(patient.promised) for patient in patients)
    late = alarmed_after(witness)
    return Result(plan, broken, accepted, repeats(machine), machine.trace, late)


def is_over(machine: Machine) -> bool:
    """Tell whether nothing is under way, or due within the hour."""
    soon = clock.text(machine.now + _SOON)
    return machine.is_quiet() and not any(
        "due_at" in row and row["due_at"]["S"] <= soon for row in machine.rows()
    )
