"""Requests for a form's page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from intake import http, settings
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception
from show_form.show import show

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    uploads_origin: str


@cache
def wiring() -> Reception:
    """Read the settings, once per process. This step needs nothing of AWS."""
    given = settings.read(Settings)
    origin = settings.uploads_origin(given.uploads_origin)
    return Reception(Forms(given.schemas_dir), given.clinic_name, origin)


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer with the form, or say why there is none."""
    return http.answer(
        event,
        logger,
        lambda request: show(wiring(), request),
        lambda request, error: wiring().refuse(request, error),
    )


warm(wiring)
