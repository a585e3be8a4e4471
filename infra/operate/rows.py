"""The table's rows without anything a patient wrote: those fields are not even asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from infra.operate.deployed import Deployed
from intake import clock
from intake.aws import items
from intake.inquiry import File, Letter

_STAMPS = (
    "received_at",
    "quarantined_at",
    "released_at",
    "done_at",
    "opened_at",
    "answered_at",
    "rejected_at",
    "withdrawn_at",
)
_OF_INQUIRY = ("id", "reference", "form", *_STAMPS)
# A file's name is the sender's own words, and so may be what our check read out of it.
_SECRET = {"name", "declared_type", "facts", "sha256"}
_OF_FILE = tuple(one.name for one in fields(File) if one.name not in _SECRET)
_OF_LETTER = tuple(one.name for one in fields(Letter))
_ASKED = sorted({"pk", "sk", *_OF_INQUIRY, *_OF_FILE, *_OF_LETTER})


@dataclass(frozen=True)
class Known:
    """What an operator may see of an inquiry."""

    reference: str
    form: str
    is_opened: bool
    is_rejected: bool
    stamps: Mapping[str, datetime] = field(default_factory=dict)  # by name, such as opened_at

    @property
    def waits_for_no_file(self) -> bool:
        """Whether nobody will ever decide on one that is kept back."""
        return self.is_rejected or "withdrawn_at" in self.stamps


@dataclass
class Rows:
    """Everything that is owed or waits, by inquiry."""

    inquiries: dict[str, Known] = field(default_factory=dict)
    letters: dict[str, dict[str, Letter]] = field(default_factory=dict)
    files: dict[str, dict[int, File]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)  # keys

    def all_letters(self) -> Iterator[Letter]:
        """Yield every letter."""
        for of_inquiry in self.letters.values():
            yield from of_inquiry.values()

    def all_files(self) -> Iterator[File]:
        """Yield every file."""
        for of_inquiry in self.files.values():
            yield from of_inquiry.values()


def read(deployed: Deployed) -> Rows:
    """Read the table itself, not the due index: that forgets what ended badly."""
    rows = Rows()
    pages = deployed.aws.dynamodb.get_paginator("scan").paginate(
        TableName=deployed.table,
        ConsistentRead=True,
        ProjectionExpression=", ".join(f"#{name}" for name in _ASKED),
        ExpressionAttributeNames={f"#{name}": name for name in _ASKED},
        FilterExpression="#sk = :inquiry OR begins_with(#sk, :file) OR begins_with(#sk, :letter)",
        ExpressionAttributeValues=items.values(
            {":inquiry": items.INQUIRY, ":file": items.FILE, ":letter": items.LETTER}
        ),
    )
    for page in pages:
        for item in page["Items"]:
            try:
                _take(rows, item)
            except items.UNREADABLE:
                rows.unreadable.append(f"{item['pk']['S']} {item['sk']['S']}")
    return rows


def _take(rows: Rows, item: dict[str, Any]) -> None:
    sort_key = item["sk"]["S"]
    if sort_key.startswith(items.LETTER):
        letter = items.to_letter(item)
        rows.letters.setdefault(letter.inquiry, {})[letter.kind] = letter
    elif sort_key.startswith(items.FILE):
        file = items.to_file(item | items.values({"name": "", "declared_type": ""}))
        rows.files.setdefault(file.inquiry, {})[file.n] = file
    else:
        found = items.plain(item)
        rows.inquiries[found["id"]] = Known(
            found["reference"],
            found["form"],
            "opened_at" in found,
            "rejected_at" in found,
            {name: clock.moment(found[name]) for name in found if name.endswith("_at")},
        )
