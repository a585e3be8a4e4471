"""What SES says about a letter, in the shapes it says it in."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.identity import ACCOUNT
from infra.local.mailbox import Letter

DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "DeliveryDelay": "Email Delivery Delayed",
    "Rendering Failure": "Email Rendering Failed",
}
"""SES's event types, as `eventType` writes them, and EventBridge's names for them."""


def fate(address: str) -> tuple[str, ...]:
    """
    Return what becomes of a mail to *address*, after Send.

    SES's mailbox simulator is played: bounce@, complaint@, suppressionlist@ and success@
    simulator.amazonses.com, labels (`bounce+7@`) included. Everybody else gets the mail.
    """
    local, _, domain = address.rpartition("@")
    if domain.lower() == "simulator.amazonses.com":
        name = local.partition("+")[0].lower()
        fates = {
            "bounce": ("Bounce",),
            "suppressionlist": ("Bounce",),
            "complaint": ("Delivery", "Complaint"),
        }
        return fates.get(name, ("Delivery",))
    return ("Delivery",)


@dataclass(frozen=True)
class Said:
    """One thing SES says: *kind* is its eventType, *address* whom it is about."""

    kind: str
    letter: Letter
    address: str

    @property
    def configuration_set(self) -> str:
        """Return the configuration set of the letter; without one SES says nothing."""
        return str(self.letter.mail.get("ConfigurationSetName", ""))

    def as_event(self, region: str) -> dict[str, Any]:
        """Return the event as EventBridge carries it."""
        now = datetime.now(UTC)
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": DETAIL_TYPES[self.kind],
            "source": "aws.ses",
            "account": ACCOUNT,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": [
                f"arn:aws:ses:{region}:{ACCOUNT}:configuration-set/{self.configuration_set}"
            ],
            "detail": {
                "eventType": self.kind,
                "mail": self._mail(region),
                **self._particulars(_millis(now)),
            },
        }

    def _mail(self, region: str) -> Mapping[str, Any]:
        letter = self.letter
        sender = str(letter.mail["FromEmailAddress"])
        people = [*letter.addresses("To"), *letter.addresses("Cc"), *letter.addresses("Bcc")]
        domain = sender.rpartition("@")[2].rstrip(">")
        own_tags = {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": [self.configuration_set],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": [domain],
            "ses:caller-identity": ["local"],
        }
        return {
            "timestamp": _millis(letter.taken_at),
            "source": sender,
            "sourceArn": f"arn:aws:ses:{region}:{ACCOUNT}:identity/{domain}",
            "sendingAccountId": ACCOUNT,
            "messageId": letter.message_id,
            "destination": people,
            "headersTruncated": False,
            "headers": [{"name": name, "value": value} for name, value in letter.headers],
            "commonHeaders": {
                "from": [sender],
                "to": letter.addresses("To"),
                "messageId": letter.message_id,
                "subject": letter.subject,
            },
            "tags": {**own_tags, **{name: [value] for name, value in letter.tags}},
        }

    def _particulars(self, now: str) -> dict[str, Any]:
        feedback_id = f"{secrets.token_hex(8)}-{uuid.uuid4()}-000000"
        suppressed = self.address.lower().startswith("suppressionlist")
        bounced = {
            "emailAddress": self.address,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
        by_kind: dict[str, tuple[str, dict[str, Any]]] = {
            "Send": ("send", {}),
            "Delivery": (
                "delivery",
                {
                    "timestamp": now,
                    "processingTimeMillis": 500,
                    "recipients": [self.address],
                    "smtpResponse": "250 2.6.0 Message received",
                    "remoteMtaIp": "127.0.0.2",
                    "reportingMTA": "a1-1.smtp-out.example",
                },
            ),
            "Bounce": (
                "bounce",
                {
                    "feedbackId": feedback_id,
                    "bounceType": "Permanent",
                    "bounceSubType": "Suppressed" if suppressed else "General",
                    "bouncedRecipients": [bounced],
                    "timestamp": now,
                    "reportingMTA": "dsn; a1-1.smtp-out.example",
                },
            ),
            "Complaint": (
                "complaint",
                {
                    "feedbackId": feedback_id,
                    "complaintSubType": None,
                    "complainedRecipients": [{"emailAddress": self.address}],
                    "timestamp": now,
                    "userAgent": "Amazon SES Mailbox Simulator",
                    "complaintFeedbackType": "abuse",
                    "arrivalDate": now,
                },
            ),
            "Reject": ("reject", {"reason": "Bad content"}),
            "DeliveryDelay": (
                "deliveryDelay",
                {
                    "timestamp": now,
                    "delayType": "TransientCommunicationFailure",
                    "delayedRecipients": [{"emailAddress": self.address, "status": "4.4.1"}],
                },
            ),
            "Rendering Failure": (
                "failure",
                {"errorMessage": "Attribute is not present", "templateName": "none"},
            ),
        }
        name, value = by_kind[self.kind]
        return {name: value}


def _millis(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
