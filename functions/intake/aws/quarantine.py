"""What waits in quarantine, and which team was told of it today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from intake import clock
from intake.aws import items
from intake.aws.casework import WORKLIST

# Long after the day for which it speaks.
_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the oldest of them does."""

    count: int
    since: datetime | None = None


@dataclass(frozen=True)
class Quarantine:
    """The worklists of what looks like a bot's, and a note for each day and form that was told."""

    dynamodb: Any
    table: str

    def waiting(self, form: str) -> Waiting:
        """Count what waits for *form*; nothing of the patient is in that index."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=WORKLIST,
            KeyConditionExpression="worklist = :partition",
            ExpressionAttributeValues=items.values({":partition": f"quarantine#{form}"}),
        )
        count, oldest = 0, ""
        for found in (item for page in pages for item in page["Items"]):
            received = found["received_at"]["S"]
            count, oldest = count + 1, min(oldest or received, received)
        return Waiting(count, clock.moment(oldest) if oldest else None)

    def claim(self, form: str, day: date, now: datetime) -> bool:
        """Take the right to tell the team of *form* on this *day*; False if somebody took it."""
        try:
            self._note(
                form,
                day,
                now,
                ConditionExpression="attribute_not_exists(pk) OR given_back = :yes",
                ExpressionAttributeValues=items.values({":yes": True}),
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def give_back(self, form: str, day: date, now: datetime) -> None:
        """Let another run tell them: the mail surely never left."""
        self._note(form, day, now, given_back=True)

    def _note(
        self, form: str, day: date, now: datetime, *, given_back: bool = False, **condition: Any
    ) -> None:
        note = {"pk": f"digest#{form}#{day.isoformat()}", "sk": "digest", "claimed_at": now}
        expiry = {"expires_at": int((now + _KEPT).timestamp())}
        self.dynamodb.put_item(
            TableName=self.table,
            Item=items.values(note | expiry | {"given_back": given_back}),
            **condition,
        )
