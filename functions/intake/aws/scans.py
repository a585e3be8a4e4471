"""The malware scanner, where it is asked: it scans by itself, and tells by events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from intake.errors import name_of


@dataclass(frozen=True)
class Scanner:
    """GuardDuty Malware Protection for S3."""

    guardduty: Any

    def ask(self, bucket: str, key: str, version: str) -> str | None:
        """
        Have one version scanned once more; return what failed if it can't be asked.

        What it finds comes as an event, as after an upload.
        """
        wanted = {"Bucket": bucket, "Key": key, "VersionId": version}
        try:
            self.guardduty.send_object_malware_scan(S3Object=wanted)
        # The client comes with the runtime: an older one has no such method.
        except (ClientError, BotoCoreError, AttributeError) as error:
            return name_of(error)
        return None
