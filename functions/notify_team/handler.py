"""Letters to the team, from the team queue, one attempt each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from intake import settings
from intake.aws.clients import client
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.mail import Postbox
from intake.forms import Forms
from intake.init_phase import warm
from intake.letters import pace, posting, rounds
from intake.letters.draft import sender
from notify_team.letter import TeamLetters
from notify_team.readers import Readers

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    clinic_zone: str
    inquiry_table: str
    mail_from: str
    team_recipients: str
    fallback_recipient: str
    team_configuration_set: str
    mails_per_second: str
    mail_concurrency: str
    notification_detail: str
    environment_name: str


@cache
def wiring() -> posting.Desk:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb = client("dynamodb")
    letters = TeamLetters(
        Forms(given.schemas_dir),
        Readers(json.loads(given.team_recipients), given.fallback_recipient),
        zone=given.clinic_zone,
        summary=given.notification_detail == "summary",
        environment=given.environment_name,
    )
    return posting.Desk(
        Ledger(dynamodb, given.inquiry_table),
        InquiryTable(dynamodb, given.inquiry_table),
        Postbox(
            client("sesv2"),
            sender(given.clinic_name, given.mail_from),
            given.team_configuration_set,
        ),
        letters.compose,
        pace.share(given.mails_per_second, given.mail_concurrency),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send the team's letters that are due; name the messages that crashed."""
    return rounds.post_each(event, wiring(), logger, context.get_remaining_time_in_millis)


warm(wiring)
