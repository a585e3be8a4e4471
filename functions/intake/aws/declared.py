"""Files that senders declare: one number, one row and one key each, before anything comes."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items, transactions
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.aws.uploads import LAPSED
from intake.errors import (
    InquiryFullError,
    NotSignedError,
    TooManyUploadsError,
    UnavailableError,
)
from intake.inquiry import LOOK_FOR_UPLOAD, File, due_shard

_ATTEMPTS = 6
_FIRST_WAIT_S = 0.02
_TWIN_LOOKS = 4
# Reloads begin anew, now and then; each one more could hold a whole file's parts for a week.
_MOST_BEGUN = 10
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

    def declare(self, wanted: File, upload: str, room: Room, largest: int = 0) -> File:
        """
        Give *wanted* the inquiry's next number and store it, once for the key *upload*.

        The number is taken first, in a write that also holds the limits: files that are declared
        at the same time never share one, and a number that is lost leaves a harmless gap. A file
        whose size nobody knows yet takes *largest*, or what is left, until it is here. Raises
        TooManyUploadsError, InquiryFullError, UnavailableError.
        """
        with outages_become_refusals(CONFLICT):
            try:
                n, charged = self._next_number(wanted, room, largest)
            except (TooManyUploadsError, InquiryFullError):
                twin = self._twin_at_the_limit(wanted.inquiry, upload)
                if twin is None:
                    raise
                return twin
            try:
                file = self._stored(replace(wanted, n=n), upload, charged)
            except BaseException:
                with suppress(Exception):
                    self._hand_back(wanted.inquiry, upload, n, charged)
                raise
            if file.n != n:
                self._give_back(wanted.inquiry, n, charged)
            return file

    def _stored(self, file: File, upload: str, charged: int) -> File:
        for attempt in range(_ATTEMPTS):
            if self._store(file, upload, charged):
                return file
            twin = self._under(file.inquiry, upload)
            if twin is not None:
                return twin
            # A twin of this request is being stored: jitter keeps the two from meeting again.
            self.sleep(random.uniform(0, _FIRST_WAIT_S * 2**attempt))  # noqa: S311
        raise UnavailableError

    def _twin_at_the_limit(self, inquiry: str, upload: str) -> File | None:
        """Find the file that has this very request's bytes: its twin may be storing it."""
        for attempt in range(_TWIN_LOOKS):
            twin = self._under(inquiry, upload)
            if twin is not None:
                return twin
            self.sleep(_FIRST_WAIT_S * 2**attempt)
        return None

    def _hand_back(self, inquiry: str, upload: str, n: int, charged: int) -> None:
        """Give back what a file took that was not stored, unless it was and the answer got lost."""
        stored = self._under(inquiry, upload)
        if stored is None or stored.n != n:
            self._count(inquiry, -charged)

    def _give_back(self, inquiry: str, n: int, charged: int) -> None:
        """Take back what a twin took: its number too, while no other has come after it."""
        with suppress(ClientError, UnavailableError):
            try:
                self._count(
                    inquiry,
                    -charged,
                    files=-1,
                    condition=" AND files_declared = :next",
                    limits={":next": n + 1},
                )
            except ClientError as error:
                if not items.failed(error):
                    raise
                self._count(inquiry, -charged)

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
        raise UnavailableError

    def set_aside(self, file: File) -> int:
        """Return how many bytes are kept for a *file* that has not come."""
        sort_key = items.file_sort_key(file.n)
        row = read(self.dynamodb, self.table, file.inquiry, sort_key).get(sort_key, {})
        return int(items.plain(row).get("charged", 0))

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

    def _next_number(self, wanted: File, room: Room, largest: int) -> tuple[int, int]:
        """Return the file's number, and the bytes that were taken for it."""
        size = wanted.size or largest or 1
        for _ in range(_ATTEMPTS):
            try:
                answer = self._count(
                    wanted.inquiry,
                    size,
                    files=1,
                    condition=" AND files_declared < :files AND bytes_declared <= :bytes",
                    limits={":files": room.files, ":bytes": room.bytes - size},
                )
            except ClientError as error:
                if not items.failed(error):
                    raise
                item: Any = error.response.get("Item") or {}
                before = items.plain(item)
                if before.get("files_declared", 0) >= room.files:
                    raise TooManyUploadsError(limit=room.files) from None
                left = room.bytes - int(before.get("bytes_declared", 0))
                if wanted.size or left < 1:
                    raise InquiryFullError(limit=room.bytes // _MB) from None
                size = min(size, left)
            else:
                return int(items.plain(answer["Attributes"])["files_declared"]) - 1, size
        raise UnavailableError

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

    def _store(self, file: File, upload: str, charged: int) -> bool:
        """Write the row of *file* and its key together; False if a twin was or may be faster."""
        claim = {"pk": items.partition(file.inquiry), "sk": upload, "n": file.n}
        row = items.from_file(file) | items.values({"charged": charged})
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
                    for item in (row, items.values(claim))
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
