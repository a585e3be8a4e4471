"""Many cases on all processors, each process with a machine of its own."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from tests.faults.cases import Result
from tests.faults.invariants import PROMISE
from tests.faults.machine import Machine, machine

_held = ExitStack()
atexit.register(_held.close)


@cache
def own() -> Machine:
    """Return the machine of this process."""
    return _held.enter_context(machine())


@dataclass
class Tally:
    """What many cases came to."""

    cases: int = 0
    steps: int = 0  # of cases that are played step by step
    inquiries: int = 0
    fired: int = 0
    unfired: list[str] = field(default_factory=list)
    repeats: int = 0
    late: int = 0  # inquiries that the team was told of after more than five minutes
    # Until an alarm rang for one of those, once it was owed; and of how many that took longer than
    # promised, as two sweeps in a row did not come.
    slowest: timedelta = timedelta(0)
    overtime: int = 0
    lines: list[str] = field(default_factory=list)  # what a case wants to have said of it
    broken: Counter[str] = field(default_factory=Counter)
    first: str = ""  # a case that broke something, and what
    seconds: float = 0.0

    def add(self, name: str, result: Result, wanted: int = 0) -> None:
        """Count one case, of whose faults *wanted* have to fire."""
        self.cases += 1
        self.inquiries += result.inquiries
        self.fired += len(result.fired)
        self.repeats += result.repeats
        self.add_late(result.alarmed_after)
        if len(result.fired) < wanted:
            self.unfired.append(name)
        for broken in result.broken:
            self.first = self.first or f"{name}: {broken}"
            self.broken[broken.invariant] += 1

    def add_late(self, after: Sequence[timedelta]) -> None:
        """Count inquiries told late, by when an alarm rang *after* each was owed."""
        self.late += len(after)
        self.slowest = max(self.slowest, *after, timedelta(0))
        self.overtime += sum(each > PROMISE for each in after)

    def merge(self, other: Tally) -> None:
        """Add what another process counted."""
        self.cases += other.cases
        self.steps += other.steps
        self.inquiries += other.inquiries
        self.fired += other.fired
        self.repeats += other.repeats
        self.late += other.late
        self.slowest = max(self.slowest, other.slowest)
        self.overtime += other.overtime
        self.unfired += other.unfired
        self.lines += other.lines
        self.broken += other.broken
        self.first = self.first or other.first

    @property
    def is_sound(self) -> bool:
        """Whether nothing broke, and everything that should go wrong did."""
        return not self.broken and not self.unfired


def over(work: Callable[[int], Tally], count: int, processes: int | None = None) -> Tally:
    """Have *work* do each of *count* chunks, and add up; in this process if one is enough."""
    started, total = time.perf_counter(), Tally()
    for tally in _done(work, count, processes or os.cpu_count() or 1):
        total.merge(tally)
    total.seconds = time.perf_counter() - started
    return total


def _done(work: Callable[[int], Tally], count: int, processes: int) -> Iterator[Tally]:
    if processes == 1:
        yield from map(work, range(count))
        return
    # Spawned: a fork would share this process's emulator, clock and inspector.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(work, range(count))
