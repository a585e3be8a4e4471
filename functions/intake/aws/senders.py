"""What a sender's link reads of an inquiry, and what its holder may say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items
from intake.aws.declared import file_of, read
from intake.aws.outages import outages_become_refusals
from intake.errors import NotFoundError
from intake.inquiry import File, Inquiry


@dataclass(frozen=True)
class Senders:
    """Inquiries as their senders reach them: one file at a time, and a word to the team."""

    dynamodb: Any
    table: str

    def with_file(self, inquiry: str, n: int | None) -> tuple[Inquiry | None, File | None]:
        """Read an inquiry and one of its files in one consistent request."""
        sort_keys = [items.INQUIRY, *([] if n is None else [items.file_sort_key(n)])]
        found = read(self.dynamodb, self.table, inquiry, *sort_keys)
        file = found.get(sort_keys[-1]) if n is not None else None
        return _inquiry(found), items.to_file(file) if file else None

    def with_upload(self, inquiry: str, upload: str) -> tuple[Inquiry | None, File | None]:
        """Read an inquiry and the file that was declared under the key *upload*, if one was."""
        found = read(self.dynamodb, self.table, inquiry, items.INQUIRY, upload)
        claim = found.get(upload)
        file = file_of(claim, inquiry, self.dynamodb, self.table) if claim else None
        return _inquiry(found), file

    def say_all(self, inquiry: str, now: datetime) -> None:
        """Note that the sender has nothing more to send for now."""
        self._set(inquiry, "SET done_at = :now", now)

    def confirm(self, inquiry: str, secret: str, now: datetime) -> None:
        """
        Note, once, that somebody used the link that was mailed to the sender's address.

        Raises NotFoundError where that address was corrected since its *secret* was compared.
        """
        change = "SET confirmed_at = if_not_exists(confirmed_at, :now)"
        try:
            self._set(inquiry, change, now, " AND receipt_secret = :secret", {":secret": secret})
        except ClientError as error:
            if items.failed(error):
                raise NotFoundError from None
            raise

    def _set(
        self,
        inquiry: str,
        change: str,
        now: datetime,
        only_if: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> None:
        with outages_become_refusals():
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(inquiry, items.INQUIRY),
                UpdateExpression=change,
                ConditionExpression=f"attribute_exists(pk){only_if}",
                ExpressionAttributeValues=items.values({":now": now, **(given or {})}),
            )


def _inquiry(found: dict[str, items.Item]) -> Inquiry | None:
    return items.to_inquiry(found[items.INQUIRY]) if items.INQUIRY in found else None
