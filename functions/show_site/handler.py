"""Requests for the team's page, for the files of all pages, and for what the API speaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger

from intake import captcha, http, settings
from intake.errors import IntakeError
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception
from show_site import openapi
from show_site.embed import EmbedPage
from show_site.openapi import ApiDocument
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
    public_url: str
    uploads_origin: str
    captcha: str


@cache
def wiring() -> tuple[TeamPage, ApiDocument]:
    """Read the settings and the files, once per process. This step needs nothing of AWS."""
    given = settings.read(Settings)
    forms = Forms(given.schemas_dir)
    reception = Reception(forms, given.clinic_name)
    uploads = settings.uploads_origin(given.uploads_origin)
    team = TeamPage(
        reception,
        read_site(given.website_dir),
        given.clinic_zone,
        SignIn(
            given.staff_issuer,
            given.staff_client_id,
            given.staff_scope,
            given.staff_sign_in_origin,
        ),
        EmbedPage(reception, given.public_url, uploads, captcha.origins(given.captcha)),
    )
    return team, ApiDocument(forms, Path(given.schemas_dir))


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer with the page, a file or the document, or say that there is none."""
    return http.answer(event, logger, _work, _refuse)


def _work(request: http.Request) -> http.Reply:
    team, document = wiring()
    return document.reply(request) if request.route == openapi.ROUTE else team.answer(request)


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    return wiring()[0].reception.refuse(request, error)


warm(wiring)
