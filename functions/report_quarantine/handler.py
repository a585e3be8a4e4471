"""The schedule's call: one look at each form's quarantine, and a mail where something waits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools import Logger

from intake import clock, settings
from intake.aws.clients import client
from intake.aws.mail import Postbox
from intake.aws.quarantine import Quarantine
from intake.errors import name_of
from intake.forms import Forms
from intake.init_phase import warm
from intake.letters.draft import sender
from intake.letters.posting import NotTakenError
from report_quarantine.digest import Digest

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
    team_configuration_set: str
    team_page: str
    environment_name: str


@cache
def wiring() -> Digest:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    return Digest(
        Forms(given.schemas_dir),
        Quarantine(client("dynamodb"), given.inquiry_table),
        Postbox(
            client("sesv2"),
            sender(given.clinic_name, given.mail_from),
            given.team_configuration_set,
        ),
        json.loads(given.team_recipients),
        ZoneInfo(given.clinic_zone),
        given.team_page,
        given.environment_name,
    )


class UntoldError(Exception):
    """A team was not told: the function fails, is run again, and its alarm rings."""


@logger.inject_lambda_context(clear_state=True)
def handle(_event: dict[str, Any], _context: Any) -> None:
    """Tell every team of whom something waits; one that can't be told stops no other."""
    digest, untold = wiring(), 0
    for form in digest.forms.offered():
        try:
            result, waiting = digest.tell(form, clock.now())
        except Exception as error:  # noqa: BLE001  its text may quote anything
            reason = error.reason if isinstance(error, NotTakenError) else name_of(error)
            logger.error("quarantine not reported", form=form, error=reason)  # noqa: TRY400
            untold += 1
            continue
        logger.info("quarantine looked at", form=form, waiting=waiting, result=result)
    if untold:
        raise UntoldError


warm(wiring)
