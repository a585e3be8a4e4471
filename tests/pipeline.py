"""The whole pipeline in this process, on moto: one message at a time, and time by the minute."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine
from botocore.awsrequest import AWSResponse
from moto import mock_aws
from moto.core.models import botocore_stubber
from moto.events.models import EventPattern

from infra.local import affordable, peek, s3_events
from infra.local.blueprint import QueueTrigger
from infra.local.creation import create
from infra.local.functions import FunctionFailedError
from infra.local.gateway import Gateway
from infra.local.http_event import Arrived, Response
from infra.local.journal import Journal
from infra.local.mailbox import Letter
from infra.local.queues import as_record, failed_ids, name_of
from infra.local.scanner import as_event
from infra.local.ses_events import Said
from infra.local.stored import Stored, Verdict, clean
from infra.local.transformer import NotTransformedError, transform
from intake.aws import clients
from intake.aws.inquiries import InquiryTable
from intake.inquiry import Case
from tests.emptied import empty
from tests.handlers import PLACE, SENDER, Handlers, blueprint

NOW = datetime(2026, 11, 22, 11, 4, tzinfo=UTC)
SEND_EMAIL = "sesv2.SendEmail"
SCAN = "guardduty.SendObjectMalwareScan"
_SERVICES = ("dynamodb", "s3", "sqs", "sesv2")
_OK = 200

# What stands between a step and AWS: it may raise, or answer instead of moto.
Between = Callable[[str, Any], Any]
# What a malware scanner says of a version; None: nothing, ever.
Scan = Callable[[Stored], Verdict | None]


def nothing(_operation: str, _request: Any) -> None:
    """Stand between a step and AWS without being noticed."""


def finds_nothing(_stored: Stored) -> Verdict:
    """Scan as if nobody ever sent anything harmful."""
    return clean()


@dataclass(frozen=True)
class Call:
    """One request of a step to AWS, such as "sqs.SendMessage"."""

    operation: str
    request: Any


class _Nothing:
    """An answer's body that says that all is well."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield it."""
        yield b"{}"


