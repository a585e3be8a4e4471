"""SES and GuardDuty: who is told of mails and scans, and what both refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from email.utils import parseaddr
from itertools import count
from typing import Any

from infra.local import ses_rules
from tests.faults.cloud.client import Operation
from tests.faults.cloud.errors import RefusedError, answered

_MAIL = {"FromEmailAddress", "Destination", "Content"}
_MAIL_TOO = {"ConfigurationSetName", "EmailTags", "ReplyToAddresses"}
_WANTED = {"Bucket", "Key", "VersionId"}


class Ses:
    """SESv2; *told* hears of each mail it took."""

    def __init__(
        self,
        configuration_sets: Collection[str],
        verified: Collection[str],
        told: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        self._sets, self._verified, self._told = configuration_sets, verified, told
        self._numbers = count(1)

    def reset(self) -> None:
        """Begin with the first message id."""
        self._numbers = count(1)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {"SendEmail": Operation(self.send, frozenset(_MAIL), frozenset(_MAIL_TOO))}

    def send(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Take a mail, or refuse it as SES does."""
        try:
            ses_rules.check(params, _size(params["Content"]), self._sets)
        except ses_rules.MailRefusedError as refused:
            raise RefusedError(refused.kind, refused.message, refused.status) from None
        domain = parseaddr(params["FromEmailAddress"])[1].rpartition("@")[2].lower()
        if domain not in self._verified:
            raise RefusedError("MessageRejected", "Email address is not verified.")
        number = next(self._numbers)
        message_id = f"{number:016x}-00000000-0000-4000-8000-{number:012d}-000000"
        self._told(message_id, copy.deepcopy(dict(params)))
        return answered(MessageId=message_id)


def _size(content: Mapping[str, Any]) -> int:
    simple = content.get("Simple", {})
    parts = [simple.get("Subject", {}), *simple.get("Body", {}).values()]
    # After base64, which SES counts.
    return sum(len(part.get("Data", "").encode()) for part in parts) * 4 // 3


class GuardDuty:
    """Malware Protection for S3; *told* hears of each scan that was asked for."""

    def __init__(self, scanned: Collection[str], told: Callable[[str, str, str], None]) -> None:
        self._scanned, self._told = scanned, told

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {"SendObjectMalwareScan": Operation(self.scan, frozenset({"S3Object"}))}

    def scan(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Have one version scanned."""
        wanted = params["S3Object"]
        if wanted.keys() != _WANTED:
            raise NotImplementedError(f"a scan of {sorted(wanted)}")
        if wanted["Bucket"] not in self._scanned:
            raise RefusedError(
                "BadRequestException", "The request is rejected: no plan protects this bucket."
            )
        self._told(wanted["Bucket"], wanted["Key"], wanted["VersionId"])
        return answered()
