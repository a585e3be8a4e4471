"""What SES refuses in a mail and moto takes."""

import re
from collections.abc import Collection, Mapping
from email.utils import parseaddr
from typing import Any

MOST_RECIPIENTS = 50
MOST_BYTES = 40 * 1024 * 1024
"""SES's limit for a whole mail after base64, API version 2."""

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_OURS_ALONE = {"from", "to", "cc", "bcc", "subject", "reply-to", "date", "message-id", "sender"}
_MOST_HEADERS = 15


class MailRefusedError(Exception):
    """SES would refuse: HTTP status, SES's error type, and a sentence."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        """Keep what SES's answer is made of."""
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


def bad(message: str) -> MailRefusedError:
    """Return SES's 400."""
    return MailRefusedError(400, "BadRequestException", message)


def recipients(mail: Mapping[str, Any]) -> list[str]:
    """Return everybody whom *mail* is for."""
    destination = mail.get("Destination", {})
    return [
        address
        for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in destination.get(kind, [])
    ]


def check(mail: Mapping[str, Any], size: int, configuration_sets: Collection[str]) -> None:
    """Raise MailRefusedError unless SES would take *mail*, a SendEmail request of *size* bytes."""
    configuration_set = mail.get("ConfigurationSetName")
    if configuration_set is not None and configuration_set not in configuration_sets:
        raise MailRefusedError(
            404, "NotFoundException", f"Configuration set <{configuration_set}> does not exist."
        )
    if size > MOST_BYTES:
        raise bad("Message length is more than 41943040 bytes long")
    people = recipients(mail)
    if not people:
        raise bad("No recipients specified")
    if len(people) > MOST_RECIPIENTS:
        raise bad("Recipient count exceeds 50")
    for address in [mail.get("FromEmailAddress", ""), *people, *mail.get("ReplyToAddresses", [])]:
        _check_address(address)
    for tag in mail.get("EmailTags", []):
        if not (_TAG.fullmatch(tag["Name"]) and _TAG.fullmatch(tag["Value"])):
            raise bad("Tag names and values may hold ASCII letters, numbers, _ and - only")
    _check_simple(mail.get("Content", {}).get("Simple"))


def _check_address(address: str) -> None:
    plain = parseaddr(address)[1]
    local, at, domain = plain.rpartition("@")
    if not (at and local and domain):
        raise bad("Missing final '@domain'")
    if not local.isascii():
        raise bad("Local address contains control or whitespace, or is not ASCII")
    if not domain.isascii():
        raise bad("Domain contains illegal character; use Punycode")
    if re.search(r"[\s\x00-\x1f\x7f]", plain) or "\r" in address or "\n" in address:
        raise bad("Local address contains control or whitespace")


def _check_simple(simple: Mapping[str, Any] | None) -> None:
    if simple is None:
        raise bad("Only simple content is known to this world")
    # What SES does with a line break here is not documented; a header of the writer's own choice
    # is the worst of the possibilities.
    if re.search(r"[\r\n]", simple["Subject"]["Data"]):
        raise bad("Header values may not contain line breaks")
    if not any(simple.get("Body", {}).get(part, {}).get("Data") for part in ("Text", "Html")):
        raise bad("Message body is empty")
    headers = simple.get("Headers", [])
    if len(headers) > _MOST_HEADERS:
        raise bad("More than 15 headers")
    for header in headers:
        name, value = header["Name"], header["Value"]
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise bad("Header names and values must be printable ASCII")
        if name.lower() in _OURS_ALONE:
            raise bad(f"Header {name} is not allowed")