class Pipeline:
    """
    What runs when the template is deployed; time passes by `wait` alone.

    `handlers.log` is all that functions print or raise, `mails` what SES took, `calls` what
    steps asked of AWS, `bodies` what queues carried. Replace `between` to break something, and
    `fate` to have SES say something else about a mail. `scanner` says what GuardDuty finds in an
    upload.
    """

    def __init__(self, clock: time_machine.Coordinates, handlers: Handlers) -> None:
        self.clock, self.handlers = clock, handlers
        self.mails: list[Letter] = []
        self.calls: list[Call] = []
        self.bodies: list[str] = []
        self.between: Between = nothing
        self.fate = ("Send", "Delivery")
        self.scanner: Scan = finds_nothing
        self.events: list[dict[str, Any]] = []
        self._rules = [(r, EventPattern.load(json.dumps(r.pattern))) for r in blueprint().rules]
        self._gateway = Gateway(blueprint(), handlers, Journal())
        self._table = next(iter(blueprint().tables))
        self._aws = {service: boto3.client(service) for service in _SERVICES}
        self._lay()

    def _lay(self) -> None:
        """Lay what the template asks for, and stand between the steps and AWS."""
        affordable.install()
        create(blueprint(), self._aws, SENDER, PLACE.region)
        used = [(each, clients.client(each)) for each in (*_SERVICES, "guardduty")]
        for service, each in [*used, ("s3", clients.client("s3", patient=True))]:
            events = each.meta.events
            # botocore runs all hooks, even after one answered: moto's own would carry out what
            # ours refuses, so it is called by ours.
            events.unregister("before-send", botocore_stubber)
            events.register(f"before-send.{service}", self._before_send)
            # A fault here is what is left after a client's own retries; nobody waits for them.
            prefix = "email" if service == "sesv2" else service
            events.unregister(f"needs-retry.{prefix}", unique_id=f"retry-config-{prefix}")

    def empty(self) -> None:
        """Forget all that was stored, sent or said, and mend everything; time goes on."""
        self._forget()
        for told in (self.mails, self.calls, self.bodies, self.events):
            told.clear()
        self.between, self.scanner, self.fate = nothing, finds_nothing, ("Send", "Delivery")
        self.handlers.log.seek(0)
        self.handlers.log.truncate()

    def _forget(self) -> None:
        empty(PLACE.region)

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        """Ask the HTTP API; header names are given with underscores."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self._gateway.answer(Arrived(method, target, named, body))

    def fire(self, schedule: str = "RetryStalled") -> None:
        """Wake the function of a schedule; a crash is only logged."""
        try:
            self.handlers.invoke(blueprint().functions[schedule].arn, {})
        except FunctionFailedError:
            self.handlers.log.write(f"{schedule} failed\n")

    def happened(self, event: dict[str, Any]) -> None:
        """Have an event of S3 delivered, and what was written scanned, if a plan wants that."""
        self.events.append(event)
        if event["detail-type"] == "Object Created":
            bucket, written = event["detail"]["bucket"]["name"], event["detail"]["object"]
            self._scan(bucket, written["key"], written["version-id"])

    def run(self) -> None:
        """Deliver events and messages until nothing more can be seen."""
        at_work = True
        while at_work:
            events, self.events = self.events, []
            for event in events:
                self._deliver(event)
            at_work = sum(self._poll(trigger) for trigger in blueprint().triggers) > 0

    def wait(self, minutes: int) -> None:
        """Let time pass, with a sweep and whatever comes of it every minute."""
        for _ in range(minutes):
            self.clock.shift(timedelta(minutes=1))
            self.fire()
            self.run()

    def case(self, inquiry: str) -> Case:
        """Return what the table holds of *inquiry*."""
        case = InquiryTable(self._aws["dynamodb"], self._table).case(inquiry)
        assert case is not None
        return case

    def inquiries(self) -> list[str]:
        """Return the ids of all inquiries."""
        found = (item for item in self.items() if item["sk"]["S"] == "inquiry")
        return [item["id"]["S"] for item in found]

    def items(self) -> list[dict[str, Any]]:
        """Return every item of the table, as DynamoDB spells it."""
        pages = self._aws["dynamodb"].get_paginator("scan").paginate(TableName=self._table)
        return [item for page in pages for item in page["Items"]]

    def versions(self) -> list[tuple[str, dict[str, Any]]]:
        """Return every version of every object, with its bucket's name."""
        listed = {
            bucket: self._aws["s3"].list_object_versions(Bucket=bucket)
            for bucket in blueprint().buckets
        }
        return [(name, found) for name in listed for found in listed[name].get("Versions", [])]

    def read(self, bucket: str, version: dict[str, Any]) -> dict[str, Any]:
        """Return S3's answer about one version, with its content."""
        answer: dict[str, Any] = self._aws["s3"].get_object(
            Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"]
        )
        return answer

    def waiting(self) -> list[str]:
        """Take the bodies from all queues, dead-letter queues too; not those in flight."""
        bodies = []
        for queue in blueprint().queues:
            while found := self._take(queue, 10):
                bodies += [message["Body"] for message in found]
        return bodies

    def ask(self, operation: str, request: Any) -> Any:
        """Have moto answer; what SES takes is in `mails`, and its events are under way."""
        if operation == SCAN:  # which moto does not know
            wanted = json.loads(request.body)["s3Object"]
            self._scan(wanted["bucket"], wanted["key"], wanted["versionId"])
            return AWSResponse(request.url, _OK, {}, _Nothing())
        answer = botocore_stubber(f"before-send.{operation}", request)
        if operation == SEND_EMAIL and answer.status_code == _OK:
            self._mailed(json.loads(answer.content)["MessageId"], json.loads(request.body))
        return answer

    def _mailed(self, message_id: str, mail: Mapping[str, Any]) -> None:
        letter = Letter(message_id, mail)
        self.mails.append(letter)
        for kind in self.fate:
            said = Said(kind, letter, letter.addresses("To")[0])
            self.events.append(said.as_event(PLACE.region))

    def _scan(self, bucket: str, key: str, version: str) -> None:
        for plan in blueprint().scan_plans:
            if plan.bucket == bucket:
                stored = Stored(self._aws["s3"], bucket, key, version, "", 0)
                verdict = self.scanner(stored)
                if verdict:
                    self.events.append(as_event(plan.arn, stored, verdict, PLACE.region))

    def _before_send(self, event_name: str, request: Any, **_: Any) -> Any:
        operation = event_name.removeprefix("before-send.")
        self.calls.append(Call(operation, request))
        return self.between(operation, request) or self.ask(operation, request)

    def put(self, queue: str, body: str) -> None:
        """Put a message into a queue."""
        self._aws["sqs"].send_message(QueueUrl=PLACE.queue_url(queue), MessageBody=body)

    def _take(self, queue: str, most: int) -> list[dict[str, Any]]:
        if peek.seconds_to_next(PLACE.region, queue) != 0:
            return []  # a request that finds nothing takes as long as one that does
        answer = self._aws["sqs"].receive_message(
            QueueUrl=PLACE.queue_url(queue), MaxNumberOfMessages=most, AttributeNames=["All"]
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _delete(self, queue: str, receipt: str) -> None:
        self._aws["sqs"].delete_message(QueueUrl=PLACE.queue_url(queue), ReceiptHandle=receipt)

    def _poll(self, trigger: QueueTrigger) -> bool:
        """Hand one batch over; tell whether there was one."""
        queue = name_of(trigger.queue_arn)
        batch = {m["MessageId"]: m for m in self._take(queue, min(trigger.batch_size, 10))}
        if not batch:
            return False
        self.bodies += [message["Body"] for message in batch.values()]
        records = [as_record(m, trigger.queue_arn, PLACE.region) for m in batch.values()]
        try:
            answer = self.handlers.invoke(trigger.function, {"Records": records})
            failed = failed_ids(answer, set(batch))
        except FunctionFailedError:
            failed = set(batch)
        for done in batch.keys() - failed:
            self._delete(queue, batch[done]["ReceiptHandle"])
        return True

    def _deliver(self, event: dict[str, Any]) -> None:
        for rule, pattern in self._rules:
            for target in rule.targets if pattern.matches_event(event) else ():
                try:
                    arn, body = target.arn, transform(target, rule, event)
                except NotTransformedError:
                    arn, body = str(target.dead_letters), json.dumps(event)
                self.put(name_of(arn), body)


@contextmanager
def pipeline() -> Iterator[Pipeline]:
    """Deploy it at NOW into an empty account; the clock stands still until it is moved."""
    clients.client.cache_clear()
    with pytest.MonkeyPatch.context() as monkeypatch:
        handlers = Handlers(monkeypatch)
        with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
            deployed = Pipeline(clock, handlers)
            watched = set(blueprint().buckets)
            with s3_events.hooked(watched, PLACE.region, deployed.happened):
                yield deployed
        handlers.close()
    clients.client.cache_clear()
