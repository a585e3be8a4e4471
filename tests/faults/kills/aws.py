"""moto's server behind the machine: AWS is another process, whose clock goes with ours."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from infra.local import sealed
from infra.local.aws import cors_of, tells
from infra.local.creation import create
from infra.local.emulator import Plan
from tests.faults.cloud import Call
from tests.faults.kills.server import serve
from tests.handlers import PLACE, SENDER, blueprint

_SERVICES = ("dynamodb", "s3", "sqs", "sesv2")
_STOP_SECONDS = 10
_MILLISECOND = timedelta(milliseconds=1)


class ServedCloud:
    """
    What `tests.faults.cloud.Cloud` is to its machine, for steps in processes of their own.

    Without a thread: what the server tells of a request is heard when somebody asks for it.
    """

    def __init__(self, now: datetime) -> None:
        """Start the server, and seal this process off from any other AWS."""
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=serve, args=(other, now), daemon=True)
        self._process.start()
        other.close()
        self._told: list[tuple[Any, ...]] = []
        self._now = now
        self.url: str = self._answer()
        sealed.seal(self.url)
        self.between: Callable[[Call, Callable[[], Any]], Any] = lambda _call, do: do()
        self.on_event: Callable[[dict[str, Any]], None]
        self.on_mail: Callable[[str, Mapping[str, Any]], None]
        self.on_scan: Callable[[str, str, str], None]
        # A session apart: what the platform itself asks for is no call of a step.
        make: Any = boto3.Session().client
        config = Config(retries={"total_max_attempts": 1})
        self._aws: dict[str, Any] = {name: make(name, config=config) for name in _SERVICES}
        plan = Plan(
            PLACE.region,
            frozenset(blueprint().configuration_sets),
            cors_of(blueprint()),
            frozenset(name for name, bucket in blueprint().buckets.items() if tells(bucket)),
            frozenset(plan.bucket for plan in blueprint().scan_plans),
        )
        self._ask("start", plan)
        create(blueprint(), self._aws, SENDER, PLACE.region)

    def reset(self) -> None:
        """Forget all rows, objects and messages."""
        self.set_clock()
        self._ask("clear")
        self._told.clear()

    def index_lag(self, by: timedelta) -> None:
        """Show what is there: on moto no index ever lags."""
        assert not by

    def set_clock(self) -> None:
        """Have the server's clock show what ours does."""
        now = datetime.now(UTC)
        if now != self._now:
            self._ask("set_clock", now)
            self._now = now

    def hear(self) -> None:
        """Pass on all that the server tells of requests that were answered."""
        self._ask("broken")  # its answer comes after what was told before
        heard = {"write": "on_event", "mail": "on_mail", "scan": "on_scan"}
        told, self._told = self._told, []
        for what, *more in told:
            if what in heard:
                getattr(self, heard[what])(*more)

    def stop(self) -> None:
        """End the server."""
        self._pipe.close()
        self._process.terminate()
        self._process.join(_STOP_SECONDS)

    # ---- What the machine does ------------------------------------------------------------------

    def send(self, queue: str, body: str, delay: float = 0) -> None:
        """Put a message into a queue."""
        self.set_clock()
        self._aws["sqs"].send_message(
            QueueUrl=PLACE.queue_url(queue), MessageBody=body, DelaySeconds=int(delay)
        )

    def receive(self, queue: str, most: int) -> list[dict[str, Any]]:
        """Take messages, which are invisible then."""
        self.set_clock()
        answer = self._aws["sqs"].receive_message(
            QueueUrl=PLACE.queue_url(queue), MaxNumberOfMessages=most, AttributeNames=["All"]
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def delete(self, queue: str, receipt: str) -> None:
        """Remove a message that was taken."""
        self._aws["sqs"].delete_message(QueueUrl=PLACE.queue_url(queue), ReceiptHandle=receipt)

    def next_visible(self, queue: str) -> datetime | None:
        """Return when the next message can be taken; None if the queue holds none."""
        self.set_clock()
        wait: float | None = self._ask("seconds_to_next", queue)
        if wait is None:
            return None
        return datetime.now(UTC) + timedelta(seconds=wait) + (_MILLISECOND if wait else timedelta())

    def depth(self, queue: str) -> int:
        """Return how many messages can be taken now."""
        waiting: int = self._ask("depth", queue)
        return waiting

    def oldest(self, queue: str) -> datetime | None:
        """Return when the oldest message was first sent."""
        sent: float | None = self._ask("oldest", queue)
        return datetime.fromtimestamp(sent / 1000, UTC) if sent is not None else None

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return every item, as DynamoDB spells it."""
        items: list[dict[str, Any]] = self._ask("items", table)
        return items

    def expire(self) -> None:
        """Remove every item whose time to live has passed."""
        self._ask("expire", datetime.now(UTC).timestamp())

    def versions(self, bucket: str) -> list[dict[str, Any]]:
        """Return every version of every object."""
        found: list[dict[str, Any]] = (
            self._aws["s3"].list_object_versions(Bucket=bucket).get("Versions", [])
        )
        return found

    def read(self, bucket: str, key: str, version: str) -> bytes:
        """Return one version's content."""
        answer = self._aws["s3"].get_object(Bucket=bucket, Key=key, VersionId=version)
        content: bytes = answer["Body"].read()
        return content

    # ---- What an upload client does ------------------------------------------------------------

    def put(self, bucket: str, key: str, content: bytes) -> str:
        """Send a whole file; return its version."""
        self.set_clock()
        made = self._aws["s3"].put_object(Bucket=bucket, Key=key, Body=content)
        self.hear()
        return str(made["VersionId"])

    def begin(self, bucket: str, key: str) -> str:
        """Begin an upload in parts; return its id."""
        self.set_clock()
        kind = "application/octet-stream"
        begun = self._aws["s3"].create_multipart_upload(Bucket=bucket, Key=key, ContentType=kind)
        return str(begun["UploadId"])

    def put_part(self, bucket: str, key: str, upload: str, number: int, content: bytes) -> str:
        """Send one part; return its ETag."""
        place = {"Bucket": bucket, "Key": key.removeprefix(f"{bucket}/"), "UploadId": upload}
        sent = self._aws["s3"].upload_part(**place, PartNumber=number, Body=content)
        return str(sent["ETag"])

    def complete(self, bucket: str, key: str, upload: str, tags: Mapping[int, str]) -> str:
        """Have one object made of the parts; return its version."""
        self.set_clock()
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in tags.items()]
        place = {"Bucket": bucket, "Key": key.removeprefix(f"{bucket}/"), "UploadId": upload}
        made = self._aws["s3"].complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
        self.hear()
        return str(made["VersionId"])

    def _ask(self, name: str, *given: Any) -> Any:
        self._pipe.send((name, given))
        return self._answer()

    def _answer(self) -> Any:
        while True:
            kind, what = self._pipe.recv()
            if kind == "answered":
                return what
            self._told.append(what)
