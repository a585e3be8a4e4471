"""
What was found out about files: our own findings, the scanner's word, and what comes of both.

They arrive in any order, and several messages may speak of one file at the same moment. So each
write names what it is based on, touches nothing else, and whoever writes last sees the others'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake import scanning
from intake.aws import items
from intake.inquiry import File, due_shard

_FINDINGS = ("inspected_at", "found", "reason", "kind", "facts")
# A verdict may change its mind about these, and does so only while the next ones are as they were.
_DECIDED = ("verdict", "reason", "found", "checked_at", "arrived_at", "records_version", "sha256")
_NAME = re.compile(r"#(\w+)")
_BASIS = ("found", "scan", "verdict", "decision", "checked_at")


@dataclass(frozen=True)
class Verdicts:
    """The rows of files, for those who judge them. Each method may be called twice."""

    dynamodb: Any
    table: str

    def inspected(self, file: File) -> File | None:
        """Store our findings once; return the row as it is then, None if they come too late."""
        # Settled without them, it is harmful: then their reason must not replace that one.
        condition = f"{_is_not('inspected_at')} AND {_is_not('checked_at')}"
        return self._update(file, _only(file, _FINDINGS), condition)

    def scanned(self, file: File, scan: str, now: datetime) -> File | None:
        """Store what the scanner said, unless it knew better before; None: it did."""
        weaker = scanning.weaker(scan)
        condition = _is_not("scan")
        if weaker:
            names = ", ".join(f":weaker{n}" for n in range(len(weaker)))
            condition = f"({condition} OR #scan IN ({names}))"
        return self._update(
            file,
            {"scan": scan, "scanned_at": now},
            condition,
            {f":weaker{n}": each for n, each in enumerate(weaker)},
        )

    def scan_asked(self, file: File, now: datetime, due_at: datetime) -> File | None:
        """Note that a scan was asked for, and when to look next."""
        # Without `due_at` nobody waits for it any more: the inquiry was rejected.
        condition = f"{_is_not('checked_at')} AND attribute_exists(#due_at)"
        return self._update(file, {"scan_asked_at": now, "due_at": due_at}, condition)

    def settle(self, before: File, after: File) -> bool:
        """Write the verdict of *after*; False if the row is not what it was based on any more."""
        given = _only(after, _DECIDED) | {"due_at": after.due_at}
        given["due_shard"] = due_shard(after.inquiry) if after.due_at else None
        conditions, were = [], {}
        for name in _BASIS:
            was = getattr(before, name)
            conditions.append(_is_not(name) if was is None else f"#{name} = :was_{name}")
            were[f":was_{name}"] = was
        return self._update(after, given, " AND ".join(conditions), were) is not None

    def _update(
        self,
        file: File,
        given: Mapping[str, Any],
        condition: str,
        more: Mapping[str, Any] | None = None,
    ) -> File | None:
        kept = {name: value for name, value in given.items() if value is not None}
        gone = [name for name, value in given.items() if value is None]
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
        if gone:
            change += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        names = set(_NAME.findall(f"{change} {condition}"))
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                UpdateExpression=change,
                ConditionExpression=f"attribute_exists(pk) AND {condition}",
                # All by another name: "scan", "found" and others mean something to DynamoDB.
                ExpressionAttributeNames={f"#{name}": name for name in names},
                ExpressionAttributeValues=items.values(
                    {f":{name}": value for name, value in kept.items()} | dict(more or {})
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if items.failed(error):
                return None
            raise
        return items.to_file(answer["Attributes"])


def _only(file: File, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(file, name) for name in names}


def _is_not(name: str) -> str:
    return f"attribute_not_exists(#{name})"
