"""Table, buckets and queues as infra/ lays them, and three steps that work on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from io import StringIO
from pathlib import Path
from threading import RLock
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
import yaml
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber
from moto.s3.models import s3_backends

import accept_inquiry.handler
import check_upload.handler
import retry_stalled.handler
from intake.aws import items
from intake.aws.clients import client
from intake.aws.files import Files
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.verdicts import Verdicts
from intake.inquiry import TEAM_NEW, Case, File, Inquiry, Letter
from tests.emptied import empty
from tests.rights import called, not_granted
from tests.steps.mailroom import ANSWERS, INQUIRY, NOW, REFERENCE, Killed

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "eu-west-2"
TABLE = "inquiries"
UPLOADS, RECORDS = "uploads", "records"
QUEUES = ("check", "team", "sender")
STEPS = {
    "accept": accept_inquiry.handler,
    "check": check_upload.handler,
    "sweep": retry_stalled.handler,
}
SERVICES = ("dynamodb", "s3", "sqs", "guardduty")
PLAN = f"arn:aws:guardduty:{REGION}:{ACCOUNT}:malware-protection-plan/ours"
CLEAN_SCAN = "NO_THREATS_FOUND"
Hook = Callable[[str, Any], Any]


class Clinic:
    """
    The world that three steps see.

    `calls` lists what they asked of AWS, `scans_asked` of which versions they wanted another scan.
    Nothing is scanned by itself: whoever plays needs to say what the scanner found.
    """

    def __init__(
        self,
        queues: dict[str, str],
        clock: time_machine.Coordinates,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.queues = queues
        self.clock = clock
        self.calls: list[str] = []
        self.scans_asked: list[tuple[str, str, str]] = []
        self.log = StringIO()
        self.seconds_left = 300  # of an invocation
        self._hooks: list[tuple[str, Hook]] = []
        self._monkeypatch = monkeypatch
        self._lock = RLock()
        self.configure()
        self._watch()
        self.inquiries = InquiryTable(client("dynamodb"), TABLE, sleep=lambda _: None)
        self.files = Files(client("dynamodb"), TABLE)
        self.verdicts = Verdicts(client("dynamodb"), TABLE)
        self.ledger = Ledger(client("dynamodb"), TABLE)

    def _watch(self) -> None:
        """Have all requests of the steps pass by here."""
        for service, each in clients():
            # botocore runs all hooks, even after one of them answered: moto's own would carry out
            # what ours refuses, so it is called by ours.
            each.meta.events.unregister("before-send", botocore_stubber)
            each.meta.events.register(f"before-send.{service}", self._before_send)

    def close(self) -> None:
        """Leave clients and resources as they were, for the next test."""
        for service, each in clients():
            each.meta.events.unregister(f"before-send.{service}", self._before_send)
            each.meta.events.register("before-send", botocore_stubber)
        empty(REGION)

    def configure(self, **changes: str) -> None:
        """Give the steps their environment, as template.yaml would."""
        given = {
            "SCHEMAS_DIR": str(ROOT / "schemas"),
            "CLINIC_NAME": "Example Clinic",
            "CLINIC_ZONE": "Asia/Bangkok",
            "PUBLIC_URL": "auto",
            "ALLOWED_ORIGINS": "https://www.clinic.example,https://clinic.example",
            "ORIGIN_SECRET": "only-the-cdn-knows",
            "FORM_SECRET": "nobody-knows-this",
            # A clinic's own tests are one crowd; those of the bounds set them.
            **dict.fromkeys(("SUSPECT_POSTS_PER_NETWORK", "MOST_POSTS_PER_NETWORK"), "100000"),
            "SUSPECT_POSTS_PER_ADDRESS": "100000",
            "CAPTCHA": "none",
            "CAPTCHA_SITE_KEY": "none",
            "CAPTCHA_SECRET_PARAMETER": "none",
            "CAPTCHA_VERIFY_URL": "none",
            "INQUIRY_TABLE": TABLE,
            "UPLOADS_BUCKET": UPLOADS,
            "UPLOADS_ORIGIN": "https://uploads.s3.eu-west-2.amazonaws.com",
            "RECORDS_BUCKET": RECORDS,
            "CHECK_QUEUE": self.queues["check"],
            "TEAM_QUEUE": self.queues["team"],
            "SENDER_QUEUE": self.queues["sender"],
            "MALWARE_PLAN": PLAN,
        }
        for name, value in (given | changes).items():
            self._monkeypatch.setenv(name, value)
        for handler in STEPS.values():
            handler.wiring.cache_clear()
        for logger in (accept_inquiry.front.logger, STEPS["check"].logger, STEPS["sweep"].logger):
            logger.registered_handler.setStream(self.log)

    # ---- Faults -----------------------------------------------------------------------------

    def on(self, operation: str, hook: Hook, *, skip: int = 0, times: int | None = None) -> None:
        """
        Call *hook* before such a request leaves ("sqs" is any, "sqs.SendMessage" one).

        It may answer, raise, or have the request carried out before. The first *skip* requests
        pass; after *times* it is spent.
        """
        left = {"skip": skip, "times": times}

        def counted(event_name: str, request: Any) -> Any:
            if left["skip"]:
                left["skip"] -= 1
                return None
            if left["times"] is None:
                return hook(event_name, request)
            left["times"] -= 1
            return hook(event_name, request) if left["times"] >= 0 else None

        self._hooks.append((f"before-send.{operation}", counted))

    def mend(self) -> None:
        """Undo every `on`."""
        self._hooks.clear()

    def _hooked(self, event_name: str, request: Any) -> Any:
        """Note a request; return what a hook answers in AWS's place, if one does."""
        self.calls += called(event_name.removeprefix("before-send."), request.body)
        for prefix, hook in tuple(self._hooks):
            if event_name.startswith(prefix):
                answer = hook(event_name, request)
                if answer is not None:
                    return answer
        return None

    def _before_send(self, event_name: str, request: Any, **_: Any) -> Any:
        # Hooks need not know whose request it is, moto's or that of a cloud of ours.
        request.carry_out = partial(botocore_stubber, event_name, request)
        answer = self._hooked(event_name, request)
        if answer is not None:
            return answer
        if event_name == "before-send.guardduty.SendObjectMalwareScan":  # which moto does not know
            wanted = json.loads(request.body)["s3Object"]
            self.scans_asked.append((wanted["bucket"], wanted["key"], wanted["versionId"]))
            return answered(request)
        # moto looks, then writes: without a lock two threads may both find a key unused.
        with self._lock:
            if event_name == "before-send.s3.CopyObject" and self._is_taken(request):
                return refusal("PreconditionFailed", 412)(event_name, request)
            return botocore_stubber(event_name, request)

    @staticmethod
    def _is_taken(request: Any) -> bool:
        """Tell whether S3 would refuse this copy for what is there; moto looks at puts alone."""
        if request.headers.get("If-None-Match") not in {"*", b"*"}:
            return False
        host, _, key = request.url.removeprefix("https://").partition("/")
        s3 = s3_backends[ACCOUNT]["aws"]
        return s3.get_object(host.partition(".")[0], key) is not None

    # ---- Steps ------------------------------------------------------------------------------

    def invoke(self, step: str, event: Any) -> Any:
        """Call a step's handler as Lambda does."""
        context = SimpleNamespace(
            function_name=step,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:eu-west-2:123456789012:function:{step}",
            aws_request_id="request",
            get_remaining_time_in_millis=lambda: self.seconds_left * 1000,
        )
        before = len(self.calls)
        answer = STEPS[step].handle(event, context)
        # The emulator grants everything, so what a role lacks has to be noticed here.
        folder = STEPS[step].__name__.partition(".")[0]
        assert not not_granted(folder, self.calls[before:])
        return answer

    def check(self, *messages: Any) -> list[str]:
        """Hand messages to check_upload; return the ids of those that must come again."""
        records = [
            {"messageId": f"message-{n}", "body": json.dumps(body)}
            for n, body in enumerate(messages)
        ]
        answer = self.invoke("check", {"Records": records})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def scanned(self, version: str, result: str = CLEAN_SCAN, n: int = 0, **more: Any) -> list[str]:
        """Hand what the scanner found in a version to check_upload; return as `check`."""
        return self.check(a_scan(n, version, result, **more))

    def judge(self, *messages: Any) -> list[str]:
        """Hand messages to check_upload, then a clean scan of each version; return as `check`."""
        found = [a_scan(version=body["version"], key=body["key"]) for body in messages]
        return self.check(*messages, *found)

    def sweep(self) -> None:
        """Let the schedule tick once."""
        self.invoke("sweep", {"source": "aws.scheduler"})

    # ---- What is left -----------------------------------------------------------------------

    def logged(self) -> list[dict[str, Any]]:
        """Return the steps' log so far, line by line."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def case(self, inquiry: str = INQUIRY) -> Case:
        """Read all that belongs to an inquiry."""
        case = self.inquiries.case(inquiry)
        assert case is not None
        return case

    def letter(self, kind: str = TEAM_NEW, inquiry: str = INQUIRY) -> Letter:
        """Read one letter."""
        letter = self.ledger.letter(inquiry, kind)
        assert letter is not None
        return letter

    def rows(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return all items whose partition key begins with *prefix*."""
        pages = client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        found = [items.plain(item) for page in pages for item in page["Items"]]
        return [item for item in found if item["pk"].startswith(prefix)]

    def versions(self, bucket: str) -> list[tuple[str, str]]:
        """Return (key, version) of all objects, hidden ones and delete markers included."""
        answer = client("s3").list_object_versions(Bucket=bucket)
        listed = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        return sorted((entry["Key"], entry["VersionId"]) for entry in listed)

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """Take what is visible in *queue*."""
        url, found = self.queues[queue], []
        while (
            messages := client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            .get("Messages")
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def is_empty(self) -> bool:
        """Tell whether nothing at all was stored or sent; how many posts came is no secret."""
        stored = [row for row in self.rows() if not row["pk"].startswith("count#")]
        nothing = not stored and not self.versions(UPLOADS) and not self.versions(RECORDS)
        return nothing and not any(self.waiting(queue) for queue in QUEUES)

    # ---- What there may be ------------------------------------------------------------------

    def upload(self, content: bytes, n: int = 0, inquiry: str = INQUIRY) -> str:
        """Put an object where files wait; return its version."""
        answer = client("s3").put_object(
            Bucket=UPLOADS, Key=f"{inquiry}/{n:04d}", Body=content, ChecksumAlgorithm="SHA256"
        )
        version: str = answer["VersionId"]
        return version

    def store(self, *rows: Inquiry | File | Letter) -> None:
        """Put rows into the table as they are."""
        to_item = {Inquiry: items.from_inquiry, File: items.from_file, Letter: items.from_letter}
        for row in rows:
            client("dynamodb").put_item(TableName=TABLE, Item=to_item[type(row)](row))


def clients() -> list[tuple[str, Any]]:
    """Return every client that the steps use, with its service."""
    return [(each, client(each)) for each in SERVICES] + [("s3", client("s3", patient=True))]


def lay() -> dict[str, str]:
    """Lay table, buckets and queues; return the queues' addresses by name."""
    client("dynamodb").create_table(TableName=TABLE, **table())
    for bucket in (UPLOADS, RECORDS):
        region = {"LocationConstraint": REGION}
        client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        client("s3").put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    return {name: client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}


@cache
def table() -> dict[str, Any]:
    """Return the table's keys and indexes as infra/storage.yaml lays them."""

    class Loader(yaml.SafeLoader):
        """Reads CloudFormation; its functions mean nothing here."""

    Loader.add_multi_constructor("!", lambda *_: None)
    text = (ROOT / "infra" / "storage.yaml").read_text(encoding="utf-8")
    template = yaml.load(text, Loader)  # noqa: S506  a SafeLoader
    properties = template["Resources"]["InquiryTable"]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in wanted}


