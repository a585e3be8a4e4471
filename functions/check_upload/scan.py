"""Which of the scanner's events speak of a file of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake import scanning


@dataclass(frozen=True)
class Plan:
    """The one malware protection plan whose word counts, and the bucket that it protects."""

    arn: str
    bucket: str

    def is_meant(self, message: Mapping[str, Any]) -> bool:
        """
        Tell whether *message* is about our bucket, and if a scan's, from our plan about a version.

        Anybody in the account may put events on the bus and tags on objects. The rule lets no
        other plan's through; here nobody has to trust that it is still so.
        """
        if message["bucket"] != self.bucket:
            return False
        return not is_scan(message) or bool(message["version"] and message["plan"] == [self.arn])


def is_scan(message: Mapping[str, Any]) -> bool:
    """Tell whether *message* carries the scanner's word."""
    return "scan_status" in message


def is_look(message: Mapping[str, Any]) -> bool:
    """Tell whether *message* is no event, but a look at what has been due for a while."""
    return not is_scan(message) and "size" not in message


def result(message: Mapping[str, Any]) -> str:
    """Return what the scan came to."""
    return scanning.result(message["scan_status"], message["scan_result"])
