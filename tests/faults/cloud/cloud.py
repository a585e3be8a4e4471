"""AWS in this process's memory, as far as the steps ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.blueprint import Blueprint
from infra.local.identity import ACCOUNT
from tests.faults.cloud import dynamodb, s3
from tests.faults.cloud.buckets import Bucket
from tests.faults.cloud.client import Call, Client
from tests.faults.cloud.letters import GuardDuty, Ses
from tests.faults.cloud.parts import Parts
from tests.faults.cloud.queues import Sqs
from tests.faults.cloud.signing import signer
from tests.faults.cloud.values import copied

Between = Callable[[Call, Callable[[], Any]], Any]


class Cloud:
    """
    Empty tables, buckets and queues as the template asks for them.

    Each request of a step passes through `between`, which may raise, wait, or do it twice as an
    SDK does after a lost answer. `on_event` hears what S3 tells EventBridge, `on_mail` what SES
    took, `on_scan` which versions somebody wanted to have scanned. What is below `client` and
    `reset` is the rest of the world: nothing stands between.
    """

    def __init__(self, blueprint: Blueprint, region: str) -> None:
        self.between: Between = lambda _call, do: do()
        self.on_event: Callable[[dict[str, Any]], None] = lambda _event: None
        self.on_mail: Callable[[str, Mapping[str, Any]], None] = lambda _id, _mail: None
        self.on_scan: Callable[[str, str, str], None] = lambda _bucket, _key, _version: None
        self.dynamodb = dynamodb.DynamoDb(_properties(blueprint.tables))
        url = f"https://sqs.{region}.amazonaws.com/{ACCOUNT}"
        self.sqs = Sqs(_properties(blueprint.queues), f"arn:aws:sqs:{region}:{ACCOUNT}:", url)
        buckets = [Bucket(name, _is_watched(b.properties)) for name, b in blueprint.buckets.items()]
        self.s3 = s3.Objects(buckets, region, self._event)
        self.parts = Parts(self.s3)
        senders = {
            function.environment["MAIL_FROM"].rpartition("@")[2]
            for function in blueprint.functions.values()
            if "MAIL_FROM" in function.environment
        }
        self.ses = Ses(blueprint.configuration_sets, senders, self._mail)
        scanned = {plan.bucket for plan in blueprint.scan_plans}
        self.guardduty = GuardDuty(scanned, self._scan)
        self._clients = self._made(region)

    def _made(self, region: str) -> dict[str, Client]:
        def between(call: Call, do: Callable[[], Any]) -> Any:
            return self.between(call, do)

        objects = self.s3.operations() | self.parts.operations()
        clients = {
            "dynamodb": Client("dynamodb", self.dynamodb.operations(), between, dynamodb.PAGES),
            "sqs": Client("sqs", self.sqs.operations(), between),
            "s3": Client("s3", objects, between, s3.PAGES),
            "sesv2": Client("sesv2", self.ses.operations(), between),
            "guardduty": Client("guardduty", self.guardduty.operations(), between),
        }
        real: Any = signer(region)
        signing: Any = clients["s3"]
        signing.meta = real.meta
        signing.generate_presigned_url = real.generate_presigned_url
        signing.generate_presigned_post = real.generate_presigned_post
        return clients

    # Whoever plays may replace what hears, at any time.
    def _event(self, event: dict[str, Any]) -> None:
        self.on_event(event)

    def _mail(self, message_id: str, mail: Mapping[str, Any]) -> None:
        self.on_mail(message_id, mail)

    def _scan(self, bucket: str, key: str, version: str) -> None:
        self.on_scan(bucket, key, version)

    def client(self, service: str) -> Any:
        """Return the one client of *service*."""
        if service not in self._clients:
            raise NotImplementedError(f"a client for {service}")
        return self._clients[service]

    def reset(self) -> None:
        """Forget all that was stored or sent, and count from one again."""
        for part in (self.dynamodb, self.sqs, self.s3, self.parts, self.ses):
            part.reset()

    # ---- Queues -----------------------------------------------------------------------------

    def send(self, queue: str, body: str, delay: float = 0) -> None:
        """Put a message into *queue*, to be seen after *delay* seconds."""
        self.sqs.send(queue, body, delay)

    def receive(self, queue: str, most: int) -> list[dict[str, Any]]:
        """Take at most *most* messages, ten at the most; what was taken too often is buried."""
        return self.sqs.receive(queue, most)

    def delete(self, queue: str, receipt: str) -> None:
        """Delete what was received."""
        self.sqs.delete(queue, receipt)

    def next_visible(self, queue: str) -> datetime | None:
        """
        Return when the next message can be received, at the earliest; None: there is none.

        A message may turn out to be one for the dead-letter queue: then nothing is received.
        """
        message = self.sqs.queues[queue].next(datetime.now(UTC))
        return message.visible_at if message else None

    def depth(self, queue: str) -> int:
        """Count the messages that can be received now."""
        now = datetime.now(UTC)
        return sum(message.visible_at <= now for message in self.sqs.queues[queue].kept(now))

    def in_flight(self, queue: str) -> int:
        """Count the messages that somebody received and may still delete."""
        now = datetime.now(UTC)
        kept = self.sqs.queues[queue].kept(now)
        return sum(message.receipt is not None and message.visible_at > now for message in kept)

    def oldest(self, queue: str) -> datetime | None:
        """Return when the oldest message was first sent; None: there is none."""
        kept = self.sqs.queues[queue].kept(datetime.now(UTC))
        return min((message.sent_at for message in kept), default=None)

    # ---- Table ------------------------------------------------------------------------------

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return every item, as DynamoDB spells it, in the order of the keys."""
        return [copied(row.item) for row in self.dynamodb.tables[table].all_rows()]

    def index_lag(self, by: timedelta) -> None:
        """
        Have indexes, and reads that ask for no consistency, show what was there *by* ago.

        Until this is called again or all is reset. They begin with what is there now.
        """
        for table in self.dynamodb.tables.values():
            table.lag(by)

    def expire(self) -> None:
        """Remove every item whose time to live has passed."""
        for table in self.dynamodb.tables.values():
            table.expire(int(datetime.now(UTC).timestamp()))

    # ---- Buckets ----------------------------------------------------------------------------

    def put(self, bucket: str, key: str, content: bytes) -> str:
        """Store what a browser sent by a signed form; return its version."""
        kept = self.s3.store(
            *(self.s3.buckets[bucket], key, content, "POST Object"),
            content_type="application/octet-stream",
        )
        return kept.version_id

    def begin(self, bucket: str, key: str) -> str:
        """Begin an upload in parts as a browser does; return its id."""
        given = {"Bucket": bucket, "Key": key, "ContentType": "application/octet-stream"}
        upload: str = self.parts.begin(given)["UploadId"]
        return upload

    def put_part(self, bucket: str, key: str, upload: str, number: int, content: bytes) -> str:
        """Send one part; return its ETag."""
        given = {"Bucket": bucket, "Key": key, "UploadId": upload}
        tag: str = self.parts.put(given | {"PartNumber": number, "Body": content})["ETag"]
        return tag

    def complete(self, bucket: str, key: str, upload: str, tags: Mapping[int, str]) -> str:
        """Have one object made of the parts; return its version."""
        listed = [{"PartNumber": number, "ETag": tag} for number, tag in tags.items()]
        given = {"Bucket": bucket, "Key": key, "UploadId": upload}
        version: str = self.parts.complete(given | {"MultipartUpload": {"Parts": listed}})[
            "VersionId"
        ]
        return version

    def versions(self, bucket: str) -> list[dict[str, Any]]:
        """Return every version, as S3 lists them."""
        found = self.s3.buckets[bucket].listed("")
        return [s3.listed(self.s3.buckets[bucket], each) for each in found]

    def read(self, bucket: str, key: str, version: str) -> bytes:
        """Return the content of one version."""
        return self.s3.buckets[bucket].version(key, version).content


def _properties(resources: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: resource.properties for name, resource in resources.items()}


def _is_watched(properties: Mapping[str, Any]) -> bool:
    told = properties.get("NotificationConfiguration", {}).get("EventBridgeConfiguration", {})
    return bool(told.get("EventBridgeEnabled"))
