"""One run: a world, clients and faults; then everything is mended, and time passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.journey.conftest import World
from tests.load.bells import Bells
from tests.load.client import Client
from tests.load.plan import Fault, Plan
from tests.load.watching import Sample, Watcher, now_of, sampled

_MOST_MINUTES = 90
_MOST_SETTLES = 600
# Longer than anything unfinished is put off for, but for what waits for a person.
_SOON = timedelta(minutes=40)
_WAITS_FOR_PEOPLE = {"letter#team_reminder", "letter#team_escalation"}


class NeverQuietError(Exception):
    """The world still worked when nobody had posted for minutes."""


@dataclass
class Run:
    """What happened. Moments are `time.time`'s, before anybody moved the world's clock."""

    plan: Plan
    clients: list[Client]
    bells: Bells
    began: float = 0.0
    faults_began: float = 0.0
    mended: float = 0.0
    stopped: float = 0.0
    broken: list[Fault] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    after: list[Sample] = field(default_factory=list)  # once nobody posted any more
    minutes: int = 0  # by which the clock was moved
    state: Mapping[str, Any] = field(default_factory=dict)


def run(world: World, bare: str, plan: Plan) -> Run:
    """Post for as long as the plan says, then wait until nothing is left to do."""
    bells = Bells(now_of(world.state()))
    clients = [Client(n, plan, world.url, bare) for n in range(plan.clients)]
    done = Run(plan, clients, bells, began=time.time())
    watcher = Watcher(world.state, lambda state: bells.hear(world.log(), state))
    stopping = threading.Event()
    threads = [
        threading.Thread(target=each.run, args=(lambda: not stopping.is_set(),), daemon=True)
        for each in clients
    ]
    for thread in threads:
        thread.start()
    time.sleep(plan.calm)
    done.faults_began = time.time()
    _break(world, plan, done.broken)
    done.mended = time.time()
    time.sleep(plan.mended)
    done.stopped = time.time()
    stopping.set()
    for thread in threads:
        thread.join()
    watcher.stop()
    done.samples = watcher.samples
    _finish(world, done)
    return done


def _break(world: World, plan: Plan, broken: list[Fault]) -> None:
    """Break and mend until faults are over; then nothing is broken."""
    begun = time.monotonic()
    turns = [(fault.begins, 1, fault) for fault in plan.faults()]
    turns += [(fault.ends, 0, fault) for fault in plan.faults()]
    for at, minutes, fault in sorted(turns, key=lambda turn: turn[:2]):
        time.sleep(max(0.0, begun + at - time.monotonic()))
        world.break_service(fault.service, minutes, fault.how)
        if minutes:
            broken.append(fault)
    time.sleep(max(0.0, begun + plan.seconds - time.monotonic()))


def _finish(world: World, done: Run) -> None:
    """Move the clock by minutes, each with its sweep, until only people are waited for."""
    state = _quiet(world, done)
    while not _is_over(state) and done.minutes < _MOST_MINUTES:
        world.move_clock(1)
        done.minutes += 1
        state = _quiet(world, done)
    done.bells.finish(state)
    done.state = state


def _quiet(world: World, done: Run) -> Mapping[str, Any]:
    """Wait until the world is idle, and tell the alarms of it."""
    for _ in range(_MOST_SETTLES):
        state = world.state(settle=1)
        done.after.append(sampled(state))
        done.bells.hear(world.log(), state)
        if state["idle"]:
            return state
    raise NeverQuietError(state["queues"], state["coming"], state["failures"][:5])


def _is_over(state: Mapping[str, Any]) -> bool:
    soon = (now_of(state) + _SOON).isoformat()
    is_due = any(
        item["at"] <= soon and item["what"] not in _WAITS_FOR_PEOPLE for item in state["due"]
    )
    alive = [queue for name, queue in state["queues"].items() if not _is_dead(name)]
    return not is_due and not any(sum(queue.values()) for queue in alive)


def _is_dead(queue: str) -> bool:
    return queue.endswith("Dead") or queue == "UndeliveredEvents"


def dead_letters(state: Mapping[str, Any]) -> dict[str, int]:
    """Return how many messages lie in each dead letter queue that has some."""
    dead = {name: sum(q.values()) for name, q in state["queues"].items() if _is_dead(name)}
    return {name: count for name, count in dead.items() if count}