def an_inquiry(**changes: Any) -> Inquiry:
    """Return an inquiry that announces a blood test and an MRI."""
    return replace(
        Inquiry(
            id=INQUIRY,
            form="rheumatoid-arthritis",
            form_version="2026-11-22",
            reference=REFERENCE,
            locale="en",
            received_at=NOW,
            answer_by=NOW + timedelta(days=2),
            answers=ANSWERS,
            upload_secret="u" * 26,
            receipt_secret="r" * 26,
            tokens_expire_at=NOW + timedelta(days=60),
            base_url="https://intake.clinic.example",
            flags=("cancer", "severe_pain"),
            consents=({"purpose": "health_data_review", "decision": "granted"},),
        ),
        **changes,
    )


def a_letter(kind: str = TEAM_NEW, **changes: Any) -> Letter:
    """Return a letter that is owed and due now."""
    return replace(Letter(INQUIRY, kind, due_at=NOW, owed_at=NOW), **changes)


def a_scan(
    n: int = 0, version: str = "v1", result: str = CLEAN_SCAN, **more: Any
) -> dict[str, Any]:
    """Return what the scanner's event on a version becomes in check_upload's queue."""
    statuses = {"UNSUPPORTED": "SKIPPED", "ACCESS_DENIED": "SKIPPED", "FAILED": "FAILED"}
    return {
        "bucket": UPLOADS,
        "key": f"{INQUIRY}/{n:04d}",
        "version": version,
        "plan": [PLAN],
        "scan_status": statuses.get(str(result), "COMPLETED"),
        "scan_result": result,
        **more,
    }


