"""SES events, from their queue, into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from intake import batch, clock, counting, settings
from intake.aws.addresses import Addresses
from intake.aws.clients import client
from intake.aws.ledger import Ledger
from intake.aws.queues import Queue
from intake.canary import is_canary
from intake.init_phase import warm
from track_delivery import report
from track_delivery.record import FALLBACK_OWED, NOBODY_TOLD, Recorder

logger = Logger()
_LOUD = (FALLBACK_OWED, NOBODY_TOLD)


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    inquiry_table: str
    team_queue: str


@cache
def wiring() -> Recorder:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb = client("dynamodb")
    return Recorder(
        Ledger(dynamodb, given.inquiry_table),
        Addresses(dynamodb, given.inquiry_table),
        Queue(client("sqs"), given.team_queue),
        _ring,
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Write what became of each letter."""
    return batch.each(event, _record, logger)


def _record(body: Mapping[str, Any]) -> None:
    told = report.read(body)
    result = wiring().record(told, clock.now())
    is_news = result == told.meaning.words
    log = logger.info
    if result in _LOUD:
        log = logger.error
    elif is_news and told.meaning.failed:  # a sender's: nobody is woken, and it is seen
        log = logger.warning
    log(result, event=told.event, reason=told.reason, inquiry=told.inquiry, letter=told.letter)
    # The canary has a metric of its own.
    if is_news and told.is_delivery and not is_canary(told.inquiry):
        counting.count("LettersDelivered")


def _ring() -> None:
    # The same as for a delivery that nobody reported: the team's address does not work.
    counting.count("LettersUndelivered")


warm(wiring)
