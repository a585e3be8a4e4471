"""Which process dies where: before and after every call that a day without faults makes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.cases import SCENARIOS, Result, Scenario, run
from tests.faults.kills.sandboxes import Sandboxes
from tests.faults.machine import Machine
from tests.faults.people import MIB, Patient, a_large_file
from tests.faults.plan import Boundary, Exactly, Fault, Kind, Plan

_SCENARIOS: Mapping[str, Scenario] = {
    "no file": SCENARIOS["no file"],
    # Two parts are enough here: nothing else that happens to it depends on its size.
    "a large file": lambda: [Patient(large=a_large_file(6 * MIB))],
    "three files": SCENARIOS["three files"],
}
_KINDS = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER)
# In the order of the mails that they are about, each.
_SEND, _EVENTS = "sesv2.SendEmail", ("Email Sent", "Email Delivered")


@dataclass(frozen=True)
class Kill:
    """
    A scenario in which a process dies once.

    With more faults SES's events are lost as well: nobody knows of the mail, and it has to come
    again.
    """

    scenario: str
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"{self.scenario} / {' + '.join(map(str, self.faults))}"

    @property
    def repeats(self) -> int:
        """How often a mail has to come again."""
        return int(len(self.faults) > 1)


@dataclass(frozen=True)
class Outcome:
    """What became of a kill: `wrong` is empty if all is as it should be."""

    kill: Kill
    fired: bool
    repeats: int
    wrong: Sequence[str]


def kills(machine: Machine) -> list[Kill]:
    """Return a kill before and after each call of each scenario, and each double loss."""
    return [kill for name in _SCENARIOS for kill in _kills(name, _seen(machine, name))]


def _seen(machine: Machine, scenario: str) -> Sequence[Boundary]:
    plan = Plan()
    result = run(machine, _SCENARIOS[scenario](), plan)
    assert not result.broken, [scenario, *map(str, result.broken)]
    return plan.seen


def _kills(scenario: str, seen: Sequence[Boundary]) -> Iterator[Kill]:
    sends = [at for at in seen if at.what == _SEND]
    told = [[at for at in seen if at.who.startswith(event)] for event in _EVENTS]
    lost = {
        at: [Fault(one, Kind.VANISHED) for one in of] for at, *of in zip(sends, *told, strict=True)
    }
    for at in seen:
        if not at.call:
            continue  # a start or a delivery: no process is there to be killed
        for kind in _KINDS:
            yield Kill(scenario, (Fault(at, kind),))
        if at in lost:
            yield Kill(scenario, (Fault(at, Kind.KILLED_AFTER), *lost[at]))


def chosen(found: Sequence[Kill], sample: int, seed: int) -> list[Kill]:
    """Return *sample* of the kills, the same ones for the same *seed*; all of them for 0."""
    if not sample:
        return list(found)
    return random.Random(seed).sample(found, min(sample, len(found)))


def play(machine: Machine, steps: Sandboxes, kill: Kill) -> Outcome:
    """Have it happen, heal, and look at what is left."""
    before = steps.killed
    steps.aim(kill.faults[0].at)
    result = run(machine, _SCENARIOS[kill.scenario](), Exactly(kill.faults))
    fired = steps.killed - before == 1 and {one.fault for one in result.fired} == set(kill.faults)
    return Outcome(kill, fired, result.repeats, [*_wrong(kill, result, fired=fired)])


def _wrong(kill: Kill, result: Result, *, fired: bool) -> Iterator[str]:
    if not fired:
        yield "the kill did not happen"
    if result.inquiries != 1:
        yield "the inquiry was not accepted in the end"
    if result.repeats != kill.repeats:
        yield f"{result.repeats} mails came again, and {kill.repeats} should have"
    yield from map(str, result.broken)
