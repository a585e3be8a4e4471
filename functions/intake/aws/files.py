"""The files of inquiries, one item each: pinned when they come, settled once, never forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items
from intake.inquiry import File


@dataclass(frozen=True)
class Files:
    """The rows of files. Every write is conditional, so that any message may come twice."""

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

    def pin(self, file: File, version: str, size: int, arrived_at: datetime) -> File | None:
        """
        Let *version* be the one that counts for a declared *file*, once; None if another is.

        The size of a file that was declared without one is charged to its inquiry now.
        """
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                UpdateExpression="SET version = :version, arrived_at = :at,"
                " #size = if_not_exists(#size, :size)",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(version)",
                ExpressionAttributeNames={"#size": "size"},
                ExpressionAttributeValues=items.values(
                    {":version": version, ":at": arrived_at, ":size": size}
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if items.failed(error):
                return None
            raise
        if file.size is None:
            self._charge(file.inquiry, size)
        return items.to_file(answer["Attributes"])

    def _charge(self, inquiry: str, size: int) -> None:
        self.dynamodb.update_item(
            TableName=self.table,
            Key=items.key(inquiry, items.INQUIRY),
            UpdateExpression="ADD bytes_declared :size",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues=items.values({":size": size}),
        )

    def settle(self, file: File) -> bool:
        """Write the verdict of *file* once; False if there is one."""
        return self._put_if(file, "attribute_not_exists(checked_at)")

    def carry_out(self, file: File) -> bool:
        """Write what became of a withheld *file* by the staff's decision; False if it is done."""
        return self._put_if(file, "verdict = :withheld", {":withheld": "withheld"})

    def _put_if(self, file: File, condition: str, given: dict[str, str] | None = None) -> bool:
        values = {"ExpressionAttributeValues": items.values(given)} if given else {}
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=items.from_file(file),
                ConditionExpression=f"attribute_exists(pk) AND {condition}",
                **values,
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def abandon(self, file: File, now: datetime) -> bool:
        """Stop waiting for a declared *file*; False if it came this very moment."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                UpdateExpression="SET abandoned_at = :now REMOVE due_at, due_shard",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(version)",
                ExpressionAttributeValues=items.values({":now": now}),
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def look_again(self, file: File, due_at: datetime) -> None:
        """Write when `retry_stalled` has the unfinished *file* checked again."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                UpdateExpression="SET due_at = :due",
                ConditionExpression="attribute_exists(due_at)",
                ExpressionAttributeValues=items.values({":due": due_at}),
            )
        except ClientError as error:
            if not items.failed(error):
                raise
