"""What alarms tell of, and what a person does about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from infra.local.queues import name_of
from intake import scanning
from intake.inquiry import RECEIPT, TEAM_NEW
from tests.faults.invariants import PROMISE
from tests.faults.machine import NOW, Machine
from tests.handlers import blueprint

if TYPE_CHECKING:
    from tests.faults.drilling import Run

BEGINS = NOW + timedelta(minutes=10)


# ---- What alarms tell of ------------------------------------------------------------------------


def owed(run: Run, _alarm: str) -> Iterator[datetime]:
    """Yield since when each letter was owed that did not leave in time."""
    for case in run.kept.values():
        for kind in (TEAM_NEW, RECEIPT):
            since, sent = case.letters[kind].owed_at, run.first(case, kind)
            if since and (sent is None or sent > since + PROMISE):
                yield since


def in_doubt(run: Run, _alarm: str) -> Iterator[datetime]:
    """Yield since when each letter was owed of which nobody knew in time whether SES had it."""
    for case in run.kept.values():
        for kind in (TEAM_NEW, RECEIPT):
            letter = case.letters[kind]
            if letter.owed_at and letter.sent_at and letter.sent_at > letter.owed_at + PROMISE:
                yield letter.owed_at


def undelivered(run: Run, _alarm: str) -> Iterator[datetime]:
    """Yield from when on each letter to the team should have been reported delivered."""
    for case in run.kept.values():
        for letter in case.letters.values():
            if letter.kind != RECEIPT and letter.sent_at and not letter.delivered_at:
                yield letter.bounced_at or letter.sent_at + timedelta(minutes=15)


def unscanned(run: Run, _alarm: str) -> Iterator[datetime]:
    """Yield when each file was withheld because nobody had scanned it."""
    for case in run.kept.values():
        for file in case.files:
            since = scanning.given_up_at(file)
            if file.checked_at and file.checked_at >= since:
                yield since


def given_up(run: Run, _alarm: str) -> Iterator[datetime]:
    """Yield when each letter was given up."""
    for case in run.kept.values():
        yield from (each.gave_up_at for each in case.letters.values() if each.gave_up_at)


def dead(run: Run, alarm: str) -> Iterator[datetime]:
    """Yield when the first dead letter lay in the queue that *alarm* watches."""
    yield from (at for queue, at in run.dead.items() if queue.endswith(alarm[: -len("Letters")]))


def begun(_run: Run, _alarm: str) -> Iterator[datetime]:
    """Yield when it began."""
    yield BEGINS


# ---- What a person does -------------------------------------------------------------------------


@cache
def dead_queues() -> dict[str, str]:
    """Return the dead-letter queues, each with the queue that it is for."""
    found: dict[str, str] = {}
    for name, queue in blueprint().queues.items():
        redrive: Any = queue.properties.get("RedrivePolicy")
        if redrive:
            found[name_of(redrive["deadLetterTargetArn"])] = name
    return found


def redrive(machine: Machine) -> None:
    """Put every dead letter back to where it came from."""
    for queue, source in dead_queues().items():
        while messages := machine.cloud.receive(queue, 10):
            for message in messages:
                machine.cloud.send(source, message["Body"])
                machine.cloud.delete(queue, message["ReceiptHandle"])


def delete(machine: Machine) -> None:
    """Delete every dead letter."""
    for queue in dead_queues():
        while messages := machine.cloud.receive(queue, 10):
            for message in messages:
                machine.cloud.delete(queue, message["ReceiptHandle"])
