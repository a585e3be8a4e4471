"""How often something came: one count for all processes, and nothing in it that tells of whom."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from concurrent import futures
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from intake.aws import items
from intake.errors import name_of


@dataclass(frozen=True)
class Thing:
    """What is counted: a *kind* of ours, and *which* of them, in windows of one length."""

    kind: str
    which: str = field(repr=False)  # an address, of a person or of their network
    window: timedelta

    def begins(self, now: datetime) -> int:
        """Return the second in which the window of *now* began; windows don't slide."""
        length = int(self.window.total_seconds())
        return int(now.timestamp()) // length * length

    def left(self, now: datetime) -> int:
        """Return how many seconds its window still has."""
        return self.begins(now) + int(self.window.total_seconds()) - int(now.timestamp())


@dataclass(frozen=True)
class Count:
    """How often it has come in this window, this time included; None if the table didn't say."""

    thing: Thing
    n: int | None
    error: str = ""


@dataclass(frozen=True)
class Counters:
    """
    Counts on the table. The keys are made with *secret*: they can't be guessed back.

    Each window has a key of its own, so that not even counts of two days can be told to be of one
    person.
    """

    dynamodb: Any
    table: str
    secret: str = field(repr=False)

    def count(self, things: Sequence[Thing], now: datetime) -> list[Count]:
        """
        Count each of *things* once more, all at the same time.

        A table that is throttled or silent refuses nobody: then there is no count, and why. Threads
        live as long as the call: Lambda stops processes between two requests.
        """
        if not things:
            return []
        first, *others = things
        with futures.ThreadPoolExecutor(max(1, len(others))) as pool:
            under_way = [pool.submit(self._one, thing, now) for thing in others]
            return [self._one(first, now), *(each.result() for each in under_way)]

    def _one(self, thing: Thing, now: datetime) -> Count:
        begins = thing.begins(now)
        hidden = hmac.digest(
            self.secret.encode(), f"{thing.kind} {begins} {thing.which}".encode(), hashlib.sha256
        )
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=items.values({"pk": f"count#{hidden.hex()}", "sk": "count"}),
                UpdateExpression="ADD posts :one SET expires_at = :expires",
                ExpressionAttributeValues=items.values(
                    {":one": 1, ":expires": begins + 2 * int(thing.window.total_seconds())}
                ),
                ReturnValues="UPDATED_NEW",
            )
        except (BotoCoreError, ClientError) as error:
            return Count(thing, None, name_of(error))
        return Count(thing, int(answer["Attributes"]["posts"]["N"]))
