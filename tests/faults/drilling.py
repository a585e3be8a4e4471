"""How a drill is lived through: what is away for how long, who writes meanwhile, what is seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infra.local.queues import name_of
from intake import scanning
from intake.inquiry import RECEIPT, TEAM_FALLBACK, TEAM_NEW, Case
from tests.alarms import ALARM
from tests.faults.cases import Result, is_over
from tests.faults.invariants import (
    PROMISE,
    Broken,
    Witness,
    alarmed_after,
    cases,
    liveness,
    repeats,
)
from tests.faults.machine import MINUTE, NOW, Machine, Mailed
from tests.faults.people import AGAIN_AFTER, Patient, a_clean_file, scanned
from tests.faults.plan import Down, Kind, Outage
from tests.faults.told import BEGINS, dead_queues
from tests.handlers import blueprint

_SECOND = timedelta(seconds=1)
# By then an alarm that looks back on an hour has forgotten.
_FORGOTTEN = timedelta(minutes=70)
_LONGEST = timedelta(hours=8)
_BAD = "drill: "
# Nobody sends a canary here: it has a schedule of its own, and tests of its own.
_NOT_PLAYED = {"CanaryMissing"}


def delivered(_mailed: Mailed) -> tuple[str, ...]:
    """Have every mail reach its reader."""
    return "Send", "Delivery"


@dataclass(frozen=True)
class Drill:
    """
    What is away for how long, and what has to be seen.

    *rings* names alarms, each with what it tells of: it rings within five minutes of when the first
    of that was due. *also* are all others that ring. By *recovers* after the end all that was stuck
    is done, by itself. *by_hand* is what a person does *left* later, so that all is silent again.
    """

    name: str
    lasts: timedelta
    away: Sequence[tuple[Collection[str], Kind]]
    rings: Mapping[str, Callable[[Run, str], Iterator[datetime]]]
    recovers: timedelta
    also: Collection[str] = ()
    writers: int = 3  # pairs of them meanwhile; fewer where what piles up takes a test's time
    gives_up: bool = False
    repeats: int = 0
    happens: Callable[[Machine], None] = lambda _machine: None
    by_hand: Callable[[Machine], None] | None = None
    left: timedelta = timedelta(0)

    @property
    def ends(self) -> datetime:
        """When nothing is away any more."""
        return BEGINS + self.lasts

    @property
    def is_short(self) -> bool:
        """Whether it takes about a second."""
        return self.recovers + self.lasts + self.left < timedelta(hours=9)

    def patients(self) -> list[Patient]:
        """Return who writes before it, as it begins, meanwhile and after; with files and not."""
        last = self.ends + self.recovers + MINUTE
        stuck = [BEGINS + MINUTE, BEGINS - _SECOND, self.ends - MINUTE]
        when = [NOW, *stuck[: self.writers], last]
        return [
            Patient(
                n,
                files=[a_clean_file(n)] if n % 2 else [],
                patience=(*AGAIN_AFTER, *AGAIN_AFTER[-2:]),
                comes_after=at - NOW,
            )
            for n, at in enumerate(at for at in when for _ in range(2))
        ]

    def run(self, machine: Machine) -> Run:
        """Live through it."""
        return Run(self, machine).lived()


@dataclass
class Run:
    """One drill as it was lived through."""

    drill: Drill
    machine: Machine
    dead: dict[str, datetime] = field(default_factory=dict)  # when the first letter lay in each
    recovered: datetime | None = None
    kept: Mapping[str, Case] = field(default_factory=dict)
    result: Result = field(init=False)

    def lived(self) -> Run:
        """Live through it, and look at what is left."""
        drill, machine = self.drill, self.machine
        patients = drill.patients()
        outages = [Outage(who, kind, BEGINS, drill.ends) for who, kind in drill.away]
        plan = Down(outages)
        machine.begin(plan)
        machine.cloud.index_lag(timedelta(0))
        machine.scanner = scanned
        witness = Witness(machine, patients)
        for patient in patients:
            machine.act(patient.script(machine), after=patient.comes_after)
        try:
            self._live()
        finally:
            machine.fate = delivered
        self.kept = cases(machine)
        broken = [*witness.broken, *liveness(witness), *self._broken()]
        accepted = sum(bool(patient.promised) for patient in patients)
        late = alarmed_after(witness)
        self.result = Result(plan, broken, accepted, repeats(machine), machine.trace, late)
        return self

    def _live(self) -> None:
        machine, drill = self.machine, self.drill
        self._until(BEGINS)
        drill.happens(machine)
        self._until(drill.ends)
        while machine.now < drill.ends + drill.recovers and not self.recovered:
            self._until(machine.now + MINUTE)
            self.recovered = None if self._is_stuck() else machine.now
        if drill.by_hand:
            self._until(machine.now + drill.left)
            drill.by_hand(machine)
        self._until(max(machine.now, drill.ends + drill.recovers) + _FORGOTTEN)
        latest = machine.now + _LONGEST
        while not is_over(machine) and machine.now < latest:
            self._until(machine.now + MINUTE)

    def line(self) -> str:
        """Say in one line what was seen."""
        rings = [(self.rang(name), self.due(name), name) for name in self.drill.rings]
        rang = [f"{name} {_minutes(at, due)}" for at, due, name in rings if at and due]
        recovered = _minutes(self.recovered, self.drill.ends)
        return (
            f"{self.drill.name}: {', '.join(rang) or 'nothing rings'}; all done {recovered} after;"
            f" {self.result.repeats} repeats"
        )

    def _until(self, at: datetime) -> None:
        while self.machine.now < at:
            self.machine.run(min(at, self.machine.now + MINUTE))
            for queue in dead_queues():
                if queue not in self.dead and self.machine.cloud.depth(queue):
                    self.dead[queue] = self.machine.now

    def _is_stuck(self) -> bool:
        machine = self.machine
        waits = any(machine.cloud.oldest(name_of(t.queue_arn)) for t in blueprint().triggers)
        return waits or any(_is_stuck(case) for case in cases(machine).values())

    # ---- What has to be seen ------------------------------------------------------------------

    def rang(self, name: str) -> datetime | None:
        """Return when the alarm *name* rang first."""
        rang = (c.at for c in self.machine.watch.history if (c.name, c.state) == (name, ALARM))
        return next(rang, None)

    def due(self, name: str) -> datetime | None:
        """Return when the first of what the alarm *name* tells of was due."""
        return min(self.drill.rings[name](self, name), default=None)

    def first(self, case: Case, kind: str) -> datetime | None:
        """Return when SES first took the letter *kind* of *case*."""
        mails = self.machine.mails
        return next((m.at for m in mails if (m.inquiry, m.letter) == (case.inquiry.id, kind)), None)

    def _broken(self) -> Iterator[Broken]:
        for name in self.drill.rings:
            due, rang = self.due(name), self.rang(name)
            if due is None or rang is None or rang > due + PROMISE:
                yield Broken(f"{_BAD}rings in time", f"{name} at {rang} for what was due at {due}")
        rung = {c.name for c in self.machine.watch.history if c.state == ALARM} - _NOT_PLAYED
        if rung != {*self.drill.rings, *self.drill.also}:
            yield Broken(f"{_BAD}rings by name", f"{sorted(rung)}")
        ringing = self.machine.watch.ringing - _NOT_PLAYED
        if ringing:
            yield Broken(f"{_BAD}falls silent", f"{sorted(ringing)} still ring")
        if not self.recovered:
            yield Broken(f"{_BAD}recovers by itself", "something is still stuck")
        yield from self._given_up()
        if repeats(self.machine) > self.drill.repeats:
            yield Broken(f"{_BAD}no letter comes twice", f"{repeats(self.machine)} did")

    def _given_up(self) -> Iterator[Broken]:
        given_up = [
            (case, letter)
            for case in self.kept.values()
            for letter in case.letters.values()
            if letter.gave_up_at
        ]
        if bool(given_up) != self.drill.gives_up:
            yield Broken(f"{_BAD}gives up after 48 hours, not before", f"{len(given_up)} letters")
        for case, letter in given_up:
            if letter.kind == TEAM_NEW and not self.first(case, TEAM_FALLBACK):
                yield Broken(f"{_BAD}what is given up is told elsewhere", case.inquiry.id)


def _minutes(at: datetime | None, since: datetime) -> str:
    return f"{(at - since) / MINUTE:.0f} min" if at else "never"


def _is_stuck(case: Case) -> bool:
    letters = [case.letters[kind] for kind in (TEAM_NEW, RECEIPT)]
    unsent = any(not (each.sent_at or each.gave_up_at) for each in letters)
    return unsent or any(not f.checked_at or scanning.is_unscanned(f) for f in case.files)
