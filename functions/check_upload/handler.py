"""Events of the bucket `uploads`, from their queue, one version each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from check_upload.check import OTHER_VERSION, Checker
from intake import batch, clock, settings
from intake.aws.announcing import Announcer
from intake.aws.clients import client
from intake.aws.files import Files
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.queues import CheckQueue, Queue
from intake.aws.records import RecordsBucket
from intake.aws.uploads import UploadsBucket
from intake.init_phase import warm

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    inquiry_table: str
    uploads_bucket: str
    records_bucket: str
    check_queue: str
    team_queue: str


@cache
def wiring() -> Checker:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb, sqs, s3 = client("dynamodb"), client("sqs"), client("s3", patient=True)
    return Checker(
        Files(dynamodb, given.inquiry_table),
        UploadsBucket(s3, given.uploads_bucket),
        RecordsBucket(s3, given.records_bucket),
        CheckQueue(Queue(sqs, given.check_queue)),
        Announcer(
            InquiryTable(dynamodb, given.inquiry_table),
            Ledger(dynamodb, given.inquiry_table),
            Queue(sqs, given.team_queue),
        ),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Check each version that a message names; name the messages that crashed."""
    return batch.each(event, _check, logger)


def _check(body: Mapping[str, Any]) -> None:
    outcome = wiring().check(body, clock.now())
    log = logger.warning if outcome.result == OTHER_VERSION else logger.info
    log(
        outcome.result,
        inquiry=outcome.inquiry,
        file=outcome.file,
        verdict=outcome.verdict,
        reason=outcome.reason,
    )


warm(wiring)
