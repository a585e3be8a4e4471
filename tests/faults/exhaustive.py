"""Every single fault at every boundary of every scenario, and every pair of them in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.faults.cases import SCENARIOS, Result, run
from tests.faults.machine import Machine
from tests.faults.plan import AT_DELIVERIES, START, Boundary, Exactly, Fault, Kind, Plan

# For pairs: what differs in what was done and in who knows of it. The others are their kin.
IN_PAIRS = {
    *(Kind.ERROR, Kind.LOST, Kind.TWICE, Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.MEANWHILE),
    *AT_DELIVERIES,
}
PAIRED = "no file"


@dataclass(frozen=True)
class Case:
    """A scenario with what goes wrong in it."""

    scenario: str
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"{self.scenario} / {' + '.join(map(str, self.faults))}"

    def run(self, machine: Machine) -> Result:
        """Live through it."""
        return run(machine, SCENARIOS[self.scenario](), Exactly(self.faults))


def boundaries(machine: Machine, scenario: str, faults: Iterable[Fault] = ()) -> list[Boundary]:
    """Return what is passed in *scenario*, in order; of sweeps that find nothing, one."""
    plan = Exactly(faults) if faults else Plan()
    run(machine, SCENARIOS[scenario](), plan)
    return list(_once(plan.seen))


def _once(seen: Sequence[Boundary]) -> Iterator[Boundary]:
    idle: set[tuple[str, ...]] = set()
    for (who, _run), group in groupby(seen, key=lambda at: (at.who, at.run)):
        calls = list(group)
        shape = (who, *(at.what for at in calls))
        if who in {"RetryStalled", "tick"}:
            if shape in idle:
                continue
            idle.add(shape)
        yield from calls


def singles(machine: Machine) -> list[Case]:
    """Return every boundary with every kind, in every scenario."""
    return [
        Case(scenario, (Fault(at, kind),))
        for scenario in SCENARIOS
        for at in boundaries(machine, scenario)
        for kind in at.kinds
    ]


def firsts(machine: Machine) -> list[Fault]:
    """Return what the pairs begin with."""
    return [
        Fault(at, kind)
        for at in boundaries(machine, PAIRED)
        for kind in at.kinds
        if kind in IN_PAIRS
    ]


def pairs(machine: Machine, first: Fault) -> list[Case]:
    """Return *first* with everything that may go wrong after it, by what really comes then."""
    seen = boundaries(machine, PAIRED, [first])
    after = seen[seen.index(first.at) + 1 :]
    return [
        Case(PAIRED, (first, Fault(at, kind)))
        for at in after
        if at.what != START
        for kind in at.kinds
        if kind in IN_PAIRS
    ]
