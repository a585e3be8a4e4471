"""S3's events as AWS sends them; moto's own have a constant id, no version and other names."""

import itertools
import secrets
import uuid
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.s3 import notifications

from infra.local.identity import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "s3:ObjectRemoved:Delete": "DeleteObject",
}
_sequence = itertools.count(1)


def as_event(reason: str, bucket: Any, key: Any, region: str) -> dict[str, Any]:
    """Return the EventBridge event for moto's *bucket* and *key*, for *reason* as S3 words it."""
    stored: dict[str, Any] = {"key": key.name}
    if reason == "DeleteObject":
        detail_type, more = "Object Deleted", {"deletion-type": "Permanently Deleted"}
    else:
        detail_type, more = "Object Created", {}
        stored |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        stored["version-id"] = key.version_id
    stored["sequencer"] = f"{next(_sequence):016X}"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:s3:::{bucket.name}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": stored,
            "request-id": secrets.token_hex(8).upper(),
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
            "reason": reason,
            **more,
        },
    }


def hooked(
    buckets: Collection[str], region: str, publish: Callable[[dict[str, Any]], None]
) -> AbstractContextManager[None]:
    """
    Hear of every write to *buckets* while the context lasts.

    *publish* is called inside moto's request and must only put the event aside: delivering it
    from there would wait for the lock that the request holds.
    """

    @contextmanager
    def listening() -> "Iterator[None]":
        original = notifications.send_event

        def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
            del account_id
            reason = _REASONS.get(event_name.value)
            # moto fires Put for a completed multipart as well as CompleteMultipartUpload.
            doubled = reason == "PutObject" and key.multipart
            if reason and not doubled and bucket.name in buckets:
                publish(as_event(reason, bucket, key, region))

        notifications.send_event = send_event
        try:
            yield
        finally:
            notifications.send_event = original

    return listening()
