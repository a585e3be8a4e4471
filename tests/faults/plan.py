"""What goes wrong, and where: a boundary is one call, one start of a step or one delivery."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Kind(Enum):
    """A way to fail; the value is what stands in traces."""

    # At a call of a step to AWS.
    ERROR = "5xx before"
    LOST = "done, answer lost"
    THROTTLED = "throttled"
    TIMED_OUT = "done, read time-out"
    REFUSED = "refused"
    EXPIRED = "credentials expired"
    TWICE = "done, answer lost, asked again"  # by the SDK itself
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    MEANWHILE = "a twin runs meanwhile"
    # At the start of a step: its machine's clock is wrong.
    AHEAD = "clock 4 minutes ahead"
    BEHIND = "clock 4 minutes behind"
    ASTRAY = "clock 15 minutes off"
    # At a delivery: an event, or a message of a queue.
    DOUBLED = "delivered twice"
    LATE = "delivered late"
    VANISHED = "never delivered"


AT_CALLS = (
    *(Kind.ERROR, Kind.LOST, Kind.THROTTLED, Kind.TIMED_OUT, Kind.REFUSED, Kind.EXPIRED),
    *(Kind.TWICE, Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.MEANWHILE),
)
AT_STARTS = (Kind.AHEAD, Kind.BEHIND, Kind.ASTRAY)
AT_DELIVERIES = (Kind.DOUBLED, Kind.LATE, Kind.VANISHED)
START, DELIVERY = "started", "delivered"
_SEND = "sesv2.SendEmail"
# AWS refuses what was signed more than five minutes ago, or will be: no call gets through then.
SKEW = timedelta(minutes=4)


@dataclass(frozen=True, order=True)
class Boundary:
    """
    Where something can go wrong.

    *who* is a step, or what is delivered; *run* counts its invocations or deliveries, *call* the
    calls of one invocation, and *what* is the call's name.
    """

    who: str
    run: int
    call: int
    what: str

    def __str__(self) -> str:
        return f"{self.who} {self.run}.{self.call} {self.what}"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The ways in which it can go wrong here."""
        if self.what == START:
            return AT_STARTS
        if self.what == DELIVERY:
            return AT_DELIVERIES
        if self.what == _SEND:  # its client asks once
            return tuple(kind for kind in AT_CALLS if kind is not Kind.TWICE)
        return AT_CALLS


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    at: Boundary
    kind: Kind

    def __str__(self) -> str:
        return f"{self.at}: {self.kind.value}"


@dataclass(frozen=True)
class Fired:
    """A fault that happened, and when."""

    fault: Fault
    at: datetime


class Plan:
    """Nothing goes wrong. `fired` is what did, `seen` every boundary that was passed."""

    def __init__(self) -> None:
        self.fired: list[Fired] = []
        self.seen: list[Boundary] = []

    def kind(self, at: Boundary, now: datetime) -> Kind | None:
        """Return what goes wrong here, None for nothing."""
        self.seen.append(at)
        found = self._kind(at, now)
        if found:
            self.fired.append(Fired(Fault(at, found), now))
        return found

    def _kind(self, _at: Boundary, _now: datetime) -> Kind | None:
        return None


class Exactly(Plan):
    """These faults and no others."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__()
        self._faults: Mapping[Boundary, Kind] = {fault.at: fault.kind for fault in faults}

    def _kind(self, at: Boundary, _now: datetime) -> Kind | None:
        return self._faults.get(at)


class Dicey(Plan):
    """At every boundary something goes wrong with *probability*, until all is *healed*."""

    def __init__(self, seed: int, probability: float, healed: datetime) -> None:
        super().__init__()
        self._dice, self._probability, self._healed = random.Random(seed), probability, healed

    def _kind(self, at: Boundary, now: datetime) -> Kind | None:
        if now >= self._healed or self._dice.random() >= self._probability:
            return None
        return self._dice.choice(at.kinds)


@dataclass(frozen=True)
class Outage:
    """Calls of some services fail in one way, from one time to another."""

    services: Collection[str]  # "sesv2", one call ("sqs.SendMessage"), or a step ("CheckUpload")
    kind: Kind
    begins: datetime
    ends: datetime


class Down(Plan):
    """Whole services are away for a while."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        super().__init__()
        self._outages = tuple(outages)

    def _kind(self, at: Boundary, now: datetime) -> Kind | None:
        names = {at.what, at.what.partition(".")[0], at.who}
        for outage in self._outages:
            if not names.isdisjoint(outage.services) and outage.begins <= now < outage.ends:
                return outage.kind if outage.kind in at.kinds else None
        return None
