"""The schedule's tick: one sweep, one log line, and the metrics that alarms watch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from intake import clock, settings
from intake.aws.announcing import Announcer
from intake.aws.clients import client
from intake.aws.files import Files
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.queues import CheckQueue, MailQueues, Queue
from intake.canary import is_canary
from intake.init_phase import warm
from intake.inquiry import SENDER_LETTERS, Letter
from retry_stalled.sweep import Sweep, Tally

logger = Logger()
metrics = Metrics()

# What one item may still take (four calls that time out), and then the end of the sweep.
_ENOUGH_MS = 20_000


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    inquiry_table: str
    uploads_bucket: str
    check_queue: str
    team_queue: str
    sender_queue: str


@cache
def wiring() -> Sweep:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb, sqs = client("dynamodb"), client("sqs")
    ledger = Ledger(dynamodb, given.inquiry_table)
    team = Queue(sqs, given.team_queue)
    return Sweep(
        Files(dynamodb, given.inquiry_table),
        ledger,
        Announcer(InquiryTable(dynamodb, given.inquiry_table), ledger, team),
        given.uploads_bucket,
        CheckQueue(Queue(sqs, given.check_queue)),
        MailQueues(team, Queue(sqs, given.sender_queue)),
    )


class UnfinishedSweepError(Exception):
    """Some items could not be looked at: the function fails, and its alarm rings."""


@logger.inject_lambda_context(clear_state=True)
def handle(_event: dict[str, Any], context: Any) -> None:
    """Push on what is due, ring for what is late, and only then close what rang."""
    now, sweep = clock.now(), wiring()
    tally = sweep.run(now, lambda: context.get_remaining_time_in_millis() > _ENOUGH_MS)
    _count(tally)
    _log(tally)
    sweep.close(tally.undelivered, now, tally.failures)
    if tally.failures or tally.unreadable:
        raise UnfinishedSweepError


def _count(tally: Tally) -> None:
    """Print the metrics, on a quiet minute too: silence is an alarm."""
    missed = [letter for letter in tally.undelivered if _is_for_people(letter)]
    metrics.add_metric("LettersOverdue", MetricUnit.Count, len(tally.overdue))
    metrics.add_metric("LettersUndelivered", MetricUnit.Count, len(missed))
    metrics.add_metric("WithheldTooLong", MetricUnit.Count, len(tally.withheld_too_long))
    metrics.add_metric("FilesUnscanned", MetricUnit.Count, len(tally.unscanned))
    metrics.add_metric("QueueErrors", MetricUnit.Count, len(tally.queue_errors))
    metrics.flush_metrics()


def _log(tally: Tally) -> None:
    for letter in tally.overdue:
        logger.warning("letter overdue", inquiry=letter.inquiry, letter=letter.kind)
    for letter in tally.undelivered:
        logger.warning("delivery not reported", inquiry=letter.inquiry, letter=letter.kind)
    for file in tally.withheld_too_long:
        logger.warning("file withheld for too long", inquiry=file.inquiry, file=file.n)
    for file in tally.unscanned:
        logger.warning("file not scanned", inquiry=file.inquiry, file=file.n)
    for item in tally.unreadable:
        logger.error("item not readable", item=item)
    is_loud = tally.overdue or tally.queue_errors or tally.failures or tally.left
    missed = any(map(_is_for_people, tally.undelivered))
    log = logger.error if is_loud or missed else logger.info
    log(
        "swept",
        files_pushed=tally.files_pushed,
        letters_pushed=tally.letters_pushed,
        letters_overdue=len(tally.overdue),
        letters_undelivered=len(tally.undelivered),
        queue_errors=sorted(tally.queue_errors),
        failures=sorted(set(tally.failures)),
        left=tally.left,
    )


def _is_for_people(letter: Letter) -> bool:
    """Tell whether the team misses *letter*; what becomes of the canary's has its own alarm."""
    return letter.kind not in SENDER_LETTERS and not is_canary(letter.inquiry)


warm(wiring)
