"""What the canary keeps between its flights, and what became of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake import clock
from intake.aws import items
from intake.aws.inquiries import InquiryTable
from intake.aws.outages import outages_become_refusals
from intake.inquiry import Case, File

_KEY = {"pk": "canary", "sk": "canary"}


@dataclass(frozen=True)
class Flight:
    """One post. Neither `inquiry` nor `refused`: nobody wrote down how it ended."""

    sent_at: datetime
    inquiry: str | None = None
    refused: bool = False


@dataclass(frozen=True)
class Flights:
    """
    The last flight, in one item of the table, and its inquiry as everybody left it.

    Each method raises UnavailableError where AWS does not answer.
    """

    dynamodb: Any
    s3: Any
    table: str
    records: str  # name of the bucket

    def last(self) -> Flight | None:
        """Return the flight before this one; None at the very first."""
        with outages_become_refusals():
            answer = self.dynamodb.get_item(
                TableName=self.table, Key=items.values(_KEY), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        stored = items.plain(answer["Item"])
        return Flight(
            clock.moment(stored["sent_at"]), stored.get("inquiry"), bool(stored.get("refused"))
        )

    def keep(self, flight: Flight) -> None:
        """Remember *flight* instead of the one before."""
        with outages_become_refusals():
            self.dynamodb.put_item(TableName=self.table, Item=items.values(_KEY | vars(flight)))

    def case(self, inquiry: str) -> Case | None:
        """Read what the table holds of *inquiry*."""
        with outages_become_refusals():
            return InquiryTable(self.dynamodb, self.table).case(inquiry)

    def is_in_records(self, file: File) -> bool:
        """Tell whether the checked version of *file* lies where it can be opened."""
        with outages_become_refusals():
            answer = self.s3.list_object_versions(Bucket=self.records, Prefix=file.key)
        found = {(each["Key"], each["VersionId"]) for each in answer.get("Versions", ())}
        return (file.key, file.records_version) in found
