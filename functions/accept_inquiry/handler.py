"""Posts to a form, and every address that is no other step's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from accept_inquiry.accept import Intake
from accept_inquiry.front import Front, logger
from accept_inquiry.gate import Gate, bounds
from accept_inquiry.origins import Origins
from accept_inquiry.siteverify import Siteverify
from intake import captcha, counting, http, settings
from intake.aws.clients import client
from intake.aws.inquiries import InquiryTable
from intake.aws.limits import Counters
from intake.aws.parameters import SecretParameter
from intake.aws.queues import MailQueues, Queue
from intake.aws.uploads import UploadsBucket
from intake.bots import TimeTrap
from intake.errors import IntakeError, NotFoundError
from intake.forms import Forms
from intake.init_phase import warm
from intake.pages.reception import Reception, form_name


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    clinic_zone: str
    public_url: str
    allowed_origins: str
    origin_secret: str
    inquiry_table: str
    uploads_bucket: str
    uploads_origin: str
    form_secret: str
    suspect_posts_per_network: str
    most_posts_per_network: str
    suspect_posts_per_address: str
    captcha: str
    captcha_site_key: str
    captcha_secret_parameter: str
    captcha_verify_url: str
    team_queue: str
    sender_queue: str


@cache
def wiring() -> Front:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    sqs = client("sqs")
    return Front(
        Reception(
            Forms(given.schemas_dir),
            given.clinic_name,
            settings.uploads_origin(given.uploads_origin),
            captcha.widget(given.captcha, given.captcha_site_key),
        ),
        Origins(given.public_url, given.allowed_origins.split(","), given.origin_secret),
        Intake(
            InquiryTable(client("dynamodb"), given.inquiry_table),
            UploadsBucket(client("s3"), given.uploads_bucket),
            MailQueues(Queue(sqs, given.team_queue), Queue(sqs, given.sender_queue)),
            ZoneInfo(given.clinic_zone),
            _gate(given),
        ),
        TimeTrap(given.form_secret),
    )


def _gate(given: Settings) -> Gate:
    return Gate(
        Counters(client("dynamodb"), given.inquiry_table, given.form_secret),
        bounds(
            (given.suspect_posts_per_network, given.most_posts_per_network),
            given.suspect_posts_per_address,
        ),
        _siteverify(given),
    )


def _siteverify(given: Settings) -> Siteverify | None:
    if given.captcha == captcha.NONE:
        return None
    secret = SecretParameter(client("ssm"), given.captcha_secret_parameter)
    vendor = captcha.VENDORS[given.captcha]
    return Siteverify(vendor, given.captcha_verify_url, lambda: secret.value)


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], _context: Any) -> http.Reply:
    """Answer with reference and upload link, or refuse with a code and what to do."""
    return http.answer(
        event,
        logger,
        lambda request: wiring().respond(request),
        _refuse,
    )


def _refuse(request: http.Request, error: IntakeError) -> http.Reply:
    is_post = request.method == "POST" and form_name(request) is not None
    if is_post and not isinstance(error, NotFoundError):
        counting.count("InquiriesRefused")
    return wiring().reception.refuse(request, error)


warm(wiring)
