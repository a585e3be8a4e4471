"""Files that senders declare: one number, one row and one key each, before anything comes."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items
from intake.aws.files import Files
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.errors import InquiryFullError, TooManyUploadsError, UnavailableError
from intake.inquiry import LOOK_FOR_UPLOAD, File, due_shard

_ATTEMPTS = 6
_FIRST_WAIT_S = 0.02
_MB = 1_000_000


@dataclass(frozen=True)
class Room:
    """How many files and bytes one inquiry may have in all."""

    files: int
    bytes: int


@dataclass(frozen=True)
class Declared:
    """Where files are declared. An upload key stands for one file, once."""

    dynamodb: Any
    table: str
    sleep: Callable[[float], None] = time.sleep

    def declare(self, wanted: File, upload: str, room: Room) -> File:
        """
        Give *wanted* the inquiry's next number and store it, once for the key *upload*.

        The number is taken first, in a write that also holds the limits: files that are declared
        at the same time never share one, and a number that is lost leaves a harmless gap. Raises
        TooManyUploadsError, InquiryFullError, UnavailableError.
        """
        with outages_become_refusals(CONFLICT):
            file = replace(wanted, n=self._next_number(wanted, room))
            for attempt in range(_ATTEMPTS):
                if self._store(file, upload):
                    return file
                twin = self._under(file.inquiry, upload)
                if twin is not None:
                    if twin.n != file.n and file.size:
                        self._count(file.inquiry, -file.size)
                    return twin
                # A twin of this request is being stored: jitter keeps the two from meeting again.
                self.sleep(random.uniform(0, _FIRST_WAIT_S * 2**attempt))  # noqa: S311
        raise UnavailableError

    def revive(self, file: File, now: datetime) -> None:
        """Expect a *file* again that was given up."""
        self._update(
            file,
            "SET due_at = :due, due_shard = :shard REMOVE abandoned_at, upload_id",
            "attribute_not_exists(version)",
            {":due": now + LOOK_FOR_UPLOAD, ":shard": due_shard(file.inquiry)},
        )

    def remember(self, file: File, upload_id: str) -> None:
        """Keep the multipart upload that S3 says was begun for *file*."""
        self._update(file, "SET upload_id = :id", "attribute_exists(pk)", {":id": upload_id})

    def abandon(self, file: File, now: datetime) -> None:
        """Stop waiting for a *file* that its sender took back, unless it came this moment."""
        with outages_become_refusals():
            Files(self.dynamodb, self.table).abandon(file, now)

    def _next_number(self, wanted: File, room: Room) -> int:
        size = wanted.size or 0
        try:
            answer = self._count(
                wanted.inquiry,
                size,
                files=1,
                condition=" AND files_declared < :files AND bytes_declared <= :bytes",
                # Of a file without a size at least one byte has to fit.
                limits={":files": room.files, ":bytes": room.bytes - (size or 1)},
            )
        except ClientError as error:
            if not items.failed(error):
                raise
            before: Any = error.response.get("Item") or {}
            declared = items.plain(before).get("files_declared", 0)
            if declared >= room.files:
                raise TooManyUploadsError(limit=room.files) from None
            raise InquiryFullError(limit=room.bytes // _MB) from None
        return int(items.plain(answer["Attributes"])["files_declared"]) - 1

    def _count(
        self,
        inquiry: str,
        size: int,
        *,
        files: int = 0,
        condition: str = "",
        limits: dict[str, int] | None = None,
    ) -> Any:
        given = {":more": files, ":size": size, **(limits or {})}
        return self.dynamodb.update_item(
            TableName=self.table,
            Key=items.key(inquiry, items.INQUIRY),
            UpdateExpression="ADD files_declared :more, bytes_declared :size",
            ConditionExpression=f"attribute_exists(pk){condition}",
            ExpressionAttributeValues=items.values(given),
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _store(self, file: File, upload: str) -> bool:
        """Write the row of *file* and its key together; False if a twin was or may be faster."""
        claim = {"pk": items.partition(file.inquiry), "sk": upload, "n": file.n}
        try:
            self.dynamodb.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": self.table,
                            "Item": item,
                            "ConditionExpression": "attribute_not_exists(pk)",
                        }
                    }
                    for item in (items.from_file(file), items.values(claim))
                ]
            )
        except ClientError as error:
            codes = ("TransactionCanceledException", "TransactionInProgressException", CONFLICT)
            if any(items.failed(error, code) for code in codes):
                return False
            raise
        return True

    def _under(self, inquiry: str, upload: str) -> File | None:
        claim = read(self.dynamodb, self.table, inquiry, upload).get(upload)
        return file_of(claim, inquiry, self.dynamodb, self.table) if claim else None

    def _update(self, file: File, change: str, condition: str, given: dict[str, Any]) -> None:
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


def upload_key(kind: str, *parts: str | int) -> str:
    """
    Return the sort key that stands for one declared file, whatever a client calls it.

    A hash: clients make their ids of the file's name.
    """
    text = "\n".join((kind, *map(str, parts)))
    return f"{items.UPLOAD}{hashlib.sha256(text.encode('utf-8')).hexdigest()}"


def read(dynamodb: Any, table: str, inquiry: str, *sort_keys: str) -> dict[str, items.Item]:
    """Read some items of an inquiry in one consistent request, by their sort keys."""
    with outages_become_refusals():
        answer = dynamodb.batch_get_item(
            RequestItems={
                table: {
                    "Keys": [items.key(inquiry, each) for each in sort_keys],
                    "ConsistentRead": True,
                }
            }
        )
    if answer.get("UnprocessedKeys"):
        raise UnavailableError  # throttled
    return {item["sk"]["S"]: item for item in answer["Responses"][table]}


def file_of(claim: items.Item, inquiry: str, dynamodb: Any, table: str) -> File | None:
    """Read the file that the item of an upload key stands for."""
    row = items.file_sort_key(int(items.plain(claim)["n"]))
    found = read(dynamodb, table, inquiry, row)
    return items.to_file(found[row]) if row in found else None
