"""What goes wrong, and where: a boundary is one call, one start of a step or one delivery."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
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
    AHEAD = "clock 45 seconds ahead"
    BEHIND = "clock 45 seconds behind"
    ASTRAY = "clock 15 minutes off"
    # At a delivery: an event, or a message of a queue.
    DOUBLED = "delivered twice"
    LATE = "delivered late"
    VANISHED = "never delivered"
    # While something is away: nobody answers, SES sends for nobody, or what comes waits till then.
    SILENT = "not done, read time-out"
    PAUSED = "sending paused"
    QUOTA = "daily quota used up"
    HELD = "held back until it is over"


AT_CALLS = (
    *(Kind.ERROR, Kind.LOST, Kind.THROTTLED, Kind.TIMED_OUT, Kind.REFUSED, Kind.EXPIRED),
    *(Kind.TWICE, Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.MEANWHILE),
)
AT_STARTS = (Kind.AHEAD, Kind.BEHIND, Kind.ASTRAY)
IN_OUTAGES = (Kind.SILENT, Kind.PAUSED, Kind.QUOTA)
AT_DELIVERIES = (Kind.DOUBLED, Kind.LATE, Kind.VANISHED)
START, DELIVERY = "started", "delivered"
EVENTS = "events"
TICK = "tick"
MESSAGE = "message to "
_NEVER = {
    ("sesv2.SendEmail", Kind.TWICE),  # its client asks once
    # A twin has its own process to open files with; ours would wait for itself.
    ("s3.GetObject", Kind.MEANWHILE),
}
# Two clocks then differ by less than a letter's lease; beyond it the lease means nothing. AWS
# refuses what was signed more than five minutes ago, or will be: ASTRAY gets no call through.
SKEW = timedelta(seconds=45)


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
        return tuple(kind for kind in AT_CALLS if (self.what, kind) not in _NEVER)

    @property
    def while_away(self) -> tuple[Kind, ...]:
        """The ways in which it can go wrong for as long as something is away."""
        if self.what == DELIVERY:
            return (*AT_DELIVERIES, Kind.HELD)
        return (*self.kinds, *IN_OUTAGES) if self.what != START else AT_STARTS

    @property
    def names(self) -> frozenset[str]:
        """By what outages name it: its step, its service, its call, or what is delivered."""
        is_event = self.what == DELIVERY and not self.who.startswith((TICK, MESSAGE))
        more = {EVENTS} if is_event else set()
        return frozenset({self.who, self.what, self.what.partition(".")[0], *more})


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

    def opens(self, _at: Boundary, _now: datetime) -> datetime | None:
        """Return when what is held back now is let go; None: it is not held back."""
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

    # "sesv2", one call ("sqs.SendMessage"), a step ("CheckUpload"), one delivery (TICK) or EVENTS
    services: Collection[str]
    kind: Kind
    begins: datetime
    ends: datetime


class Down(Plan):
    """Whole services are away for a while."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        super().__init__()
        self._outages = tuple(outages)
        self._waiting: set[str] = set()

    def _kind(self, at: Boundary, now: datetime) -> Kind | None:
        for outage in self._under_way(at, now):
            if outage.kind in at.while_away:
                return outage.kind
        return None

    def opens(self, at: Boundary, now: datetime) -> datetime | None:
        """Return when the last outage ends that holds it back now."""
        held = (outage for outage in self._under_way(at, now) if outage.kind is Kind.HELD)
        opens = max((outage.ends for outage in held), default=None)
        if opens and not at.run and at.who not in self._waiting:  # a queue: no delivery of its own
            self._waiting.add(at.who)
            self.fired.append(Fired(Fault(at, Kind.HELD), now))
        return opens

    def _under_way(self, at: Boundary, now: datetime) -> Iterator[Outage]:
        for outage in self._outages:
            if outage.begins <= now < outage.ends and not at.names.isdisjoint(outage.services):
                yield outage
