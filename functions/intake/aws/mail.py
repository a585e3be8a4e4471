"""SES, for one mail at a time: nothing leaves that differs from what was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
)

from intake.letters.draft import UNPRINTABLE, Mail, mailbox
from intake.letters.posting import (
    DAILY_QUOTA,
    NOT_VERIFIED,
    NotTakenError,
    OutcomeUnknownError,
)

# Tell auto-responders not to answer: RFC 3834, and Microsoft's own, which Exchange goes by. Never
# "All" there, as it holds back reports of mail that could not be delivered too.
HEADERS = [
    {"Name": "Auto-Submitted", "Value": "auto-generated"},
    {"Name": "X-Auto-Response-Suppress", "Value": "OOF, AutoReply"},
]
_ARGUMENTS = {
    "FromEmailAddress",
    "Destination",
    "ConfigurationSetName",
    "EmailTags",
    "Content",
}
_MOST_RECIPIENTS = 50  # SES's own limit for one mail
_SERVER_ERROR = 500
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_NEVER_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)


class UnsendableError(NotTakenError):
    """The request is not the mail that was meant. Raised before anything leaves."""


@dataclass(frozen=True)
class Postbox:
    """SES with the sender and the configuration set of one step."""

    sesv2: Any
    sender: str
    configuration_set: str

    def send(self, mail: Mail, tags: Mapping[str, str]) -> str:
        """
        Hand *mail* to SES once; return SES's message id.

        Raises NotTakenError if it surely was not sent, OutcomeUnknownError if it may have been.
        """
        request = self.request(mail, tags)
        assert_sendable(request, self, mail, tags)
        try:
            answer = self.sesv2.send_email(**request)
        except ClientError as error:
            raise _meaning(error) from error
        except _NEVER_CONNECTED as error:
            raise NotTakenError(type(error).__name__) from error
        except HTTPClientError as error:
            raise OutcomeUnknownError(type(error).__name__) from error
        except BotoCoreError as error:
            # No credentials, no region, a parameter of the wrong type: never left the process.
            raise NotTakenError(type(error).__name__) from error
        message_id: str = answer["MessageId"]
        return message_id

    def request(self, mail: Mail, tags: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments of SES's SendEmail."""
        draft = mail.draft
        return {
            "FromEmailAddress": self.sender,
            "Destination": {"ToAddresses": list(mail.recipients)},
            "ConfigurationSetName": self.configuration_set,
            "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items()],
            "Content": {
                "Simple": {
                    "Subject": {"Data": draft.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": draft.text, "Charset": "UTF-8"},
                        "Html": {"Data": draft.html, "Charset": "UTF-8"},
                    },
                    "Headers": HEADERS,
                }
            },
        }


def assert_sendable(
    request: Mapping[str, Any], postbox: Postbox, mail: Mail, tags: Mapping[str, str]
) -> None:
    """
    Raise UnsendableError unless *request* is *mail* and nothing else.

    The last look before a letter leaves the house. Simulators take what SES refuses (line
    breaks in a subject, fifty-one recipients), and what SES does with some of it is unknown.
    """
    simple = request["Content"]["Simple"]
    subject = simple["Subject"]["Data"]
    recipients = request["Destination"].get("ToAddresses", [])
    wrong = {
        "arguments": set(request) != _ARGUMENTS,
        "content": set(request["Content"]) != {"Simple"}
        or set(simple) != {"Subject", "Body", "Headers"},
        "sender": request["FromEmailAddress"] != postbox.sender
        or bool(UNPRINTABLE.search(postbox.sender)),
        "destination": set(request["Destination"]) != {"ToAddresses"},
        "recipients": tuple(recipients) != mail.recipients
        or not 1 <= len(recipients) <= _MOST_RECIPIENTS
        or any(mailbox(address) != address for address in recipients),
        "configuration set": request.get("ConfigurationSetName") != postbox.configuration_set,
        "subject": subject != mail.draft.subject or not subject.strip() or _breaks(subject),
        "headers": simple["Headers"] != HEADERS,
        "tags": request["EmailTags"] != [{"Name": k, "Value": v} for k, v in tags.items()]
        or not all(_TAG.fullmatch(part) for item in tags.items() for part in item),
        "body": set(simple["Body"]) != {"Text", "Html"}
        or not all(part["Data"].strip() for part in simple["Body"].values()),
    }
    found = [name for name, is_wrong in wrong.items() if is_wrong]
    if found:
        raise UnsendableError("unsendable: " + ", ".join(found))


def _breaks(header: str) -> bool:
    """Tell whether *header* could end early or open an encoded word of its own."""
    return bool(UNPRINTABLE.search(header)) or "=?" in header


def _meaning(error: ClientError) -> NotTakenError | OutcomeUnknownError:
    code = error.response.get("Error", {}).get("Code", "")
    if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
        return OutcomeUnknownError(code)
    # Told apart by text alone: their codes are those of the rate per second, and of a bad mail.
    why = error.response["Error"].get("Message", "").lower()
    if "daily" in why:
        return NotTakenError(DAILY_QUOTA)
    return NotTakenError(NOT_VERIFIED if "not verified" in why else code)
