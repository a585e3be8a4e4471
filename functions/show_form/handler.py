"""Requests for a form's page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from intake import captcha, http, settings
from intake.bots import TimeTrap
from intake.errors import IntakeError
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception
from show_form.show import Window

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    uploads_origin: str
    form_secret: str
    captcha: str
    captcha_site_key: str


@cache
def wiring() -> Window:
    """Read the settings, once per process. This step needs nothing of AWS."""
    given = settings.read(Settings)
    origin = settings.uploads_origin(given.uploads_origin)
    widget = captcha.widget(given.captcha, given.captcha_site_key)
    reception = Reception(Forms(given.schemas_dir), given.clinic_name, origin, widget)
    return Window(reception, TimeTrap(given.form_secret))


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer with the form, or say why there is none."""
    return http.answer(event, logger, lambda request: wiring().show(request), _refuse)


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    return wiring().reception.refuse(request, error)


warm(wiring)
