"""Dead letters: which there are, what they are about, and how long they are kept."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.operate.deployed import Deployed
from intake.inquiry import ID_LENGTH

# Longer than it takes to look at them: what is looked at cannot be seen by anybody else.
_LOOK = timedelta(minutes=2)
_BATCH = 10
# Batches that hold nothing new, before all there is counts as seen.
_KNOWN_IN_A_ROW = 20
_ID = re.compile(f"[0-9A-Za-z]{{{ID_LENGTH}}}")
_WORD = re.compile(r"[A-Za-z0-9_ .-]{1,60}")


@dataclass(frozen=True)
class Source:
    """A queue whose messages end here. *back_after*: when one that crashes again is back."""

    name: str
    url: str
    back_after: timedelta


@dataclass(frozen=True)
class DeadQueue:
    """One dead-letter queue; without a source it is the event rules'."""

    name: str
    url: str
    count: int
    kept: timedelta
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Message:
    """One dead letter. `first_sent` is kept from its first queue, and its life counts from it."""

    id: str
    receipt: str
    body: str
    first_sent: datetime
    attributes: Mapping[str, Any]

    def attribute(self, name: str) -> str:
        """Return a text attribute, or nothing."""
        return str(self.attributes.get(name, {}).get("StringValue", ""))


def queues(deployed: Deployed) -> list[DeadQueue]:
    """Return the dead-letter queues of the stack: those that have none themselves."""
    sqs = deployed.aws.sqs
    told = {
        name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for name, url in deployed.queues.items()
    }
    sources: dict[str, list[Source]] = {}
    for name, said in told.items():
        if "RedrivePolicy" in said:
            policy = json.loads(said["RedrivePolicy"])
            tries = int(policy["maxReceiveCount"]) * int(said["VisibilityTimeout"])
            source = Source(name, deployed.queues[name], timedelta(seconds=tries))
            sources.setdefault(policy["deadLetterTargetArn"], []).append(source)
    return [
        DeadQueue(
            name,
            deployed.queues[name],
            int(said["ApproximateNumberOfMessages"])
            + int(said["ApproximateNumberOfMessagesNotVisible"]),
            timedelta(seconds=int(said["MessageRetentionPeriod"])),
            tuple(sources.get(said["QueueArn"], ())),
        )
        for name, said in told.items()
        if "RedrivePolicy" not in said
    ]


def take(deployed: Deployed, queue: DeadQueue, hidden: timedelta) -> Iterator[Message]:
    """Yield what can be seen, each message once; nobody else sees it for as long as *hidden*."""
    seen: set[str] = set()
    known = 0
    while True:
        answer = deployed.aws.sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=int(hidden.total_seconds()),
            WaitTimeSeconds=deployed.poll_s,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        found = answer.get("Messages", [])
        fresh = [one for one in found if one["MessageId"] not in seen]
        # What stays is seen again once it is no longer hidden, and what can go may stand behind it.
        known = 0 if fresh else known + 1
        if not found or known > _KNOWN_IN_A_ROW:
            return
        seen |= {one["MessageId"] for one in fresh}
        for one in fresh:
            sent = int(one["Attributes"]["SentTimestamp"]) / 1000
            yield Message(
                one["MessageId"],
                one["ReceiptHandle"],
                one["Body"],
                datetime.fromtimestamp(sent, UTC),
                one.get("MessageAttributes", {}),
            )


def put_back(deployed: Deployed, queue: DeadQueue, message: Message) -> None:
    """Let everybody see *message* again, now."""
    deployed.aws.sqs.change_message_visibility(
        QueueUrl=queue.url, ReceiptHandle=message.receipt, VisibilityTimeout=0
    )


@contextmanager
def looked_at(deployed: Deployed, queue: DeadQueue, most: int) -> Iterator[list[Message]]:
    """Give at most *most* messages to look at; afterwards they are where they were."""
    found: list[Message] = []
    try:
        for message in take(deployed, queue, _LOOK):
            found.append(message)
            if len(found) >= most:
                break
        yield found
    finally:
        for message in found:
            put_back(deployed, queue, message)


def about(body: str) -> str:
    """Return what a body names by its id: an inquiry with a letter or a file, never more."""
    try:
        told = json.loads(body)
    except ValueError:
        return "not JSON"
    if not isinstance(told, dict):
        return "not one of ours"
    detail = told.get("detail", {})
    named = [
        _first(told.get("detail-type")),
        _first(told.get("event")),
        _id(told.get("inquiry") or _at(detail, "mail", "tags", "inquiry")),
        _first(told.get("letter") or _at(detail, "mail", "tags", "letter")),
        _key(
            told.get("key")
            or _at(detail, "object", "key")
            or _at(detail, "s3ObjectDetails", "objectKey")
        ),
    ]
    return " ".join(name for name in named if name) or "not one of ours"


def _at(node: Any, *path: str) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _first(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _id(value: Any) -> str:
    found = _first(value)
    return found if _ID.fullmatch(found) else ""


def _key(value: Any) -> str:
    inquiry, _, number = str(value or "").partition("/")
    return f"{inquiry} file {number}" if _ID.fullmatch(inquiry) and number.isdigit() else ""
