"""Empties what moto holds: to lay it anew takes longer than most tests."""

from __future__ import annotations

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import FakeKey, s3_backends
from moto.sqs.models import sqs_backends

from infra.local.identity import ACCOUNT


def empty(region: str) -> None:
    """Forget all rows, objects and messages, and when a queue was last emptied."""
    for table in dynamodb_backends[ACCOUNT][region].tables.values():
        table.items.clear()
    for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
        for name in list(bucket.keys):
            for version in bucket.keys.getlist(name):
                if isinstance(version, FakeKey):  # else: a delete marker
                    version.dispose()
        bucket.keys.clear()
        bucket.multiparts.clear()
    for queue in sqs_backends[ACCOUNT][region].queues.values():
        queue._messages.clear()  # noqa: SLF001
        queue.pending_messages.clear()
        queue.deleted_messages.clear()
        queue.last_purged_at = None  # once a minute, says AWS; time may stand still here
