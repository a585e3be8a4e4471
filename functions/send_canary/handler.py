"""The schedule's call: one flight, one log line, and the metric that an alarm watches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from intake import canary, clock, settings
from intake.aws.canaries import Flights
from intake.aws.clients import client
from intake.forms import Forms
from intake.init_phase import warm
from send_canary.flight import Aviary
from send_canary.post import Door, fields

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    inquiry_table: str
    records_bucket: str
    form_url: str


@cache
def wiring() -> Aviary:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    form = Forms(given.schemas_dir).get(canary.FORM)
    notice = form.notice("health_data_review", "en")
    return Aviary(
        Flights(client("dynamodb"), client("s3"), given.inquiry_table, given.records_bucket),
        Door(given.form_url, fields(notice.sha256 if notice else "")),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(_event: dict[str, Any], _context: Any) -> None:
    """Send a canary and tell what became of the one before. Silence is an alarm too."""
    outcome = wiring().fly(clock.now)
    if outcome.arrived is None:
        logger.info("canary not judged yet", inquiry=outcome.inquiry)
        return
    with single_metric("CanaryArrived", MetricUnit.Count, int(outcome.arrived)):
        pass
    if not outcome.arrived:
        logger.error(
            "canary lost",
            link=outcome.link,
            inquiry=outcome.inquiry,
            reason=outcome.reason,
            sent=outcome.sent,
        )
        return
    if not outcome.inquiry:
        # Nothing to judge yet. The metric is 1 all the same: the door is open, and without a word
        # the alarm would ring.
        logger.info("canary sent", sent=outcome.sent)
        return
    if outcome.seconds is not None:
        with single_metric("CanarySeconds", MetricUnit.Seconds, outcome.seconds):
            pass
    logger.info(
        "canary arrived", inquiry=outcome.inquiry, seconds=outcome.seconds, sent=outcome.sent
    )


warm(wiring)
