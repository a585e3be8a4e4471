"""Our dataclasses as DynamoDB items, and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from intake import canary, clock
from intake.inquiry import File, Inquiry, Letter, due_shard

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize

Item = dict[str, Any]
# What reading an item raises that is not as we write it.
UNREADABLE = (LookupError, TypeError, ValueError)

# Sort keys under one inquiry. What a case is made of lies together, from FILE to LETTER, so that
# one query reads it without the access log before it and the upload keys after it.
ACCESS = "access#"
EVENT = "event#"
FILE = "file#"
INQUIRY = "inquiry"
LETTER = "letter#"
UPLOAD = "upload#"


def values(plain: Mapping[str, Any]) -> Item:
    """Serialize *plain* for DynamoDB; a moment becomes text, None is left out."""
    return {
        name: _serialize(clock.text(value) if isinstance(value, datetime) else value)
        for name, value in plain.items()
        if value is not None
    }


def plain(item: Item) -> dict[str, Any]:
    """Undo `values`, but for moments, which stay text."""
    return {name: _deserialize(value) for name, value in item.items()}


def text(document: Any) -> str:
    """Return *document* as the JSON text that the table keeps."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def partition(inquiry: str) -> str:
    """Return the partition key of everything that belongs to *inquiry*."""
    return f"inquiry#{inquiry}"


def file_sort_key(n: int) -> str:
    """Return the sort key of file number *n*."""
    return f"{FILE}{n:04d}"


def letter_sort_key(kind: str) -> str:
    """Return the sort key of the letter of this *kind*."""
    return f"{LETTER}{kind}"


def key(inquiry: str, sort_key: str) -> Item:
    """Return the primary key of one item of *inquiry*."""
    return values({"pk": partition(inquiry), "sk": sort_key})


def from_inquiry(inquiry: Inquiry) -> Item:
    """
    Return the item of *inquiry*.

    Answers are kept as JSON text: DynamoDB has no floats, and nothing searches inside them.
    """
    fields = _fields(inquiry, leave_out=("answers", "flags", "consents", "waived", "changes"))
    fields |= {
        "pk": partition(inquiry.id),
        "sk": INQUIRY,
        "answers": text(inquiry.answers),
        "flags": list(inquiry.flags),
        "consents": text(list(inquiry.consents)),
        "waived": text(list(inquiry.waived)) if inquiry.waived else None,
        "changes": text(list(inquiry.changes)) if inquiry.changes else None,
    }
    fields |= canary.expiry(inquiry.id, inquiry.received_at)
    return values(fields | worklist_of(inquiry))


def worklist_of(inquiry: Inquiry) -> dict[str, str]:
    """Return what puts *inquiry* on a list of the team; nothing if it needs no work, or no more."""
    is_over = inquiry.answered_at or inquiry.rejected_at or inquiry.withdrawn_at
    if is_over or canary.is_canary(inquiry.id):
        return {}
    aside = "quarantine#" if inquiry.is_quarantined else ""
    return {
        "worklist": f"{aside}{inquiry.form}",
        "worklist_order": f"{clock.text(inquiry.answer_by)}#{inquiry.reference}",
    }


def from_file(file: File) -> Item:
    """Return the item of *file*, in the due index while it is unfinished."""
    fields = _fields(file) | {"pk": partition(file.inquiry), "sk": file_sort_key(file.n)}
    fields |= canary.expiry(file.inquiry, file.declared_at)
    return values(_with_shard(fields, file.inquiry))


def from_letter(letter: Letter) -> Item:
    """Return the item of *letter*, in the due index while it is unfinished."""
    fields = _fields(letter, leave_out=("told", "earlier"))
    fields["earlier"] = list(letter.earlier) or None
    fields |= {"pk": partition(letter.inquiry), "sk": letter_sort_key(letter.kind)}
    fields |= canary.expiry(letter.inquiry, letter.due_at)
    return values(_with_shard(fields, letter.inquiry))


def to_inquiry(item: Item) -> Inquiry:
    """Read what `from_inquiry` wrote."""
    stored = plain(item)
    stored["answers"] = json.loads(stored["answers"])
    stored["consents"] = tuple(json.loads(stored["consents"]))
    stored["waived"] = tuple(json.loads(stored.get("waived", "[]")))
    stored["changes"] = tuple(json.loads(stored.get("changes", "[]")))
    stored["flags"] = tuple(stored["flags"])
    return Inquiry(**_known(Inquiry, stored))


def to_file(item: Item) -> File:
    """Read what `from_file` wrote."""
    return File(**_known(File, plain(item)))


def to_letter(item: Item) -> Letter:
    """Read what `from_letter` wrote, with what the ledger added since."""
    stored = plain(item)
    if "told" in stored:
        stored["told"] = tuple(int(n) for n in stored["told"])
    stored["earlier"] = tuple(stored.get("earlier", ()))
    return Letter(**_known(Letter, stored))


def has_expired(item: Item, now: datetime) -> bool:
    """Tell whether DynamoDB is about to remove *item*: it may take days."""
    return "expires_at" in item and int(item["expires_at"]["N"]) <= now.timestamp()


def failed(error: ClientError, code: str = "ConditionalCheckFailedException") -> bool:
    """Tell whether *error* is DynamoDB's *code*."""
    return bool(error.response["Error"]["Code"] == code)


def _fields(instance: Any, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        field.name: getattr(instance, field.name)
        for field in dataclasses.fields(instance)
        if field.name not in leave_out
    }


def _with_shard(fields: dict[str, Any], inquiry: str) -> dict[str, Any]:
    return fields | {"due_shard": due_shard(inquiry)} if fields["due_at"] else fields


def _known(type_: Any, stored: dict[str, Any]) -> dict[str, Any]:
    """Keep what *type_* declares (a newer version may have stored more) and make it typed."""
    known: dict[str, Any] = {}
    for name, may_miss, read in _fields_of(type_):
        if name in stored:
            known[name] = read(stored[name]) if read else stored[name]
        elif may_miss:
            known[name] = None  # `values` left it out
    return known


@cache
def _fields_of(type_: Any) -> tuple[tuple[str, bool, Callable[[Any], Any] | None], ...]:
    """Return name, whether None was left out, and how to read what was stored, for each field."""
    found = []
    for field in dataclasses.fields(type_):
        may_miss = field.default is dataclasses.MISSING and "None" in str(field.type)
        read: Callable[[Any], Any] | None = None
        if "datetime" in str(field.type):
            read = clock.moment
        elif field.type in {"int", "int | None"}:
            read = int
        found.append((field.name, may_miss, read))
    return tuple(found)
