"""Files that senders declare: one number, one row and one key each, before anything comes."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from intake import canary
from intake.aws import items, transactions
from intake.aws.expected import Expected, Room
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.errors import (
    InquiryFullError,
    TooManyUploadsError,
    UnavailableError,
)
from intake.inquiry import File

_ATTEMPTS = 6
_FIRST_WAIT_S = 0.02
_TWIN_LOOKS = 4
_MB = 1_000_000


@dataclass(frozen=True)
class Declared(Expected):
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

    def set_aside(self, file: File) -> int:
        """Return how many bytes are kept for a *file* that has not come."""
        sort_key = items.file_sort_key(file.n)
        row = read(self.dynamodb, self.table, file.inquiry, sort_key).get(sort_key, {})
        return int(items.plain(row).get("charged", 0))

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
        claim |= canary.expiry(file.inquiry, file.declared_at)
        row = items.from_file(file) | items.values({"charged": charged})
        writes = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for item in (row, items.values(claim))
        ]
        return transactions.attempt(self.dynamodb, writes) is None

    def _under(self, inquiry: str, upload: str) -> File | None:
        claim = read(self.dynamodb, self.table, inquiry, upload).get(upload)
        return file_of(claim, inquiry, self.dynamodb, self.table) if claim else None


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
        raise UnavailableError("BatchGetItem UnprocessedKeys")  # throttled
    return {item["sk"]["S"]: item for item in answer["Responses"][table]}


def file_of(claim: items.Item, inquiry: str, dynamodb: Any, table: str) -> File | None:
    """Read the file that the item of an upload key stands for."""
    row = items.file_sort_key(int(items.plain(claim)["n"]))
    found = read(dynamodb, table, inquiry, row)
    return items.to_file(found[row]) if row in found else None
