"""A table, two queues and an inbox for the three steps that send letters and follow them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from moto import mock_aws

import notify_team.handler
import reply_to_sender.handler
import retry_stalled.handler
import track_delivery.handler
from infra.local import affordable
from intake.aws import clients, items
from intake.aws.ledger import Ledger
from intake.inquiry import File, Inquiry, Letter

NOW = datetime(2026, 11, 22, 11, 4, tzinfo=UTC)  # Sunday, 18:04 in Bangkok
INQUIRY = "a" * 26
REFERENCE = "INQ-7F3K-22QX"
TEAM = "ra-team@clinic.example"
OTHERS = "team@clinic.example"
FALLBACK = "front-desk@clinic.example"
SENDER = "ada.canary@patient.example"
CANARY = "Canary"
TABLE = "inquiries"
_HANDLERS = {
    "team": notify_team.handler,
    "sender": reply_to_sender.handler,
    "delivery": track_delivery.handler,
}
QUEUES = tuple(_HANDLERS)

# As a patient would answer, with a marker in whatever may not leave.
ANSWERS: dict[str, Any] = {
    "form_locale": "en",
    "message": f"{CANARY} message",
    "submitter": {
        "role": "representative",
        "representative": {"full_name": f"{CANARY} Guardian", "relationship": "parent"},
    },
    "patient": {
        "full_name": f"{CANARY} Lovelace",
        "date_of_birth": "1971-04-05",
        "administrative_sex": "female",
        "country_of_residence": "NO",
    },
    "contact": {
        "email": SENDER,
        "phone": "+4790012345",
        "preferred_channel": "phone",
        "preferred_language": "nb",
        "interpreter_needed": True,
        "time_zone": "Europe/Oslo",
    },
    "clinical": {
        "primary_condition": {"category": "psoriatic_arthritis", "description": f"{CANARY} pain"},
        "prior_treatments": [{"class": "csdmard", "product": f"{CANARY}trexate"}],
    },
    "travel": {"earliest_month": "2027-02", "can_stay_two_weeks": True},
    "records": [
        {"requirement": "blood", "document_date": "2026-11-01"},
        {"requirement": "radiology", "document_date": "2026-10-01"},
    ],
    "missing_records": [
        {"slot": "urine", "reason": "will_send_later", "expected_by": "2026-12-01"}
    ],
}
_WATCHED = ("dynamodb", "sesv2", "sqs")

Hook = Callable[[str, Any], Any]


class Killed(BaseException):
    """The process is gone. No `except Exception` may notice."""


class Mailroom:
    """
    The world that the handlers see. `sent` is every mail that SES took.

    `left` tells how many milliseconds an invocation still has.
    """

    def __init__(self, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock
        self.sent: list[dict[str, Any]] = []
        self.left: Callable[[], int] = lambda: 30_000
        self._monkeypatch = monkeypatch
        self._dynamodb, self._sqs = clients.client("dynamodb"), clients.client("sqs")
        self._hooks: list[tuple[str, Hook]] = []
        self._queues = self._lay()
        self.configure()
        self.log = StringIO()
        for handler in _HANDLERS.values():
            handler.logger.registered_handler.setStream(self.log)
        self.ledger = Ledger(clients.client("dynamodb"), TABLE)

    def _lay(self) -> dict[str, str]:
        """Lay table, sender and queues; return the queues' addresses."""
        queues = {name: self._sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
        clients.client("sesv2").create_email_identity(EmailIdentity="intake@clinic.example")
        self._create_table()
        for service in _WATCHED:
            # First, because the first answer counts, and moto's own hook always answers.
            clients.client(service).meta.events.register_first(
                f"before-send.{service}", self._before_send
            )
        return queues

    def close(self) -> None:
        """Leave the clients as they were, for the next test."""
        for service in _WATCHED:
            clients.client(service).meta.events.unregister(
                f"before-send.{service}", self._before_send
            )

    def configure(self, **changes: str) -> None:
        """Give the steps their environment, as template.yaml would."""
        given = {
            "SCHEMAS_DIR": str(Path(__file__).parents[2] / "schemas"),
            "CLINIC_NAME": "Example Clinic",
            "CLINIC_ZONE": "Asia/Bangkok",
            "INQUIRY_TABLE": TABLE,
            "MAIL_FROM": "intake@clinic.example",
            "TEAM_RECIPIENTS": json.dumps({"default": [OTHERS], "rheumatoid-arthritis": [TEAM]}),
            "FALLBACK_RECIPIENT": FALLBACK,
            "TEAM_CONFIGURATION_SET": "intake-team",
            "SENDER_CONFIGURATION_SET": "intake-sender",
            "NOTIFICATION_DETAIL": "none",
            "ENVIRONMENT_NAME": "production",
            "TEAM_QUEUE": self._queues["team"],
            "SENDER_QUEUE": self._queues["sender"],
            "CHECK_QUEUE": self._queues["delivery"],  # nothing here has a file to check
            "UPLOADS_BUCKET": "uploads",
            "MAILS_PER_SECOND": "1000",  # nothing waits for its turn
            "MAIL_CONCURRENCY": "2",
        }
        for name, value in (given | changes).items():
            self._monkeypatch.setenv(name, value)
        for handler in (*_HANDLERS.values(), retry_stalled.handler):
            handler.wiring.cache_clear()

    def on(self, service: str, operation: str, hook: Hook) -> None:
        """Call *hook* before such a request leaves ("" is any); it may answer, or raise."""
        self._hooks.append((f"before-send.{service}.{operation}", hook))

    def mend(self) -> None:
        """Undo every `on`."""
        self._hooks.clear()

    def logged(self) -> list[dict[str, Any]]:
        """Return the log so far, line by line."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def _before_send(self, event_name: str, request: Any, **_: Any) -> Any:
        for prefix, hook in tuple(self._hooks):
            if event_name.startswith(prefix):
                answer = hook(event_name, request)
                if answer is not None:
                    return answer
        if event_name == "before-send.sesv2.SendEmail":
            self.take(request)
        return None

    def take(self, request: Any) -> None:
        """Keep a mail whole, as SES got it: moto keeps only its HTML part."""
        self.sent.append(json.loads(request.body))

    def store(self, *letters: Letter, files: tuple[File, ...] = (), **changes: Any) -> Inquiry:
        """Put an accepted inquiry into the table, with what it owes."""
        inquiry = replace(
            Inquiry(
                id=INQUIRY,
                form="rheumatoid-arthritis",
                form_version="2026-11-22",
                reference=REFERENCE,
                locale="en",
                received_at=NOW,
                answer_by=datetime(2026, 11, 24, 10, tzinfo=UTC),
                answers=ANSWERS,
                upload_secret="u" * 26,
                receipt_secret="r" * 26,
                tokens_expire_at=NOW + timedelta(days=60),
                base_url="https://intake.clinic.example",
                flags=("cancer", "severe_pain"),
            ),
            **changes,
        )
        for item in (
            items.from_inquiry(inquiry),
            *(items.from_file(file) for file in files),
            *(_item(replace(letter, inquiry=inquiry.id)) for letter in letters),
        ):
            self._dynamodb.put_item(TableName=TABLE, Item=item)
        return inquiry

    def forget(self, *kinds: str) -> None:
        """Remove letters, as if they had never been owed."""
        for kind in kinds:
            key = items.key(INQUIRY, items.letter_sort_key(kind))
            self._dynamodb.delete_item(TableName=TABLE, Key=key)

    def run(self, step: str, *bodies: Any) -> list[str]:
        """Hand messages to a step; return the ids of those that must come again."""
        event = {
            "Records": [
                {
                    "messageId": f"message-{n}",
                    "body": body if isinstance(body, str) else json.dumps(body),
                }
                for n, body in enumerate(bodies)
            ]
        }
        answer = _HANDLERS[step].handle(event, _context(step, self.left))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def look(self) -> None:
        """Have retry_stalled look once."""
        retry_stalled.handler.handle({}, _context("sweep", self.left))

    def sweep(self) -> None:
        """Have retry_stalled look once, and the team's step do what it finds."""
        self.look()
        self.run("team", *self.waiting("team"))

    def letter(self, kind: str, inquiry: str = INQUIRY) -> Letter:
        """Return what the ledger says of one letter."""
        letter = self.ledger.letter(inquiry, kind)
        assert letter is not None
        return letter

    def inquiry(self, inquiry: str = INQUIRY) -> Inquiry:
        """Return what the table says of an inquiry."""
        answer = self._dynamodb.get_item(TableName=TABLE, Key=items.key(inquiry, items.INQUIRY))
        return items.to_inquiry(answer["Item"])

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """Take what waits in *queue*."""
        answer = self._sqs.receive_message(QueueUrl=self._queues[queue], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def shards(self) -> list[str]:
        """Return the letter kinds that stand in the due index."""
        return sorted(
            letter.kind
            for shard in range(8)
            for letter in self.ledger.due(str(shard), NOW + timedelta(days=365))
            if isinstance(letter, Letter)
        )

    def _create_table(self) -> None:
        keys = ("pk", "sk", "due_shard", "due_at")
        self._dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=_key_schema("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "due",
                    "KeySchema": _key_schema("due_shard", "due_at"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )


def _context(step: str, left: Callable[[], int]) -> SimpleNamespace:
    return SimpleNamespace(
        get_remaining_time_in_millis=left,
        function_name=step,
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:eu-west-2:123456789012:function:{step}",
        aws_request_id="request",
    )


def _item(letter: Letter) -> items.Item:
    """Return the item of *letter*, with what only the ledger adds."""
    told = {} if letter.told is None else {"told": list(letter.told)}
    return items.from_letter(letter) | items.values(told)


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


@contextmanager
def mailroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    """Open a fresh world at NOW; the clock stands still until it is moved."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ClinicIntake")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "intake")
    affordable.install()
    with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
        room = Mailroom(clock, monkeypatch)
        try:
            yield room
        finally:
            room.close()


@contextmanager
def own_clients() -> Iterator[None]:
    """Share clients inside a module, since making them takes longer than a test; not beyond."""
    clients.client.cache_clear()
    yield
    clients.client.cache_clear()


def a_file(n: int, record: int | None, verdict: str | None = "clean", **changes: Any) -> File:
    """
    Return a checked file, or one still in flight if *verdict* is None.

    Without a *record* it was not announced and went straight to S3.
    """
    checked = NOW - timedelta(seconds=5) if verdict else None
    return replace(
        File(
            inquiry=INQUIRY,
            n=n,
            record=record,
            requirement="other" if record is None else ANSWERS["records"][record]["requirement"],
            version="1",
            size=1_500_000,
            sha256="0" * 64,
            name=f"{CANARY}_HIV.pdf",
            declared_type="application/pdf",
            declared_at=NOW - timedelta(seconds=20),
            arrived_at=NOW - timedelta(seconds=10),
            checked_at=checked,
            verdict=verdict,
            reason=None if verdict == "clean" else "type_not_allowed",
        ),
        **changes,
    )


def owed(kind: str, **changes: Any) -> Letter:
    """Return a letter that is due now."""
    return replace(Letter(INQUIRY, kind, due_at=NOW, owed_at=NOW), **changes)


def message(kind: str, inquiry: str = INQUIRY) -> dict[str, str]:
    """Return what the mail queues carry."""
    return {"inquiry": inquiry, "letter": kind}


def event(name: str, kind: str, *, at: datetime = NOW, inquiry: str = INQUIRY, **more: str) -> Any:
    """Return an SES event as its rule's input transformer leaves it."""
    return {
        "event": name,
        "message_id": "ses-message-id",
        "inquiry": [inquiry],
        "letter": [kind],
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **more,
    }


def text(mail: dict[str, Any]) -> str:
    """Return the text part of a captured mail."""
    part: str = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
    return part


def subject(mail: dict[str, Any]) -> str:
    """Return the subject of a captured mail."""
    data: str = mail["Content"]["Simple"]["Subject"]["Data"]
    return data
