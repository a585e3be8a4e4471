"""Events of the bucket `uploads` and of its scanner, from their queue, one version each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from check_upload.check import OTHER_VERSION, WITHDRAWN, Checker
from check_upload.inspector import Inspector
from check_upload.scan import Plan
from check_upload.settle import Settling
from intake import batch, clock, counting, settings
from intake.aws.announcing import Announcer
from intake.aws.clients import client
from intake.aws.files import Files
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.queues import CheckQueue, Queue
from intake.aws.records import RecordsBucket
from intake.aws.scans import Scanner
from intake.aws.uploads import UploadsBucket
from intake.aws.verdicts import Verdicts
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
    malware_plan: str


@cache
def inspector() -> Inspector:
    """Have the process that opens files start to load, once for all of them."""
    made = Inspector()
    made.start()
    return made


@cache
def wiring() -> Checker:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb, sqs, s3 = client("dynamodb"), client("sqs"), client("s3", patient=True)
    uploads = UploadsBucket(s3, given.uploads_bucket)
    return Checker(
        Settling(
            Files(dynamodb, given.inquiry_table),
            Verdicts(dynamodb, given.inquiry_table),
            uploads,
            RecordsBucket(s3, given.records_bucket),
            inspector(),
            Scanner(client("guardduty")),
        ),
        Plan(given.malware_plan, uploads.name),
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
    if outcome.result == WITHDRAWN:
        counting.count("FilesWithdrawn")
    is_odd = outcome.result in {OTHER_VERSION, WITHDRAWN} or outcome.scan_error
    log = logger.warning if is_odd else logger.info
    log(
        outcome.result,
        inquiry=outcome.inquiry,
        file=outcome.file,
        verdict=outcome.verdict,
        reason=outcome.reason,
        scan=outcome.scan,
        scan_error=outcome.scan_error,
    )


warm(wiring)
