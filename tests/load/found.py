"""What is left when all is quiet: rows, objects and mails, as bucket, table and inbox have them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from tests.journey.conftest import World

Row = dict[str, Any]
_CANARY = "canary"
_ALL = 1_000_000
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Mail:
    """One mail that SES took."""

    id: str
    inquiry: str
    kind: str
    taken_at: datetime


@dataclass
class Found:
    """Everything by inquiry. `objects` are (bucket, key, version) with the SHA-256 of each."""

    inquiries: dict[str, Row] = field(default_factory=dict)
    files: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    letters: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    mails: dict[tuple[str, str], list[Mail]] = field(default_factory=lambda: defaultdict(list))
    objects: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def by_email(self) -> dict[str, list[str]]:
        """Return the inquiries of each sender; the canary, which posts by itself, has none."""
        found: dict[str, list[str]] = defaultdict(list)
        for inquiry, row in self.inquiries.items():
            if row["form"] != _CANARY:
                found[row["answers"]["contact"]["email"]].append(inquiry)
        return found

    def mailed(self, inquiry: str, kind: str) -> list[Mail]:
        """Return the mails of one letter, the first one first."""
        return sorted(self.mails.get((inquiry, kind), ()), key=lambda mail: mail.taken_at)


def moment(text: str | None) -> datetime | None:
    """Return a moment as the table writes it."""
    return None if text is None else datetime.fromisoformat(text)


def find(world: World) -> Found:
    """Read all of it. This process must be sealed: its clients reach *world* and no other AWS."""
    found, names = Found(), _names(world)
    for row in _rows(names["INQUIRY_TABLE"]):
        inquiry, sort_key = row["pk"].removeprefix("inquiry#"), row["sk"]
        if sort_key == "inquiry":
            found.inquiries[inquiry] = row | {"answers": json.loads(row["answers"])}
        elif sort_key.startswith("file#"):
            found.files[inquiry].append(row)
        elif sort_key.startswith("letter#"):
            found.letters[inquiry][sort_key.removeprefix("letter#")] = row
    for bucket in ("UPLOADS_BUCKET", "RECORDS_BUCKET"):
        for key, version, content in _versions(names[bucket]):
            place = (bucket.partition("_")[0].lower(), key, version)
            found.objects[place] = hashlib.sha256(content).hexdigest()
    for mail in _mails(world):
        found.mails[mail.inquiry, mail.kind].append(mail)
    return found


def _names(world: World) -> dict[str, str]:
    """Return what the functions are told that table and buckets are called."""
    told: dict[str, str] = {}
    for environment in world.get("/env.json").json.values():
        told |= environment
    return told


def _rows(table: str) -> Iterator[Row]:
    for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            yield {name: _deserialize(value) for name, value in item.items()}


def _versions(bucket: str) -> Iterator[tuple[str, str, bytes]]:
    s3 = boto3.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in page.get("Versions", []):
            place = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
            yield one["Key"], one["VersionId"], s3.get_object(**place)["Body"].read()


def _mails(world: World) -> Iterator[Mail]:
    for told in world.inbox.list(limit=_ALL)["messages"]:
        tags = dict(tag.split("=", 1) for tag in told["Tags"])
        taken_at = datetime.fromisoformat(told["Created"])
        yield Mail(told["ID"], tags["inquiry"], tags["letter"], taken_at)