# ---- Hooks ----------------------------------------------------------------------------------


def lose_answer(_event_name: str, request: Any) -> None:
    """Do what was asked, then lose the answer: the client can't tell and asks again."""
    request.carry_out()
    raise ConnectionClosedError(endpoint_url=request.url)


def kill(_event_name: str, _request: Any) -> None:
    """End the process before the request leaves."""
    raise Killed


def kill_after(_event_name: str, request: Any) -> None:
    """End the process after AWS did what was asked."""
    request.carry_out()
    raise Killed


class Raw:
    """Streams one body."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: Any) -> Any:
        yield self.body


def answered(request: Any, body: bytes = b"{}") -> AWSResponse:
    """Answer as AWS does when it did what was asked."""
    return AWSResponse(request.url, 200, {}, Raw(body))


def refusal(code: str, status: int = 400, **more: Any) -> Hook:
    """Answer as AWS does when it refuses: S3 in XML, the others in JSON."""
    told = json.dumps({"__type": f"com.amazonaws#{code}", "message": "No.", **more}).encode()
    xml = f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()

    def answer(event_name: str, request: Any) -> AWSResponse:
        raw = Raw(xml if ".s3." in event_name else told)
        # SQS names its errors a second way.
        headers = {"x-amzn-query-error": f"{code};Sender"}
        return AWSResponse(request.url, status, headers, raw)

    return answer


# A server error that botocore's retries leave alone, so that no test sleeps.
OUTAGE = refusal("ServiceUnavailable", 509)


def cancelled(*reasons: str) -> Hook:
    """Answer as DynamoDB cancels a transaction, for *reasons* in the order of its writes."""
    told = [{"Code": reason} for reason in reasons]
    return refusal("TransactionCanceledException", CancellationReasons=told)
