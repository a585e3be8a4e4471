"""How much a page of the worklist reads when a hundred thousand inquiries are open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from infra.local import sealed
from infra.local.creation import create
from infra.local.identity import ACCOUNT, Place
from infra.local.reading import read
from infra.local.template import Stack
from infra.local.world import ROOT, parameters
from intake.reference import new_id, new_reference
from tests.bench.figures import Fact
from tests.bench.plan import Plan
from tests.bench.steps import carried_out, wired

MOST_READS = 2
_OPEN, _OPEN_SHORT = 100_000, 2_000
_PAGES = 3
_A_READ = 2**20  # what DynamoDB looks at before it asks to be called again
_FORM = "rheumatoid-arthritis"
_FIRST = datetime(2026, 11, 23, tzinfo=UTC)
_DOCTOR = {"sub": "doctor", "username": "doctor", "cognito:groups": "[doctors]"}


def rows(plan: Plan) -> list[Fact]:
    """Count what open_case asks of a table that is that full, and what it is given."""
    many = _OPEN_SHORT if plan.short else _OPEN
    with _emulator() as table:
        size = _fill(table, many)
        handler = wired("open_case", plan.environment("OpenCase", ""))
        pages = _pages(handler)
    reads = max(page.reads for page in pages)
    items = max(page.items for page in pages)
    rows_shown = max(page.shown for page in pages)
    return [
        Fact(
            f"worklist of {many:,} open cases: reads for a page of {rows_shown}",
            f"{reads} ({items:,} items)",
            reads <= MOST_READS,
            f"<= {MOST_READS}",
            f"{-(-size // _A_READ)} ({many:,} items)",
            "a scan of these items, by their size",
        )
    ]


@dataclass
class _Count:
    """What was asked of DynamoDB, and how many items it looked at."""

    reads: int = 0
    items: int = 0
    shown: int = 0

    def note(self, parsed: Mapping[str, Any], **_: Any) -> None:
        """Count one answer."""
        self.reads += 1
        self.items += parsed.get("ScannedCount", 1)


def _pages(handler: Any) -> list[_Count]:
    """Turn pages from the first, as a person would."""
    dynamodb, after, pages = handler.client("dynamodb"), "", []
    for _ in range(_PAGES):
        count = _Count()
        dynamodb.meta.events.register("after-call.dynamodb", count.note)
        given = {"form": _FORM, **({"after": after} if after else {})}
        page = carried_out(
            handler, "GET /cases", given, authorizer={"jwt": {"claims": _DOCTOR, "scopes": None}}
        )
        dynamodb.meta.events.unregister("after-call.dynamodb", count.note)
        count.shown, after = len(page["cases"]), page["next"]
        pages.append(count)
    return pages


@contextmanager
def _emulator() -> Iterator[str]:
    """
    Lay the template's table in this process, and give its name.

    Without a server between: the emulator looks at every item for each page, which takes longer
    than our clients wait.
    """
    sealed.seal("")
    place = Place(sealed.region(), "https://clinic.example")
    stack = Stack(ROOT / "template.yaml", place, parameters("https://clinic.example"))
    blueprint = read(stack.resources(), place)
    with mock_aws():
        make: Any = boto3.client  # its types name every service one by one
        clients = {service: make(service) for service in ("s3", "sqs", "dynamodb", "sesv2")}
        create(blueprint, clients, "intake@clinic.example", place.region)
        yield next(iter(blueprint.tables))


def _fill(table: str, many: int) -> int:
    """
    Put open cases straight into the emulator's memory: by its API it would take ten minutes.

    They hold what the index shows, and come in any order. Return their size in bytes.
    """
    kept = dynamodb_backends[ACCOUNT][sealed.region()].tables[table]
    size = 0
    for n in range(many):
        received = _FIRST + timedelta(seconds=n * 7 % many)
        due = f"{received + timedelta(days=2):%Y-%m-%dT%H:%M:%S.%fZ}"
        reference = new_reference()
        item = {
            "pk": f"inquiry#{new_id()}",
            "sk": "inquiry",
            "worklist": _FORM,
            "worklist_order": f"{due}#{reference}",
            "reference": reference,
            "received_at": f"{received:%Y-%m-%dT%H:%M:%S.%fZ}",
            "answer_by": due,
        }
        attributes = {name: DynamoType({"S": value}) for name, value in item.items()}
        row = Item(attributes["pk"], attributes["sk"], {})
        dict.update(row.attrs, attributes)  # past a count of its size for each attribute
        kept.items[row.hash_key][row.range_key] = row
        size += sum(len(name) + len(value) for name, value in item.items())
    return size
