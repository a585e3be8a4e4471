"""Letters to senders, from the sender queue, one attempt each."""

from __future__ import annotations

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
from intake.inquiry import FILES_UNUSABLE, RECEIPTS
from intake.letters import pace, posting, rounds
from intake.letters.draft import sender
from reply_to_sender.receipt import Receipts
from reply_to_sender.unusable import UnusableFiles

logger = Logger()


@dataclass(frozen=True)
class Settings:
    """What template.yaml must give this function."""

    schemas_dir: str
    clinic_name: str
    clinic_zone: str
    inquiry_table: str
    mail_from: str
    sender_configuration_set: str
    mails_per_second: str
    mail_concurrency: str


@cache
def wiring() -> posting.Desk:
    """Connect the step to AWS, once per process."""
    given = settings.read(Settings)
    dynamodb = client("dynamodb")
    ledger = Ledger(dynamodb, given.inquiry_table)
    forms, zone = Forms(given.schemas_dir), given.clinic_zone
    receipts = Receipts(forms, given.clinic_name, zone, ledger.admit_receipt)
    composers = {
        **dict.fromkeys(RECEIPTS, receipts.compose),
        FILES_UNUSABLE: UnusableFiles(forms, zone).compose,
    }
    return posting.Desk(
        ledger,
        InquiryTable(dynamodb, given.inquiry_table),
        Postbox(
            client("sesv2"),
            sender(given.clinic_name, given.mail_from),
            given.sender_configuration_set,
        ),
        lambda attempt: composers[attempt.letter.kind](attempt),
        pace.share(given.mails_per_second, given.mail_concurrency),
    )


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send the letters that are due; name the messages that crashed."""
    return rounds.post_each(event, wiring(), logger, context.get_remaining_time_in_millis)


warm(wiring)
