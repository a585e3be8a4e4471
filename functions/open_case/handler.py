"""Requests of the clinic's staff, whose token the gateway has checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from intake import clock, http, settings
from intake.aws.casework import Casework
from intake.aws.clients import client
from intake.aws.decisions import Decisions
from intake.aws.inquiries import InquiryTable
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.aws.queues import CheckQueue, MailQueues, Queue
from intake.aws.records import RecordsBucket
from intake.aws.revisions import Revisions
from intake.errors import IntakeError
from intake.forms import Forms
from intake.init_phase import warm
from open_case.access import Teams
from open_case.deciding import Deciding
from open_case.desk import CaseDesk, logger


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_zone: str
    inquiry_table: str
    uploads_bucket: str
    records_bucket: str
    check_queue: str
    team_queue: str
    sender_queue: str
    groups_claim: str
    team_groups: str


@cache
def wiring() -> tuple[Teams, CaseDesk]:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb, sqs = client("dynamodb"), client("sqs")
    zone = ZoneInfo(given.clinic_zone)
    deciding = Deciding(
        Decisions(Revisions(dynamodb, given.inquiry_table)),
        MailQueues(Queue(sqs, given.team_queue), Queue(sqs, given.sender_queue)),
        CheckQueue(Queue(sqs, given.check_queue)),
        given.uploads_bucket,
        zone,
    )
    desk = CaseDesk(
        Forms(given.schemas_dir),
        InquiryTable(dynamodb, given.inquiry_table),
        Casework(dynamodb, given.inquiry_table),
        RecordsBucket(client("s3"), given.records_bucket),
        deciding,
        zone,
    )
    return Teams.read(given.team_groups, given.groups_claim), desk


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer in JSON, whatever the caller says that it accepts: no page is made here."""
    headers = {**(event.get("headers") or {}), "accept": http.JSON}

    def work(request: http.Request) -> http.Reply:
        teams, desk = wiring()
        staff = teams.staff(event, desk.forms.offered())
        with outages_become_refusals(CONFLICT):
            return desk.answer(request, staff, clock.now())

    return http.answer({**event, "headers": headers}, logger, work, _refuse)


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    return wiring()[1].refuse(request, error)


warm(wiring)
