"""Requests for the team's page and for the files of all pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from intake import http, settings
from intake.errors import IntakeError
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception
from show_site.site import read_site
from show_site.team_page import SignIn, TeamPage

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    website_dir: str
    clinic_name: str
    clinic_zone: str
    staff_issuer: str
    staff_client_id: str
    staff_scope: str
    staff_sign_in_origin: str


@cache
def wiring() -> TeamPage:
    """Read the settings and the files, once per process. This step needs nothing of AWS."""
    given = settings.read(Settings)
    return TeamPage(
        Reception(Forms(given.schemas_dir), given.clinic_name),
        read_site(given.website_dir),
        given.clinic_zone,
        SignIn(
            given.staff_issuer,
            given.staff_client_id,
            given.staff_scope,
            given.staff_sign_in_origin,
        ),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer with the page or a file, or say that there is none."""
    return http.answer(
        event,
        logger,
        lambda request: wiring().answer(request),
        _refuse,
    )


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    return wiring().reception.refuse(request, error)


warm(wiring)
