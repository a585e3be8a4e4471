"""Files that have not come: expected again, begun in parts, or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items, transactions
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.aws.uploads import LAPSED
from intake.errors import InquiryFullError, NotSignedError
from intake.inquiry import LOOK_FOR_UPLOAD, File, due_shard

# Reloads begin anew, now and then; each one more could hold a whole file's parts for a week.
_MOST_BEGUN = 10
_MB = 1_000_000


@dataclass(frozen=True)
class Room:
    """How many files and bytes one inquiry may have in all."""

    files: int
    bytes: int


@dataclass(frozen=True)
class Expected:
    """Rows of declared files, before anything is known to have come."""

    dynamodb: Any
    table: str

    def revive(self, file: File, now: datetime, room: Room) -> None:
        """Expect a *file* again that was given up, if it still fits. Raises InquiryFullError."""
        change = (
            "SET due_at = :due, due_shard = :shard, declared_at = :now"
            "{charge} REMOVE abandoned_at, upload_id"
        )
        given = {":due": now + LOOK_FOR_UPLOAD, ":shard": due_shard(file.inquiry), ":now": now}
        waits = "attribute_exists(abandoned_at) AND attribute_not_exists(version)"
        if self._update(
            file, change.format(charge=""), f"{waits} AND charged > :none", given | {":none": 0}
        ):
            return
        size = file.size or 0
        row = {
            "UpdateExpression": change.format(charge=", charged = :size"),
            "ConditionExpression": f"{waits} AND attribute_not_exists(charged)",
            "ExpressionAttributeValues": items.values(given | {":size": size}),
            "Key": items.key(file.inquiry, items.file_sort_key(file.n)),
        }
        counter = {
            "UpdateExpression": "ADD bytes_declared :size",
            "ConditionExpression": "bytes_declared <= :room",
            "ExpressionAttributeValues": items.values({":size": size, ":room": room.bytes - size}),
            "Key": items.key(file.inquiry, items.INQUIRY),
        }
        writes = [{"Update": {"TableName": self.table, **each}} for each in (row, counter)]
        failed = transactions.attempt(self.dynamodb, writes)
        if failed is None or failed[0] == transactions.FAILED_CONDITION:  # a twin was faster
            return
        if failed[-1] == transactions.FAILED_CONDITION:
            raise InquiryFullError(limit=room.bytes // _MB)
        raise transactions.given_up(failed)

    def remember(self, file: File, upload_id: str) -> str | None:
        """
        Keep the multipart upload that S3 says was begun for *file*; return the one before it.

        Raises NotSignedError for a file of which too many were begun.
        """
        with outages_become_refusals(CONFLICT):
            try:
                answer = self.dynamodb.update_item(
                    TableName=self.table,
                    Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                    UpdateExpression="SET upload_id = :id ADD uploads_begun :one",
                    ConditionExpression="attribute_exists(pk) AND attribute_not_exists(version)"
                    " AND (attribute_not_exists(upload_id) OR upload_id <> :id)"
                    " AND (attribute_not_exists(uploads_begun) OR uploads_begun < :most)",
                    ExpressionAttributeValues=items.values(
                        {":id": upload_id, ":one": 1, ":most": _MOST_BEGUN}
                    ),
                    ReturnValues="ALL_OLD",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if not items.failed(error):
                    raise
                before: Any = error.response.get("Item") or {}
                if items.plain(before).get("upload_id") == upload_id:
                    return None  # another part's request was faster
                raise NotSignedError from None
        old: str | None = items.plain(answer.get("Attributes", {})).get("upload_id")
        return old

    def abandon(self, file: File, now: datetime, upload_id: str | None = None) -> None:
        """
        Stop waiting for a *file* that its sender took back, unless it came this moment.

        It keeps its bytes, and is looked for once more, until what was signed for it has lapsed:
        a form may be sending in another window. With *upload_id*, only if no other was begun.
        """
        condition, given = (
            "attribute_not_exists(version) AND attribute_not_exists(abandoned_at)",
            {},
        )
        if upload_id:
            condition += " AND (attribute_not_exists(upload_id) OR upload_id = :id)"
            given = {":id": upload_id}
        moments = {":now": now, ":due": now + LAPSED, ":shard": due_shard(file.inquiry)}
        change = "SET abandoned_at = :now, due_at = :due, due_shard = :shard"
        self._update(file, change, condition, moments | given)

    def _update(self, file: File, change: str, condition: str, given: dict[str, Any]) -> bool:
        with outages_become_refusals():
            try:
                self.dynamodb.update_item(
                    TableName=self.table,
                    Key=items.key(file.inquiry, items.file_sort_key(file.n)),
                    UpdateExpression=change,
                    ConditionExpression=f"attribute_exists(pk) AND {condition}",
                    ExpressionAttributeValues=items.values(given),
                )
            except ClientError as error:
                if not items.failed(error):
                    raise
                return False
        return True
