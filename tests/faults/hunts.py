"""
`python -m tests.faults.hunts NAME ...`: look for what breaks without one mechanism.

A hunt is the few cases in which its mechanism is all that stands between a fault and a broken
invariant. Each name's answer is one line of JSON; nothing is found in a sound source. Run this in
a copy of the source from which something was removed: `tests.faults.removals` does.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from time import process_time  # nobody plays with this clock

import tests.conftest  # noqa: F401  no real account, wherever this is run
from intake.inquiry import TEAM_NEW
from tests.faults.cases import SCENARIOS, Result, run
from tests.faults.days import COMES_BACK, IN_ANOTHER_ORDER, Restless
from tests.faults.exhaustive import Case, boundaries
from tests.faults.machine import NOW, Machine, machine
from tests.faults.plan import AT_DELIVERIES, Down, Fault, Kind, Outage, Plan

_POISON = timedelta(minutes=40)
_OVERWRITTEN = ("an infected file under a clean one", "a clean file under an infected one")


@dataclass(frozen=True)
class Found:
    """What a hunt came to: how many cases it took, and what the last one broke, if anything."""

    hunt: str
    cases: int
    case: str
    broken: Sequence[str]
    seconds: float  # of this processor
    trace: Sequence[str]


Lived = Iterator[tuple[str, Result]]


def lease(machine: Machine) -> Lived:
    """Have two workers post the same letter at the same moment, at every call."""
    return _singles(machine, "no file", {"NotifyTeam", "ReplyToSender"}, {Kind.MEANWHILE})


def sweep(machine: Machine) -> Lived:
    """Lose a letter's message on its way into the queue, or out of it."""
    sends = {"AcceptInquiry", "message to NotifyTeam", "message to ReplyToSender"}
    return _singles(machine, "no file", sends, {Kind.ERROR, Kind.VANISHED})


def conditional_write(machine: Machine) -> Lived:
    """Have two posts with one key arrive at the same moment, at every call."""
    return _singles(machine, "no file", {"AcceptInquiry"}, {Kind.MEANWHILE})


def dead_letters(machine: Machine) -> Lived:
    """Have every worker that touches the team's letters die, for longer than any retry."""
    outage = Outage({"NotifyTeam"}, Kind.KILLED_BEFORE, NOW, NOW + _POISON)
    yield "NotifyTeam dies of everything", run(machine, SCENARIOS["no file"](), Down([outage]))


def event_dedupe(machine: Machine) -> Lived:
    """Deliver the bounce of the team's letter twice."""
    fate = machine.fate
    machine.fate = lambda mailed: (
        ("Send", "Bounce") if mailed.letter == TEAM_NEW else ("Send", "Delivery")
    )
    try:
        yield from _singles(machine, "no file", set(), {Kind.DOUBLED, Kind.LATE})
    finally:
        machine.fate = fate


def partial_batch(machine: Machine) -> Lived:
    """Have one message of a batch fail while its worker lives on."""
    return _singles(machine, "no file", {"NotifyTeam"}, {Kind.ERROR})


def version_check(machine: Machine) -> Lived:
    """Overwrite a file by its own signed form, and have the scanner's words come in any order."""
    for scenario in _OVERWRITTEN:
        yield from _singles(machine, scenario, set(), AT_DELIVERIES)


def verdict_check(machine: Machine) -> Lived:
    """Send what the scanner finds something in, and what it can't look through."""
    yield from _undisturbed(machine, "three files")


def idempotency_lifetime(machine: Machine) -> Lived:
    """Send the same again after a minute, eleven, and more than an hour."""
    for seed in range(6):  # among which all three are
        yield from _alone(machine, COMES_BACK, seed)


def canonical_form(machine: Machine) -> Lived:
    """Send the same again, as another client writes it down."""
    yield from _alone(machine, IN_ANOTHER_ORDER, 0)


HUNTS: Mapping[str, Callable[[Machine], Lived]] = {
    "lease": lease,
    "sweep": sweep,
    "conditional write": conditional_write,
    "dead-letter queue": dead_letters,
    "event dedupe": event_dedupe,
    "partial batch": partial_batch,
    "version check": version_check,
    "verdict check": verdict_check,
    "idempotency lifetime": idempotency_lifetime,
    "canonical form": canonical_form,
}


def hunt(machine: Machine, name: str) -> Found:
    """Live through the cases of one hunt until something breaks."""
    began, cases = process_time(), 0
    case, broken, trace = "", [], []
    for cases, (case, result) in enumerate(HUNTS[name](machine), start=1):  # noqa: B007
        broken, trace = [str(each) for each in result.broken], list(result.trace)
        if broken:
            break
    seconds = round(process_time() - began, 2)
    return Found(name, cases, case, broken, seconds, trace if broken else ())


def _singles(
    machine: Machine, scenario: str, who: Collection[str], kinds: Collection[Kind]
) -> Lived:
    """Live through single faults of these *kinds*, in what these do; all of them if none."""
    for at in boundaries(machine, scenario):
        for kind in at.kinds:
            if kind in kinds and (not who or at.who in who):
                case = Case(scenario, (Fault(at, kind),))
                yield str(case), case.run(machine)


def _undisturbed(machine: Machine, scenario: str) -> Lived:
    yield f"{scenario} / nothing goes wrong", Case(scenario, ()).run(machine)


def _alone(machine: Machine, habit: str, seed: int) -> Lived:
    patient = Restless(habit=habit, dice=random.Random(seed))
    yield f"one who {habit}, SEED={seed}", run(machine, [patient], Plan())


def main() -> None:
    """Hunt for what was asked for, or everything."""
    with machine() as deployed:
        for name in sys.argv[1:] or HUNTS:
            print(json.dumps(asdict(hunt(deployed, name))), flush=True)


if __name__ == "__main__":
    main()
