"""send_canary: a whole way is looked at every quarter of an hour, and a broken link is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from infra.local.http_event import Response
from intake.aws import items
from tests.journey.breaking import killed, no_connection, of, refusal
from tests.pipeline import nothing
from tests.steps.canaries import Aviary, aviary

DOWN = refusal("InternalServerError", 500)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Aviary]:
    with aviary() as made:
        yield made


@pytest.fixture
def canaries(deployed: Aviary) -> Aviary:
    deployed.anew()
    return deployed


def test_a_canary_that_arrived_is_told_with_the_time_it_took(canaries: Aviary) -> None:
    canaries.fly()
    told = canaries.pass_by()

    assert told.metrics == {"CanaryArrived": 1, "CanarySeconds": 0}
    assert told.said["message"] == "canary arrived"
    assert told.said["inquiry"] == canaries.flights[0].inquiry.id


def test_its_file_goes_the_way_of_every_file(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pass_by()

    (file,) = canaries.flights[0].files
    assert (file.state, file.kind, file.scan) == ("clean", "pdf", "NO_THREATS_FOUND")
    assert file.key in {version["Key"] for _, version in canaries.pipeline.versions()}


def test_the_very_first_flight_is_good_news_if_its_post_is_accepted(canaries: Aviary) -> None:
    told = canaries.fly()

    assert told.metrics == {"CanaryArrived": 1}
    assert (told.said["message"], told.said["sent"]) == (
        "canary sent",
        canaries.flights[0].inquiry.id,
    )


def test_one_that_took_longer_than_anybody_was_promised_did_not_arrive(canaries: Aviary) -> None:
    canaries.pipeline.between = of("sesv2.SendEmail", no_connection)
    canaries.fly()
    canaries.pipeline.run()
    canaries.pipeline.between = nothing
    canaries.pipeline.clock.shift(timedelta(minutes=16))
    canaries.pipeline.fire("RetryStalled")
    told = canaries.pass_by()

    assert (told.arrived, told.link) == (0, "letter delivered late")
    assert int(told.said["reason"].split()[0]) > 15 * 60
    assert "CanarySeconds" not in told.metrics


def test_two_calls_in_a_row_decide_nothing_and_send_one(canaries: Aviary) -> None:
    canaries.fly()
    told = canaries.fly()

    assert told.metrics == {}
    assert told.said["message"] == "canary not judged yet"
    assert len(canaries.asked) == 1


def test_nobody_has_to_wait_for_one_that_is_here(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pipeline.run()
    told = canaries.fly()

    assert told.arrived == 1


@pytest.mark.parametrize(
    ("broken", "link", "reason"),
    [
        (of("sqs.SendMessage", DOWN), "letter not sent", "no attempt"),
        (
            of("s3.CopyObject", refusal("AccessDenied", 403)),
            "file not clean",
            "arrived NO_THREATS_FOUND",
        ),
        (
            of("sesv2.SendEmail", refusal("AccountSuspendedException", 400)),
            "letter not sent",
            "AccountSuspendedException",
        ),
        (of("sesv2.SendEmail", no_connection), "letter not sent", "EndpointConnectionError"),
    ],
)
def test_what_stops_it_on_its_way_is_named(
    canaries: Aviary, broken: object, link: str, reason: str
) -> None:
    canaries.fly()
    canaries.pipeline.between = broken  # type: ignore[assignment]
    canaries.pipeline.run()
    canaries.pipeline.between = nothing
    canaries.pipeline.clock.shift(timedelta(minutes=15))
    told = canaries.fly()

    assert (told.arrived, told.link, told.said["reason"]) == (0, link, reason)
    assert canaries.pass_by().arrived == 1


def test_a_silent_scanner_is_named(canaries: Aviary) -> None:
    scanner, canaries.pipeline.scanner = canaries.pipeline.scanner, lambda _stored: None
    canaries.fly()
    told = canaries.pass_by()
    canaries.pipeline.scanner = scanner
    canaries.pass_by()

    assert (told.arrived, told.link) == (0, "file not clean")
    assert canaries.pass_by().arrived == 1


def test_a_delivery_that_nobody_reports_is_named(canaries: Aviary) -> None:
    canaries.pipeline.fate = ("Send",)
    canaries.fly()
    told = canaries.pass_by()
    canaries.pipeline.fate = ("Send", "Delivery")

    assert (told.arrived, told.link) == (0, "letter not delivered")
    assert canaries.pass_by().arrived == 1


@pytest.mark.parametrize(
    ("fate", "link"), [((), "receipt not sent"), (("Send",), "receipt not delivered")]
)
def test_a_receipt_that_does_not_arrive_is_named(
    canaries: Aviary, fate: tuple[str, ...], link: str
) -> None:
    def between(operation: str, request: object) -> object:
        if operation == "sesv2.SendEmail":
            is_receipt = "sender" in json.loads(request.body)["ConfigurationSetName"].lower()  # type: ignore[attr-defined]
            canaries.pipeline.fate = fate if is_receipt else ("Send", "Delivery")
            return DOWN(operation, request) if is_receipt and not fate else None
        return None

    canaries.pipeline.between = between
    canaries.fly()
    told = canaries.pass_by()

    assert (told.arrived, told.link) == (0, link)


def test_a_row_that_is_gone_was_not_accepted(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pipeline.remove(items.key(canaries.flights[0].inquiry.id, items.INQUIRY))
    told = canaries.pass_by()

    assert (told.arrived, told.link) == (0, "not accepted")


def test_a_file_that_is_not_where_its_row_says_is_named(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pipeline.run()
    ((bucket, version),) = canaries.pipeline.versions()
    where = {"Key": version["Key"], "VersionId": version["VersionId"]}
    boto3.client("s3").delete_object(Bucket=bucket, **where)
    told = canaries.pass_by()

    assert (told.arrived, told.link) == (0, "file not in records")


@pytest.mark.parametrize(
    ("answer", "reason", "attempts"),
    [
        ((503, {}, b""), "503", 2),
        ((429, {}, b""), "429", 2),
        ((422, {}, b"{}"), "422", 1),
        ((301, {"Location": "http://127.0.0.1:9/f/canary"}, b""), "301", 1),
        ((200, {}, b"<html>parked"), "AnswerNotOurs", 1),
        ((200, {}, b'{"upload":{"url":"https://x/u/' + b"a" * 52 + b'"}}'), "AnswerNotOurs", 1),
    ],
)
def test_a_closed_door_is_told_at_once_and_once(
    canaries: Aviary, answer: tuple[int, dict[str, str], bytes], reason: str, attempts: int
) -> None:
    canaries.closed = answer
    told = canaries.fly()
    canaries.closed = None
    mended = canaries.pass_by()

    assert (told.arrived, told.link, told.said["reason"]) == (0, "post refused", reason)
    keys = [headers["Idempotency-Key"] for _, headers in canaries.asked[:-1]]
    assert (len(keys), len(set(keys))) == (attempts, 1)
    assert mended.metrics == {"CanaryArrived": 1}
    assert canaries.pass_by().arrived == 1


def test_an_intake_that_cannot_store_is_told(canaries: Aviary) -> None:
    canaries.pipeline.between = of("dynamodb.TransactWriteItems", DOWN)
    told = canaries.fly()

    assert (told.arrived, told.link, told.said["reason"]) == (0, "post refused", "503")
    assert canaries.flights == []


def test_an_answer_that_was_lost_is_asked_for_again_and_is_the_same_inquiry(
    canaries: Aviary,
) -> None:
    answer = canaries.answer
    lost = iter([True])

    def losing(path: str, headers: dict[str, str], body: bytes) -> Response:
        given = answer(path, headers, body)
        if next(lost, False):
            raise ConnectionResetError
        return given

    canaries.answer = losing
    canaries.fly()
    told = canaries.pass_by()

    assert told.arrived == 1
    assert len(canaries.asked) == 3
    assert len(canaries.flights) == 2


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(DOWN, "GetItem InternalServerError"), (no_connection, "EndpointConnectionError dynamodb")],
)
def test_a_table_that_does_not_answer_is_told(
    canaries: Aviary, broken: object, reason: str
) -> None:
    canaries.fly()
    canaries.pipeline.run()
    canaries.pipeline.between = of("dynamodb.", broken)  # type: ignore[arg-type]
    told = canaries.fly()
    canaries.pipeline.between = nothing

    assert (told.arrived, told.link) == (0, "table or bucket not readable")
    assert told.said["reason"].startswith(reason)
    assert canaries.pass_by().arrived == 1


def test_a_flight_that_died_after_its_post_is_told_by_the_next(canaries: Aviary) -> None:
    notes = iter([nothing, killed])

    def between(operation: str, request: object) -> object:
        is_note = operation == "dynamodb.PutItem" and b'"canary"' in request.body  # type: ignore[attr-defined]
        return next(notes, nothing)(operation, request) if is_note else None

    canaries.pipeline.between = between
    silent = canaries.fly()
    told = canaries.pass_by()

    assert silent.metrics == {}
    assert (told.arrived, told.link) == (0, "post not answered")
    assert canaries.pass_by().arrived == 1
