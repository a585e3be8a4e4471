"""An operator beside a deployed pipeline: what they type, and what they are told."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from infra.local.bus import Bus
from infra.local.creation import create_rules
from infra.operate import commands
from infra.operate.deployed import Clients, Deployed
from infra.operate.talk import Talk
from tests.handlers import PLACE, ROOT, blueprint
from tests.pipeline import Pipeline

_EXAMPLES = ROOT / "schemas/forms/general-inquiry/examples/valid"
_SERVICES = ("cloudformation", "dynamodb", "events", "s3", "sqs", "sts")


def answers(example: str = "only-what-is-required") -> dict[str, Any]:
    """Return what somebody might write on a form."""
    told: dict[str, Any] = json.loads((_EXAMPLES / f"{example}.json").read_text("utf-8"))
    return told["answers"]


def post(deployed: Pipeline) -> str:
    """Have an inquiry accepted; return its id."""
    before = set(deployed.inquiries())
    body = json.dumps(answers() | {"message": f"Question {len(before)}"}).encode()
    reply = deployed.send("POST", "/f/general-inquiry", body, content_type="application/json")
    assert reply.status == 200, reply.body
    (new,) = set(deployed.inquiries()) - before
    return new


def post_with_file(deployed: Pipeline, content: bytes) -> str:
    """Have an inquiry with one blood report accepted; return its id."""
    fields = {
        "message": "Whom should I see?",
        "patient.full_name": "Amina Example",
        "patient.country_of_residence": "KE",
        "contact.email": "amina@patients.example",
        "consents.0.purpose": "health_data_review",
        "consents.0.decision": "granted",
        "consents.0.notice_sha256": answers()["consents"][0]["notice_sha256"],
        "submitter.role": "patient",
        "contact.preferred_channel": "email",
        "contact.preferred_language": "en",
        "form_locale": "en",
        "records.0.requirement": "blood",
        "records.0.document_date": "2026-11-01",
    }
    lines: list[bytes] = []
    for name, value in fields.items():
        lines += [b"--x", f'Content-Disposition: form-data; name="{name}"'.encode(), b""]
        lines.append(value.encode())
    lines += [b"--x", b'Content-Disposition: form-data; name="records.0.file"; filename="b.pdf"']
    lines += [b"Content-Type: application/pdf", b"", content, b"--x--", b""]
    reply = deployed.send(
        "POST",
        "/f/general-inquiry",
        b"\r\n".join(lines),
        content_type="multipart/form-data; boundary=x",
        accept="application/json",
    )
    assert reply.status == 200, reply.body
    return deployed.inquiries()[0]


@dataclass
class Operator:
    """Types commands; `said` is what was printed since."""

    pipeline: Pipeline
    said: list[str] = field(default_factory=list)
    answer: bool | None = True
    asked: list[str] = field(default_factory=list)  # questions

    def __post_init__(self) -> None:
        make: Any = boto3.client
        self.aws = Clients(*(make(name) for name in _SERVICES))
        self.queues = {one.logical_id: PLACE.queue_url(n) for n, one in blueprint().queues.items()}
        create_rules(blueprint(), self.aws.events)

    @property
    def deployed(self) -> Deployed:
        """What `find` would return, now."""
        (uploads,) = (n for n, b in blueprint().buckets.items() if b.logical_id == "UploadsBucket")
        (table,) = blueprint().tables
        return Deployed(
            self.aws, datetime.now(UTC), table, uploads, self.queues, "intake", poll_s=0
        )

    def _answers(self, question: str) -> bool | None:
        self.asked.append(question)
        return self.answer

    def types(
        self,
        command: Callable[..., int],
        *queue: str,
        given_up: bool = False,
        inquiry: str = "",
    ) -> int:
        """Run one of `commands`, which takes a second; return its exit status."""
        self.said.clear()
        talk = Talk(say=self.said.append, complain=self.said.append, answer=self._answers)
        try:
            return command(
                self.deployed, Namespace(queue=queue, given_up=given_up, inquiry=inquiry), talk
            )
        finally:
            self.pipeline.clock.shift(timedelta(seconds=1))

    def redrives(self, *queue: str) -> int:
        """Put dead letters back."""
        return self.types(commands.redrive, *queue)

    def send(self, queue: str, body: Any, **attributes: str) -> None:
        """Put a message into *queue*, with text attributes."""
        text = body if isinstance(body, str) else json.dumps(body)
        named = {n: {"DataType": "String", "StringValue": v} for n, v in attributes.items()}
        self.aws.sqs.send_message(
            QueueUrl=self.queues[queue], MessageBody=text, MessageAttributes=named
        )

    def bury(self, event: dict[str, Any]) -> None:
        """Have EventBridge find the queue closed that *event* is for."""

        def send(arn: str, body: str, attributes: Any) -> None:
            if not attributes:
                raise OSError(arn)
            self.send("UndeliveredEvents", body, **attributes)

        bus = Bus(blueprint().rules, send, lambda *_: None, _Silent())
        bus.start()
        bus.publish(event)
        bus.stop()

    def count(self, queue: str) -> int:
        """Return how many messages can be seen in *queue*."""
        said = self.aws.sqs.get_queue_attributes(
            QueueUrl=self.queues[queue], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(said["Attributes"]["ApproximateNumberOfMessages"])

    def bodies(self, queue: str) -> list[dict[str, Any]]:
        """Take what can be seen in *queue*."""
        answer = self.aws.sqs.receive_message(QueueUrl=self.queues[queue], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


class _Silent:
    """A journal that nobody reads."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_: None
