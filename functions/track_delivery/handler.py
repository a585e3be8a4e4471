"""SES events, from their queue, into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from intake import batch, clock, settings
from intake.aws.clients import client
from intake.aws.ledger import Ledger
from intake.aws.queues import Queue
from intake.init_phase import warm
from track_delivery import report
from track_delivery.record import FALLBACK_OWED, NOBODY_TOLD, record

logger = Logger()
_LOUD = (FALLBACK_OWED, NOBODY_TOLD)


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    inquiry_table: str
    team_queue: str


@cache
def wiring() -> dict[str, Any]:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    return {
        "ledger": Ledger(client("dynamodb"), given.inquiry_table),
        "team": Queue(client("sqs"), given.team_queue),
    }


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Write what became of each letter."""
    return batch.each(event, _record, logger)


def _record(body: Mapping[str, Any]) -> None:
    told = report.read(body)
    result = record(told, clock.now(), **wiring())
    log = logger.error if result in _LOUD else logger.info
    log(result, event=told.event, reason=told.reason, inquiry=told.inquiry, letter=told.letter)
    if result in _LOUD:
        # The same as for a delivery that nobody reported: the team's address does not work.
        with single_metric("LettersUndelivered", MetricUnit.Count, 1):
            pass


warm(wiring)
