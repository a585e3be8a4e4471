"""Looks into moto's own memory where a request would cost time; tests pin what is relied on."""

from collections.abc import Container

from moto.core.utils import unix_time_millis
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from infra.local.identity import ACCOUNT

_DUE = "due_at"
"""Attribute of everything unfinished: the key of the table's due index."""


def seconds_to_next(region: str, queue: str) -> float | None:
    """Return the seconds until a message can be seen, 0 if one can, None if there is none."""
    kept = sqs_backends[ACCOUNT][region].queues.get(queue)
    messages = list(kept._messages) if kept else []  # noqa: SLF001
    if not messages:
        return None
    # moto shows a message strictly after `visible_at`, hence the millisecond.
    soonest = min(max(m.visible_at + 1, m.delayed_until) for m in messages)
    return max(0.0, soonest - unix_time_millis()) / 1000


def depth(region: str, queue: str) -> dict[str, int]:
    """Return how many messages wait, are delayed and are being worked on."""
    messages = list(sqs_backends[ACCOUNT][region].queues[queue]._messages)  # noqa: SLF001
    return {
        "waiting": sum(m.visible and not m.delayed for m in messages),
        "delayed": sum(m.delayed for m in messages),
        "in_flight": sum(not m.visible for m in messages),
    }


def stored(bucket: str) -> dict[str, int]:
    """Count current objects and all versions; delete markers, which have no ETag, are neither."""
    keys = s3_backends[ACCOUNT]["aws"].buckets[bucket].keys
    names = list(keys)
    return {
        "objects": sum(hasattr(keys.get(name), "etag") for name in names),
        "versions": sum(hasattr(v, "etag") for name in names for v in keys.getlist(name)),
    }


def count_items(region: str, table: str) -> int:
    """Return how many items the table holds."""
    return len(dynamodb_backends[ACCOUNT][region].tables[table].all_items())


def etag_of(bucket: str, key: str) -> str:
    """Return the ETag of the current object, in its quotes."""
    found = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
    return str(found.etag) if found else ""


def due_items(region: str, table: str) -> list[tuple[str, str, str, str]]:
    """Return (when, sort key, partition key, what for) of every unfinished item, soonest first."""
    items = dynamodb_backends[ACCOUNT][region].tables[table].all_items()
    return sorted(
        (
            *(item.attrs[_DUE].value, item.range_key.value, item.hash_key.value),
            _waits_for(item.range_key.value, item.attrs),
        )
        for item in items
        if _DUE in item.attrs and item.range_key
    )


def _waits_for(sort_key: str, attributes: Container[str]) -> str:
    """Return what an unfinished file waits for, nothing for others: a letter has its time."""
    if not sort_key.startswith("file#"):
        return ""
    if "arrived_at" not in attributes:
        return "its upload"
    return "the scanner" if "inspected_at" in attributes else "our check"
