"""The files of inquiries, one item each: pinned when they come, looked for, never forgotten."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items, transactions
from intake.errors import UnavailableError
from intake.inquiry import File

_ATTEMPTS = 6
_FIRST_WAIT_S = 0.02


@dataclass(frozen=True)
class Files:
    """
    The rows of files. Every write is conditional, so that any message may come twice.

    What is found out about them is in `verdicts.Verdicts`.
    """

    dynamodb: Any
    table: str

    def find(self, inquiry: str, n: int) -> File | None:
        """Read one file consistently."""
        answer = self.dynamodb.get_item(
            TableName=self.table,
            Key=items.key(inquiry, items.file_sort_key(n)),
            ConsistentRead=True,
        )
        return items.to_file(answer["Item"]) if "Item" in answer else None

    def answers(self, inquiry: str) -> Mapping[str, Any]:
        """Return what was written on the form; nothing if there is no such inquiry."""
        answer = self.dynamodb.get_item(
            TableName=self.table, Key=items.key(inquiry, items.INQUIRY), ConsistentRead=True
        )
        return items.to_inquiry(answer["Item"]).answers if "Item" in answer else {}

    def pin(self, file: File, version: str, size: int, arrived_at: datetime) -> File | None:
        """
        Let *version* be the one that counts for a declared *file*, once; None if another is.

        What was set aside for it in its inquiry's budget becomes what really came.
        """

        def write(charged: int | None) -> list[dict[str, Any]]:
            row = self._update(
                file,
                "SET version = :version, arrived_at = :at, #size = if_not_exists(#size, :size)"
                " REMOVE abandoned_at, charged",
                charged,
                {":version": version, ":at": arrived_at, ":size": size},
            )
            row["Update"]["ExpressionAttributeNames"] = {"#size": "size"}
            before = charged
            if before is None:
                before = file.size if file.size and not file.abandoned_at else 0
            return [row, *self._more_bytes(file.inquiry, size - before)]

        return self.find(file.inquiry, file.n) if self._write(file, write) else None

    def give_up(self, file: File, now: datetime) -> None:
        """Stop looking for a *file* that can't come any more, and give its bytes back."""

        def write(charged: int | None) -> list[dict[str, Any]]:
            row = self._update(
                file,
                "SET abandoned_at = if_not_exists(abandoned_at, :now)"
                " REMOVE due_at, due_shard, charged",
                charged,
                {":now": now},
            )
            return [row, *self._more_bytes(file.inquiry, -(charged or 0))]

        self._write(file, write)

    def _write(self, file: File, writes: Callable[[int | None], list[dict[str, Any]]]) -> bool:
        """Write the row and the counter together; False if the file came before."""
        for attempt in range(_ATTEMPTS):
            row = self.dynamodb.get_item(
                TableName=self.table,
                Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                ConsistentRead=True,
            ).get("Item")
            if row is None or "version" in row:
                return False
            charged = items.plain(row).get("charged")
            wanted = writes(None if charged is None else int(charged))
            if transactions.attempt(self.dynamodb, wanted) is None:
                return True
            time.sleep(random.uniform(0, _FIRST_WAIT_S * 2**attempt))  # noqa: S311
        raise UnavailableError

    def _update(
        self, file: File, change: str, charged: int | None, given: dict[str, Any]
    ) -> dict[str, Any]:
        seen = "attribute_not_exists(charged)" if charged is None else "charged = :charged"
        return {
            "Update": {
                "TableName": self.table,
                "Key": items.key(file.inquiry, items.file_sort_key(file.n)),
                "UpdateExpression": change,
                "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(version)"
                f" AND {seen}",
                "ExpressionAttributeValues": items.values(given | {":charged": charged}),
            }
        }

    def _more_bytes(self, inquiry: str, size: int) -> list[dict[str, Any]]:
        if not size:
            return []
        return [
            {
                "Update": {
                    "TableName": self.table,
                    "Key": items.key(inquiry, items.INQUIRY),
                    "UpdateExpression": "ADD bytes_declared :size",
                    "ConditionExpression": "attribute_exists(pk)",
                    "ExpressionAttributeValues": items.values({":size": size}),
                }
            }
        ]

    def note_second(self, file: File, now: datetime) -> None:
        """Note, once, that another object came under the key of *file* and was not kept."""
        self.dynamodb.update_item(
            TableName=self.table,
            Key=items.key(file.inquiry, items.file_sort_key(file.n)),
            UpdateExpression="SET second_at = if_not_exists(second_at, :now)",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues=items.values({":now": now}),
        )

    def look_again(self, file: File, due_at: datetime) -> None:
        """
        Write when `retry_stalled` has the unfinished *file* looked at, if it is as it was read.

        What was withheld or decided meanwhile has a time of its own.
        """
        self._turn(file, "SET due_at = :due", {":due": due_at})

    def rest(self, file: File) -> None:
        """Have a withheld *file* never fall due again, if it is as it was read."""
        self._turn(file, "REMOVE due_at, due_shard")

    def _turn(self, file: File, change: str, given: Mapping[str, Any] | None = None) -> None:
        condition = "attribute_exists(due_at) AND attribute_not_exists(checked_at)"
        if file.checked_at:
            condition = "attribute_exists(due_at) AND attribute_exists(checked_at) AND "
            condition += f"attribute_{'exists' if file.decision else 'not_exists'}(decision)"
        # DynamoDB refuses an empty map of values.
        values = {"ExpressionAttributeValues": items.values(given)} if given else {}
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                UpdateExpression=change,
                ConditionExpression=condition,
                **values,
            )
        except ClientError as error:
            if not items.failed(error):
                raise
