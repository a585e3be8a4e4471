"""What S3, the scanner and SES tell, each once or twice, in every order, leave the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from infra.local.queues import name_of
from tests.faults.cases import Result, is_over
from tests.faults.invariants import Broken, Witness, liveness, repeats
from tests.faults.machine import NOW, Machine, Mailed
from tests.faults.people import Patient, of_one_size, scanned
from tests.faults.plan import MESSAGE, Down, Kind, Outage
from tests.handlers import blueprint

ARRIVED, SCANNED, DONE = "Object Created", "scanned clean", "that is all"
_SECOND = timedelta(seconds=1)
_HELD = NOW + 25 * _SECOND
_READERS = {f"{MESSAGE}{step}" for step in ("CheckUpload", "TrackDelivery")}
# Times and what is counted: when something was done, and how often it was looked at.
_TIMES = re.compile(r"_at$|_until$")
_NOT_STATE = {"pushed_at", "due_shard", "attempts", "message_id", "claimed_at"}
_LONGEST = NOW + timedelta(hours=2)


class Uploading(Patient):
    """Announces nothing, so that the team hears at once, and sends a file behind the link."""

    def form(self) -> dict[str, Any]:
        """Return the answers, without records."""
        answers = super().form()
        answers.pop("records", None)
        return answers


@dataclass(frozen=True, eq=False)
class Orders:
    """What is told, each so many times, of a file or of the letter to the team."""

    name: str
    told: Mapping[str, int]
    fate: tuple[str, ...] = ("Send", "Delivery")

    def all(self) -> Iterator[tuple[str, ...]]:
        """Yield every order."""
        yield from _orders(Counter(self.told), ())

    def first(self) -> tuple[str, ...]:
        """Return the order that the others are compared with."""
        return next(self.all())

    def run(self, machine: Machine, order: Sequence[str]) -> tuple[Result, str]:
        """Live through one order; return what was seen, and what is left."""
        return _Run(self, machine).lived(order)


ORDERS = (
    Orders("file and letter", {ARRIVED: 2, SCANNED: 2, "Send": 2, "Delivery": 2}),
    Orders(
        "letter",
        {"Send": 2, "DeliveryDelay": 2, "Delivery": 2, "Bounce": 2},
        ("Send", "DeliveryDelay", "Delivery", "Bounce"),
    ),
    Orders("file", {ARRIVED: 2, SCANNED: 2, DONE: 2}),
)


def _orders(left: Counter[str], before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not left.total():
        yield before
    for what in [what for what in left if left[what]]:
        yield from _orders(left - Counter([what]), (*before, what))


@dataclass
class _Run:
    """One order: the answer of SES is lost, and all that is told is held back and let go."""

    orders: Orders
    machine: Machine
    patient: Uploading = field(default_factory=lambda: Uploading(signed=of_one_size("clean")))

    def lived(self, order: Sequence[str]) -> tuple[Result, str]:
        """Live through it; return what was seen, and what is left."""
        machine = self.machine
        plan = Down(
            [Outage(_READERS, Kind.HELD, NOW, _HELD), Outage({"sesv2"}, Kind.LOST, NOW, _HELD)]
        )
        machine.begin(plan)
        machine.cloud.index_lag(timedelta(0))
        machine.scanner, machine.fate = scanned, self._fate
        witness = Witness(machine, [self.patient])
        machine.act(self._script())
        try:
            machine.run(_HELD - _SECOND)
            told = self._held()
            machine.run(_HELD)
            for what in order:
                told[what]()
                machine.run(machine.now + _SECOND)
            machine.wait(5)
            while not is_over(machine) and machine.now < _LONGEST:
                machine.wait(1)
        finally:
            machine.fate = lambda _mailed: ("Send", "Delivery")
        broken: list[Broken] = [*witness.broken, *liveness(witness)]
        result = Result(plan, broken, 1, repeats(machine), machine.trace)
        return result, left(machine)

    def _fate(self, mailed: Mailed) -> tuple[str, ...]:
        is_first = mailed.letter == "team_new"
        return self.orders.fate if is_first else ("Send", "Delivery")

    def _script(self) -> Iterator[timedelta]:
        patient, machine = self.patient, self.machine
        if DONE not in self.orders.told:
            yield from patient.script(machine)
            return
        patient.signed, signed = (), patient.signed
        yield from patient.script(machine)
        yield from patient.put(machine, signed)

    def _held(self) -> Mapping[str, Callable[[], None]]:
        """Take what waits in the queues; what is not of the orders is told at once."""
        told: dict[str, Callable[[], None]] = {DONE: lambda: self.machine.act(self._say_done())}
        cloud = self.machine.cloud
        for trigger in blueprint().triggers:
            queue = name_of(trigger.queue_arn)
            messages = [m for _ in range(3) for m in cloud.receive(queue, 10)]
            for message in messages:
                cloud.delete(queue, message["ReceiptHandle"])
                body = message["Body"]
                what = _named(json.loads(body))

                def tell(queue: str = queue, body: str = body) -> None:
                    cloud.send(queue, body)

                if what in self.orders.told:
                    told[what] = tell
                else:
                    tell()
        return told

    def _say_done(self) -> Iterator[timedelta]:
        yield from self.patient.say_done(self.machine)


def _named(body: Mapping[str, Any]) -> str:
    if "event" in body:
        return str(body["event"]) if body["letter"] == ["team_new"] else ""
    return SCANNED if "scan_result" in body else ARRIVED


def left(machine: Machine) -> str:
    """Return what lies in the table, the buckets and the readers' hands, without times."""
    rows = [_without_times(row) for row in machine.rows()]
    objects = [
        (bucket, each["Key"])
        for bucket in machine.buckets
        for each in machine.cloud.versions(bucket)
    ]
    mails = sorted((mailed.letter, mailed.mail.part("Text")) for mailed in machine.mails)
    return json.dumps([rows, objects, mails], sort_keys=True)


def _without_times(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: "some time" if _TIMES.search(name) else value
        for name, value in row.items()
        if name not in _NOT_STATE
    }
