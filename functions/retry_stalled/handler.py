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
from retry_stalled.sweep import Sweep

logger = Logger()
metrics = Metrics()


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


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(_event: dict[str, Any], _context: Any) -> None:
    """Push on what is due. The metrics are written on a quiet minute too: silence is an alarm."""
    tally = wiring().run(clock.now())
    metrics.add_metric("LettersOverdue", MetricUnit.Count, len(tally.overdue))
    missed = [letter for letter in tally.undelivered if _is_for_people(letter)]
    metrics.add_metric("LettersUndelivered", MetricUnit.Count, len(missed))
    metrics.add_metric("WithheldTooLong", MetricUnit.Count, len(tally.withheld_too_long))
    metrics.add_metric("FilesUnscanned", MetricUnit.Count, len(tally.unscanned))
    metrics.add_metric("QueueErrors", MetricUnit.Count, len(tally.queue_errors))
    for letter in tally.overdue:
        logger.warning("letter overdue", inquiry=letter.inquiry, letter=letter.kind)
    for letter in tally.undelivered:
        logger.warning("delivery not reported", inquiry=letter.inquiry, letter=letter.kind)
    for file in tally.withheld_too_long:
        logger.warning("file withheld for too long", inquiry=file.inquiry, file=file.n)
    for file in tally.unscanned:
        logger.warning("file not scanned", inquiry=file.inquiry, file=file.n)
    loud = tally.overdue or missed or tally.queue_errors
    log = logger.error if loud else logger.info
    log(
        "swept",
        files_pushed=tally.files_pushed,
        letters_pushed=tally.letters_pushed,
        letters_overdue=len(tally.overdue),
        letters_undelivered=len(tally.undelivered),
        queue_errors=sorted(tally.queue_errors),
    )


def _is_for_people(letter: Letter) -> bool:
    """Tell whether the team misses *letter*; what becomes of the canary's has its own alarm."""
    return letter.kind not in SENDER_LETTERS and not is_canary(letter.inquiry)


warm(wiring)
