"""The canary itself: it finds a planted leak, and no crash makes a real one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import boto3
import pytest

from infra.local.functions import FunctionFailedError
from infra.local.http_event import Response
from infra.local.mailbox import Letter
from tests.handlers import TEAM, blueprint
from tests.journey import told
from tests.journey.breaking import at_call, bug, killed, refusal
from tests.journey.visitor import GENERAL, Visitor
from tests.pipeline import nothing, pipeline


def test_no_crash_at_any_call_tells_anything() -> None:
    with pipeline() as deployed:
        visitor = Visitor(deployed)
        answers = visitor.answers(GENERAL, "with-records")

        def story() -> None:
            visitor.post_page(GENERAL, answers, [("records.0.file", "pdf")], _id=visitor.key())
            deployed.run()
            deployed.wait(1)

        story()
        for number in range(len(deployed.calls)):
            way = (bug, refusal("Oops", 400), killed)[number % 3]
            deployed.between = at_call(number, way)
            story()
            deployed.between = nothing

        assert told.leaks(visitor.pipeline, visitor.replies, visitor.markers) == {}


# ---- The search itself --------------------------------------------------------------------------


def say(visitor: Visitor, name: str) -> None:
    """Have a step print a name, as a forgotten debugging line would."""

    def between(_operation: str, _request: object) -> None:
        print(f"inquiry of {name.upper()}")  # noqa: T201  the leak itself

    visitor.pipeline.between = between
    visitor.pipeline.fire()


def crash(visitor: Visitor, name: str) -> None:
    def between(_operation: str, _request: object) -> None:
        raise ValueError(name)

    visitor.pipeline.between = between
    with pytest.raises(FunctionFailedError):
        visitor.pipeline.handlers.invoke(blueprint().functions["RetryStalled"].arn, {})


def queue(_visitor: Visitor, name: str) -> None:
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.list_queues()["QueueUrls"][0], MessageBody=json.dumps([name]))


def upload(_visitor: Visitor, name: str) -> None:
    bucket = next(iter(blueprint().buckets))
    boto3.client("s3").put_object(Bucket=bucket, Key="a/0", Metadata={"name": name})


def index(_visitor: Visitor, name: str) -> None:
    table = next(iter(blueprint().tables))
    key = {"pk": {"S": "a"}, "sk": {"S": f"name#{name}"}}
    boto3.client("dynamodb").put_item(TableName=table, Item=key)


def write(visitor: Visitor, name: str) -> None:
    simple = {"Subject": {"Data": name}, "Body": {}}
    mail = {"Destination": {"ToAddresses": [TEAM]}, "Content": {"Simple": simple}}
    visitor.pipeline.mails.append(Letter("id", mail))


def answered(kind: str, body: str) -> Callable[[Visitor, str], None]:
    def answer(visitor: Visitor, name: str) -> None:
        text = body.format(name=name).encode()
        visitor.replies.append(Response(200, [("content-type", kind)], text))

    return answer


def redirected(visitor: Visitor, name: str) -> None:
    visitor.replies.append(Response(303, [("location", f"/thanks?name={name}")], b""))


@pytest.mark.parametrize(
    ("leak", "place"),
    [
        (say, "log"),
        (crash, "log"),
        (queue, "queue"),
        (upload, "S3 object"),
        (index, "table key"),
        (write, "mail"),
        (redirected, "reply header"),
        (answered("application/json", '{{"message":"{name}"}}'), "reply"),
        (answered("text/html", "<p>{name}</p>"), "page"),
        (answered("text/html", '<a href="/?q={name}">x</a>'), "page"),
        (answered("text/html", '<input name="{name}" value="">'), "page"),
        (answered("text/html", "<textarea>x</textarea>{name}"), "page"),
        (answered("text/html", "<!-- {name} -->"), "page"),
    ],
)
def test_a_planted_leak_is_found(leak: Callable[[Visitor, str], None], place: str) -> None:
    with pipeline() as deployed:
        visitor = Visitor(deployed)
        leak(visitor, visitor.markers.mark("patient.full_name"))

        assert told.leaks(visitor.pipeline, visitor.replies, visitor.markers) == {
            place: {"patient.full_name"}
        }


def test_what_a_sender_typed_may_stand_in_their_own_form_again() -> None:
    with pipeline() as deployed:
        visitor = Visitor(deployed)
        name = visitor.markers.mark("patient.full_name")
        page = '<input name="a" value="{name}"><textarea name="b">{name}</textarea>'
        answered("text/html", page)(visitor, name)

        assert told.leaks(visitor.pipeline, visitor.replies, visitor.markers) == {}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_hides_nothing(before: str) -> None:
    with pipeline() as deployed:
        markers = Visitor(deployed).markers
        coded = base64.b64encode(f"{before}{markers.mark('message')}".encode()).decode()

    assert markers.found_in(coded) == {"something, in base64"}
