"""The table: inquiries with all that belongs to them, accepted in one transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from intake import canary, clock
from intake.aws import items, transactions
from intake.aws.outages import outages_become_refusals
from intake.aws.transactions import FAILED_CONDITION
from intake.inquiry import Case, File, Inquiry, Letter

# Keys outlive every retry of every client; never the 3600 s that idempotency libraries default to.
KEYS_LIVE = timedelta(days=30)
# Without a key, equal content to the same form within this time is the same inquiry.
SAME_CONTENT = timedelta(minutes=10)
_ATTEMPTS = 6
_FIRST_WAIT_S = 0.02


@dataclass(frozen=True)
class Claim:
    """The right to answer for some keys: what a second post with one of them must equal."""

    # Partition keys, "key#<form>#<hash>" or "content#<form>#<hash>", each with how long it means
    # the same inquiry.
    keys: Mapping[str, timedelta]
    content: str  # SHA-256 of answers and files
    answer: str  # what the first post was told, to be told again byte for byte


@dataclass(frozen=True)
class Earlier:
    """The inquiry that used a key before, as far as a second post may see it."""

    inquiry: str
    content: str
    answer: str


class ReferenceTakenError(Exception):
    """Another inquiry has this reference; take a new one."""


@dataclass(frozen=True)
class InquiryTable:
    """Inquiries. Files are in `files.Files`, letters in `ledger.Ledger`, on the same table."""

    dynamodb: Any
    table: str
    sleep: Callable[[float], None] = time.sleep

    def earlier(self, claim: Claim, now: datetime) -> Earlier | None:
        """Return what was answered under a key of *claim*; None if all are unused or lapsed."""
        found = (self._under(key, now) for key in claim.keys)
        return next((earlier for earlier in found if earlier), None)

    def _under(self, key: str, now: datetime) -> Earlier | None:
        with outages_become_refusals():
            answer = self.dynamodb.get_item(
                TableName=self.table,
                Key=items.values({"pk": key, "sk": "key"}),
                ConsistentRead=True,
            )
        if "Item" not in answer:
            return None
        stored = items.plain(answer["Item"])
        # TTL deletes late, so what has lapsed may still be there.
        if stored["replay_until"] <= clock.text(now):
            return None
        return Earlier(stored["inquiry"], stored["content"], stored["answer"])

    def accept(
        self, inquiry: Inquiry, files: Sequence[File], letters: Sequence[Letter], claim: Claim
    ) -> Earlier | None:
        """
        Store all of an inquiry or nothing. Return None, or what stands under the key already.

        Raises ReferenceTakenError, and UnavailableError when the table stays in conflict: then
        nothing is stored and the same post may come again.
        """
        writes = self._writes(inquiry, files, letters, claim)
        for attempt in range(_ATTEMPTS):
            reasons = transactions.attempt(self.dynamodb, writes)
            if reasons is None:
                return None
            if FAILED_CONDITION in reasons[: len(claim.keys)]:
                won = self.earlier(claim, inquiry.received_at)
                if won:
                    return won
            elif FAILED_CONDITION in reasons:
                raise ReferenceTakenError
            # A twin of this post is being stored, or we are throttled: jitter keeps fifty twins
            # from meeting again.
            self.sleep(random.uniform(0, _FIRST_WAIT_S * 2**attempt))  # noqa: S311
        won = self.earlier(claim, inquiry.received_at)
        if won:
            return won
        raise transactions.given_up(reasons)

    def _writes(
        self, inquiry: Inquiry, files: Sequence[File], letters: Sequence[Letter], claim: Claim
    ) -> list[dict[str, Any]]:
        """Return all writes; the keys come first, so that their cancellation reasons do too."""
        now = inquiry.received_at
        earlier = {
            "sk": "key",
            "content": claim.content,
            "answer": claim.answer,
            "inquiry": inquiry.id,
            "expires_at": int((now + KEYS_LIVE).timestamp()),
        }
        reference = {
            "pk": f"reference#{inquiry.reference}",
            "sk": "reference",
            "inquiry": inquiry.id,
            **canary.expiry(inquiry.id, now),
        }
        unused = "attribute_not_exists(pk)"
        return [
            *(
                {
                    "Put": {
                        "TableName": self.table,
                        "Item": items.values(earlier | {"pk": key, "replay_until": now + lives}),
                        "ConditionExpression": f"{unused} OR replay_until <= :now",
                        "ExpressionAttributeValues": items.values({":now": now}),
                    }
                }
                for key, lives in claim.keys.items()
            ),
            *(
                {"Put": {"TableName": self.table, "Item": item, "ConditionExpression": unused}}
                for item in (
                    items.values(reference),
                    items.from_inquiry(inquiry),
                    *(items.from_file(file) for file in files),
                    *(items.from_letter(letter) for letter in letters),
                )
            ),
        ]

    def case(self, inquiry: str) -> Case | None:
        """Read an inquiry with its files and letters, consistently; None if there is none."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=items.values(
                {
                    ":pk": items.partition(inquiry),
                    ":first": items.FILE,
                    ":last": f"{items.LETTER}~",
                }
            ),
            ConsistentRead=True,
        )
        found: Inquiry | None = None
        files: list[File] = []
        letters: dict[str, Letter] = {}
        for item in (item for page in pages for item in page["Items"]):
            sort_key = item["sk"]["S"]
            if sort_key == items.INQUIRY:
                found = items.to_inquiry(item)
            elif sort_key.startswith(items.FILE):
                files.append(items.to_file(item))
            elif sort_key.startswith(items.LETTER):
                letter = items.to_letter(item)
                letters[letter.kind] = letter
        return Case(found, tuple(files), letters) if found else None
