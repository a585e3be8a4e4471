"""Requests of senders, who hold the link to their inquiry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from intake import clock, http, settings
from intake.aws.announcing import Announcer
from intake.aws.changed import Changed
from intake.aws.clients import client
from intake.aws.declared import Declared
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.aws.queues import MailQueues, Queue
from intake.aws.revisions import Revisions
from intake.aws.senders import Senders
from intake.aws.uploads import UploadsBucket
from intake.errors import IntakeError
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception
from sign_upload.admission import Limits
from sign_upload.desk import Desk, logger
from sign_upload.show import SenderPages
from sign_upload.signatures import Signatures
from sign_upload.signing import Signer
from sign_upload.slots import Slots


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    clinic_zone: str
    inquiry_table: str
    uploads_bucket: str
    uploads_origin: str
    team_queue: str
    sender_queue: str
    max_file_bytes: str
    max_inquiry_bytes: str
    max_inquiry_files: str


@cache
def wiring() -> Desk:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    table = client("dynamodb"), given.inquiry_table
    limits = Limits(
        int(given.max_file_bytes), int(given.max_inquiry_bytes), int(given.max_inquiry_files)
    )
    inquiries, declared = InquiryTable(*table), Declared(*table)
    uploads = UploadsBucket(client("s3"), given.uploads_bucket)
    slots = Slots(declared, uploads, limits)
    origin = settings.uploads_origin(given.uploads_origin)
    reception = Reception(Forms(given.schemas_dir), given.clinic_name, origin)
    zone = ZoneInfo(given.clinic_zone)
    sqs = client("sqs")
    team = Queue(sqs, given.team_queue)
    senders = Senders(*table)
    return Desk(
        SenderPages(reception, slots, limits, zone),
        inquiries,
        senders,
        Announcer(inquiries, Ledger(*table), team),
        slots,
        Signatures(reception.forms, senders, Signer(declared, uploads, limits)),
        Changed(Revisions(*table)),
        MailQueues(team, Queue(sqs, given.sender_queue)),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Show the sender's page, change what it offers to change, or sign an upload."""

    def work(request: http.Request) -> http.Reply:
        with outages_become_refusals(CONFLICT):
            return wiring().respond(request, clock.now())

    return http.answer(event, logger, work, _refuse)


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    return wiring().pages.reception.refuse(request, error)


warm(wiring)
