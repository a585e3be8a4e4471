"""The drills: what is away, for how long, which alarm tells of it, and by when all is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from infra.local.queues import name_of
from intake.inquiry import RECEIPT, TEAM_NEW
from tests.faults.drilling import Drill
from tests.faults.machine import Machine, Mailed
from tests.faults.plan import EVENTS, MESSAGE, TICK, Kind
from tests.faults.told import (
    begun,
    dead,
    delete,
    given_up,
    in_doubt,
    owed,
    redrive,
    undelivered,
    unscanned,
)
from tests.handlers import blueprint

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEPS = ("CheckUpload", "NotifyTeam", "ReplyToSender", "TrackDelivery")
ERRORS = tuple(f"{step}Errors" for step in STEPS)
QUEUES_OLD = tuple(f"{queue}QueueOld" for queue in ("Check", "Team", "Sender", "Delivery"))
DEAD_LETTERS = tuple(f"{queue}DeadLetters" for queue in ("Check", "Team", "Sender", "Delivery"))
CONSUMERS = frozenset(f"{MESSAGE}{step}" for step in STEPS)
SCANS = frozenset({"GuardDuty Malware Protection Object Scan Result"})
# How SES is away, and how long after its return the next attempt is made at the latest, when it
# was away for half an hour or for a day.
_SES = {
    "suspends the account": (Kind.REFUSED, 62 * _MINUTE, 62 * _MINUTE),
    "pauses sending": (Kind.PAUSED, 62 * _MINUTE, 62 * _MINUTE),
    "throttles": (Kind.THROTTLED, 62 * _MINUTE, 62 * _MINUTE),
    "does not answer": (Kind.SILENT, 62 * _MINUTE, 62 * _MINUTE),
    "has sent its daily quota": (Kind.QUOTA, 242 * _MINUTE, 242 * _MINUTE),
}


def ses() -> Iterator[Drill]:
    """SES is away, in each way, for half an hour and for longer than a day; then for two."""
    for how, (kind, soon, later) in _SES.items():
        for span, lasts, recovers in [
            ("30 min", 30 * _MINUTE, soon),
            ("26 h", 26 * _HOUR, later),
        ]:
            yield Drill(
                f"SES {how}, {span}", lasts, [({"sesv2"}, kind)], {"LettersOverdue": owed}, recovers
            )
    yield Drill(
        "SES suspends the account, 50 h",
        50 * _HOUR,
        [({"sesv2"}, Kind.REFUSED)],
        {"LettersOverdue": owed, "LettersGivenUp": given_up},
        62 * _MINUTE,
        gives_up=True,
    )


def _bounces(kind: str) -> Callable[[Machine], None]:
    """Return what has each letter of *kind* bounce from now on."""

    def fate(mailed: Mailed) -> tuple[str, ...]:
        return ("Send", "Bounce") if mailed.letter == kind else ("Send", "Delivery")

    def happens(machine: Machine) -> None:
        machine.fate = fate

    return happens


def _poison(machine: Machine) -> None:
    """Put a message into each queue that no step can read."""
    for trigger in blueprint().triggers:
        machine.cloud.send(name_of(trigger.queue_arn), '{"poison":true}')


DRILLS: tuple[Drill, ...] = (
    *ses(),
    Drill(
        "SES takes letters, but its answers and events are lost, 3 h",
        3 * _HOUR,
        [({"sesv2"}, Kind.TIMED_OUT), ({EVENTS}, Kind.VANISHED)],
        {"LettersOverdue": in_doubt},
        62 * _MINUTE,
        also=("LettersUndelivered", "FilesUnscanned"),
        repeats=50,
    ),
    Drill(
        "the table is away, 10 min",
        10 * _MINUTE,
        [({"dynamodb"}, Kind.ERROR)],
        {"RetryStalledErrors": begun, "ApiFails": begun},
        32 * _MINUTE,
        also=("MessagesFailed", "RetryStalledSilent", "CheckQueueOld", "DeliveryQueueOld"),
    ),
    Drill(
        "the queues are away, 1 h",
        _HOUR,
        [({"sqs"}, Kind.ERROR), (CONSUMERS | {EVENTS}, Kind.HELD)],
        {"LettersOverdue": owed},
        32 * _MINUTE,
        also=("QueueErrors", "LettersUndelivered", "CheckQueueOld"),
    ),
    Drill(
        "S3 is away, 30 min",
        30 * _MINUTE,
        [({"s3"}, Kind.ERROR)],
        {"ApiFails": begun, "MessagesFailed": begun},
        32 * _MINUTE,
        also=("CheckQueueOld",),
    ),
    Drill(
        "the scanner is silent, 6 h, and tells all of it then",
        6 * _HOUR,
        [(SCANS, Kind.HELD)],
        {"FilesUnscanned": unscanned},
        2 * _MINUTE,
    ),
    Drill(
        "the scanner is silent, 6 h, and never tells of it",
        6 * _HOUR,
        [(SCANS, Kind.VANISHED)],
        {"FilesUnscanned": unscanned},
        62 * _MINUTE,
    ),
    Drill(
        "no queue is read, 3 days",
        3 * _DAY,
        [(CONSUMERS, Kind.HELD)],
        {"LettersOverdue": owed},
        10 * _MINUTE,
        also=QUEUES_OLD[:3],
        writers=1,
    ),
    Drill(
        "EventBridge drops everything, 25 h",
        25 * _HOUR,
        [({EVENTS}, Kind.VANISHED)],
        {"LettersUndelivered": undelivered, "FilesUnscanned": unscanned},
        182 * _MINUTE,
    ),
    Drill(
        "the sweep stands still and messages are lost, 2 h",
        2 * _HOUR,
        [({TICK, *CONSUMERS}, Kind.VANISHED)],
        {"RetryStalledSilent": owed},
        15 * _MINUTE,
        also=("LettersOverdue", "LettersUndelivered"),
    ),
    Drill(
        "the steps crash, 3 h, and their dead letters are left for 13 days",
        3 * _HOUR,
        [(set(STEPS), Kind.KILLED_BEFORE)],
        {"LettersOverdue": owed, **dict.fromkeys(DEAD_LETTERS, dead)},
        32 * _MINUTE,
        also=(*ERRORS, *QUEUES_OLD, "LettersUndelivered", "UnopenedPastServiceDate"),
        by_hand=redrive,
        left=13 * _DAY - 4 * _HOUR,
    ),
    Drill(
        "a message that no step can read lies in each queue",
        timedelta(0),
        [],
        {"MessagesFailed": begun, **dict.fromkeys(DEAD_LETTERS, dead)},
        3 * _HOUR,
        also=QUEUES_OLD,
        by_hand=delete,
        left=5 * _MINUTE,
        happens=_poison,
    ),
    Drill(
        "the sender's address bounces",
        timedelta(0),
        [],
        {},
        10 * _MINUTE,
        happens=_bounces(RECEIPT),
    ),
    Drill(
        "the team's address bounces",
        timedelta(0),
        [],
        {"LettersUndelivered": undelivered},
        10 * _MINUTE,
        happens=_bounces(TEAM_NEW),
    ),
)
