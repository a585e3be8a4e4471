"""SQS: queues whose messages hide, come again, and end among the dead."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from tests.faults.cloud.client import Operation
from tests.faults.cloud.errors import RefusedError, answered

_MOST_BYTES, _MOST_DELAY, _MOST_AT_ONCE = 1 << 20, 900, 10
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEFAULTS = {"VisibilityTimeout": 30, "MessageRetentionPeriod": 345_600, "DelaySeconds": 0}


@dataclass
class Message:
    """One message; *number* orders messages that can be seen from the same moment on."""

    number: int
    id: str
    body: str
    sent_at: datetime
    visible_at: datetime
    receipt: str | None = None
    received: int = 0
    first_received: datetime | None = None
    came_from: str | None = None


class Queue:
    """One queue."""

    def __init__(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        self.name, self.arn = name, arn
        given = {key: int(properties.get(key, default)) for key, default in _DEFAULTS.items()}
        self.visibility = timedelta(seconds=given["VisibilityTimeout"])
        self.retention = timedelta(seconds=given["MessageRetentionPeriod"])
        self.delay = given["DelaySeconds"]
        redrive = properties.get("RedrivePolicy", {})
        self.dead_letters = redrive.get("deadLetterTargetArn")
        self.most_receives = int(redrive.get("maxReceiveCount", 0))
        self.messages: dict[int, Message] = {}
        self._line: list[tuple[datetime, int]] = []

    def clear(self) -> None:
        """Forget all messages."""
        self.messages.clear()
        self._line.clear()

    def add(self, message: Message) -> None:
        """Take a message in."""
        self.messages[message.number] = message
        heappush(self._line, (message.visible_at, message.number))

    def hide(self, message: Message, until: datetime) -> None:
        """Show *message* to nobody before *until*."""
        message.visible_at = until
        heappush(self._line, (until, message.number))

    def next(self, now: datetime) -> Message | None:
        """Return the message that can be seen soonest, now or later."""
        while self._line:
            at, number = self._line[0]
            message = self.messages.get(number)
            if message is None or message.visible_at != at:
                heappop(self._line)  # it was deleted, or hidden longer
            elif message.sent_at + self.retention <= now:
                del self.messages[number]
            else:
                return message
        return None

    def kept(self, now: datetime) -> list[Message]:
        """Return what is not too old."""
        return [m for m in self.messages.values() if m.sent_at + self.retention > now]


class Sqs:
    """Every queue, by name."""

    def __init__(self, queues: Mapping[str, Mapping[str, Any]], arn: str, url: str) -> None:
        self.queues = {name: Queue(name, arn + name, asked) for name, asked in queues.items()}
        self._by_arn = {queue.arn: queue for queue in self.queues.values()}
        self._url = url
        self._messages, self._receipts = count(1), count(1)
        self._places = count(1)

    def reset(self) -> None:
        """Forget all messages."""
        for queue in self.queues.values():
            queue.clear()
        self._messages, self._receipts, self._places = count(1), count(1), count(1)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        required = frozenset({"QueueUrl", "MessageBody"})
        return {"SendMessage": Operation(self._send, required, frozenset({"DelaySeconds"}))}

    def _send(self, params: Mapping[str, Any]) -> dict[str, Any]:
        address, _, name = params["QueueUrl"].rpartition("/")
        if name not in self.queues or not address.startswith(self._url):
            raise RefusedError(
                "AWS.SimpleQueueService.NonExistentQueue",
                "The specified queue does not exist.",
            )
        body, delay = params["MessageBody"], params.get("DelaySeconds")
        if not isinstance(body, str) or not isinstance(delay, int | None):
            raise TypeError("a body is text and a delay whole seconds")
        if not body:
            raise RefusedError("MissingParameter", "The request must contain MessageBody.")
        size = len(body.encode("utf-8", "surrogatepass"))
        if size > _MOST_BYTES:
            raise RefusedError(
                "InvalidParameterValue",
                "One or more parameters are invalid. Reason: Message must be shorter than"
                f" {_MOST_BYTES} bytes.",
            )
        if _UNWRITABLE.search(body):
            raise RefusedError(
                "InvalidMessageContents", "The message contains characters outside the allowed set."
            )
        if delay is not None and not 0 <= delay <= _MOST_DELAY:
            raise RefusedError(
                "InvalidParameterValue",
                f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must"
                f" be >= 0 and <= {_MOST_DELAY}.",
            )
        message = self.send(name, body, self.queues[name].delay if delay is None else delay)
        return answered(MessageId=message.id, MD5OfMessageBody=_md5(body))

    def send(self, name: str, body: str, delay: float) -> Message:
        """Put a message into a queue."""
        now = datetime.now(UTC)
        number = next(self._messages)
        visible_at = now + timedelta(seconds=delay)
        identity = f"00000000-0000-4000-8000-{number:012d}"
        message = Message(next(self._places), identity, body, now, visible_at)
        self.queues[name].add(message)
        return message

    def receive(self, name: str, most: int) -> list[dict[str, Any]]:
        """Return what can be seen, at most so many, and hide it for the queue's time."""
        queue, now, found = self.queues[name], datetime.now(UTC), list[dict[str, Any]]()
        while len(found) < min(most, _MOST_AT_ONCE):
            message = queue.next(now)
            if message is None or message.visible_at > now:
                break
            if queue.dead_letters and message.received >= queue.most_receives:
                self._bury(queue, message, now)
                continue
            message.received += 1
            message.first_received = message.first_received or now
            message.receipt = f"{name}#{message.number}#{next(self._receipts)}"
            queue.hide(message, now + queue.visibility)
            found.append(_told(message))
        return found

    def _bury(self, queue: Queue, message: Message, now: datetime) -> None:
        """Move *message* to the dead; its age counts from when it was first sent."""
        del queue.messages[message.number]
        message.number, message.visible_at = next(self._places), now
        message.receipt, message.came_from = None, queue.arn
        self._by_arn[queue.dead_letters].add(message)

    def delete(self, name: str, receipt: str) -> None:
        """Delete what was received; an older receipt of what came again deletes nothing."""
        message = self.queues[name].messages.get(int(receipt.split("#")[1]))
        if message and message.receipt == receipt:
            del self.queues[name].messages[message.number]


def _md5(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def _told(message: Message) -> dict[str, Any]:
    first = message.first_received or message.sent_at
    attributes = {
        "SenderId": "AIDAINTAKE",
        "SentTimestamp": _millis(message.sent_at),
        "ApproximateReceiveCount": str(message.received),
        "ApproximateFirstReceiveTimestamp": _millis(first),
    }
    if message.came_from:
        attributes["DeadLetterQueueSourceArn"] = message.came_from
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": _md5(message.body),
        "Body": message.body,
        "Attributes": attributes,
    }


def _millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
