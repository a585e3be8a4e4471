"""A round: the letters that a batch of queue messages names, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from intake import batch, clock, counting
from intake.canary import is_canary
from intake.inquiry import TEAM_ESCALATION
from intake.letters.posting import GAVE_UP, IN_DOUBT, POSTPONED, SENT, Desk, Outcome

# What an alarm watches, or a service level is made of; everything else is in the log.
_METRICS = {
    SENT: "LettersSent",
    POSTPONED: "LettersPostponed",
    GAVE_UP: "LettersGivenUp",
}


def post_each(
    event: Mapping[str, Any], desk: Desk, logger: Logger, milliseconds: Callable[[], int]
) -> dict[str, Any]:
    """
    Post the letters that a batch of queue messages names; log one line for each.

    *milliseconds* tells how many of them the invocation still has.
    """

    def left() -> float:
        return milliseconds() / 1000

    def work(body: Mapping[str, Any]) -> None:
        inquiry, kind = body["inquiry"], body["letter"]
        outcome = desk.post(inquiry, kind, clock.now, left)
        log = {
            GAVE_UP: logger.error,
            IN_DOUBT: logger.warning,
            POSTPONED: logger.warning,
        }.get(outcome.result, logger.info)
        log(
            outcome.result,
            inquiry=inquiry,
            letter=kind,
            reason=outcome.reason,
            files=outcome.files,
            repeat=outcome.repeat,
        )
        if not is_canary(inquiry):  # which has a metric of its own
            _count(kind, outcome)

    return batch.each(event, work, logger)


def _count(kind: str, outcome: Outcome) -> None:
    if outcome.result in _METRICS:
        counting.count(_METRICS[outcome.result])
    if outcome.seconds is not None:
        counting.took("LetterSeconds", outcome.seconds)
    if kind == TEAM_ESCALATION and outcome.result in {SENT, IN_DOUBT}:
        counting.count("UnopenedPastServiceDate")
