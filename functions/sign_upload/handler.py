"""Requests of senders, who hold the link to their inquiry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from intake import clock, http, settings
from intake.aws.clients import client
from intake.aws.inquiries import InquiryTable
from intake.errors import IntakeError
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception
from sign_upload.show import SenderPages, logger


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    clinic_zone: str
    inquiry_table: str


@cache
def wiring() -> SenderPages:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    return SenderPages(
        Reception(Forms(given.schemas_dir), given.clinic_name),
        InquiryTable(client("dynamodb"), given.inquiry_table),
        ZoneInfo(given.clinic_zone),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer with what arrived and what is missing."""
    return http.answer(
        event,
        logger,
        lambda request: wiring().show(request, clock.now()),
        _refuse,
    )


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    return wiring().reception.refuse(request, error)


warm(wiring)
