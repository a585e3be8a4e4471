"""Where moto is lax the fast cloud is not; and what it does with messages, retries and time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError, ParamValidationError

from intake.aws import items
from tests.faults.cloud import Call, Cloud
from tests.faults.sequences import RECORDS, TABLE, UPLOADS
from tests.handlers import PLACE, SENDER, blueprint
from tests.pipeline import NOW

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
TEAM, DEAD = "intake-TeamQueue", "intake-TeamDead"
URL = PLACE.queue_url(TEAM)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def cloud(clock: time_machine.Coordinates) -> Cloud:  # noqa: ARG001  it stands still
    return Cloud(blueprint(), PLACE.region)


def put(**more: Any) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": KEY, **more}


def updated(change: str, **values: Any) -> dict[str, Any]:
    given = items.values({f":{name}": value for name, value in values.items()})
    more = {"ExpressionAttributeValues": given} if given else {}
    return {"TableName": TABLE, "Key": KEY, "UpdateExpression": change, **more}


def mail(**changes: Any) -> dict[str, Any]:
    simple = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
    return {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": ["somebody@patient.example"]},
        "ConfigurationSetName": "intake-team",
        "Content": {"Simple": simple},
        **changes,
    }


_PUT = {"Put": put()}
REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a value that no expression uses": (
        *("dynamodb", "update_item"),
        updated("SET kept = :a", a=1, b=2),
        "ValidationException",
    ),
    "a value that nobody gave": (
        *("dynamodb", "update_item"),
        updated("SET kept = :a"),
        "ValidationException",
    ),
    "a reserved word": (
        *("dynamodb", "update_item"),
        updated("SET size = :a", a=1),
        "ValidationException",
    ),
    "twice the same name": (
        *("dynamodb", "update_item"),
        updated("SET kept = :a REMOVE kept", a=1),
        "ValidationException",
    ),
    "double parentheses": (
        *("dynamodb", "put_item"),
        put(ConditionExpression="((attribute_not_exists(pk)))"),
        "ValidationException",
    ),
    "an empty key": (
        *("dynamodb", "put_item"),
        put(Item=KEY | {"pk": {"S": ""}}),
        "ValidationException",
    ),
    "a key of another type": (
        *("dynamodb", "put_item"),
        put(Item=KEY | {"sk": {"N": "1"}}),
        "ValidationException",
    ),
    "an index key of another type": (
        *("dynamodb", "put_item"),
        put(Item=KEY | {"due_at": {"N": "1"}}),
        "ValidationException",
    ),
    "an empty index key": (
        *("dynamodb", "put_item"),
        put(Item=KEY | {"due_at": {"S": ""}}),
        "ValidationException",
    ),
    "an empty set": (
        *("dynamodb", "put_item"),
        put(Item=KEY | {"kept": {"SS": []}}),
        "ValidationException",
    ),
    "more than 400 KB": (
        *("dynamodb", "put_item"),
        put(Item=KEY | {"kept": {"S": "x" * 409_600}}),
        "ValidationException",
    ),
    "twice the same item": (
        *("dynamodb", "transact_write_items"),
        {"TransactItems": [_PUT, _PUT]},
        "ValidationException",
    ),
    "more than 100 items": (
        *("dynamodb", "transact_write_items"),
        {"TransactItems": [_PUT] * 101},
        "ValidationException",
    ),
    "twice the same key": (
        *("dynamodb", "batch_get_item"),
        {"RequestItems": {TABLE: {"Keys": [KEY, KEY]}}},
        "ValidationException",
    ),
    "bytes that are not what was promised": (
        *("s3", "put_object"),
        {"Bucket": UPLOADS, "Key": "k", "Body": b"x", "ChecksumSHA256": "AA=="},
        "BadDigest",
    ),
    "a delay of more than 15 minutes": (
        *("sqs", "send_message"),
        {"QueueUrl": URL, "MessageBody": "x", "DelaySeconds": 901},
        "InvalidParameterValue",
    ),
    "a queue that is not there": (
        *("sqs", "send_message"),
        {"QueueUrl": URL + "s", "MessageBody": "x"},
        "AWS.SimpleQueueService.NonExistentQueue",
    ),
    "an unknown configuration set": (
        *("sesv2", "send_email"),
        mail(ConfigurationSetName="x"),
        "NotFoundException",
    ),
    "nobody": (*("sesv2", "send_email"), mail(Destination={}), "BadRequestException"),
    "fifty-one people": (
        *("sesv2", "send_email"),
        mail(Destination={"ToAddresses": ["a@b.example"] * 51}),
        "BadRequestException",
    ),
    "an unverified sender": (
        *("sesv2", "send_email"),
        mail(FromEmailAddress="a@elsewhere.example"),
        "MessageRejected",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(cloud: Cloud, what: str) -> None:
    service, method, params, code = REFUSED[what]

    with pytest.raises(ClientError) as refused:
        getattr(cloud.client(service), method)(**params)

    assert refused.value.response["Error"]["Code"] == code
    assert cloud.items(TABLE) == cloud.versions(UPLOADS) == []


def test_says_loudly_what_it_does_not_know(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")

    with pytest.raises(NotImplementedError):
        dynamodb.scan(TableName=TABLE)
    with pytest.raises(NotImplementedError):
        dynamodb.put_item(**put(ReturnConsumedCapacity="TOTAL"))
    with pytest.raises(NotImplementedError):
        dynamodb.put_item(**put(ConditionExpression="attribute_exists(a.b)"))
    with pytest.raises(ParamValidationError):
        dynamodb.put_item(**put(Item=KEY | {"kept": {"N": 1}}))


def test_what_is_asked_twice_is_done_twice_but_a_transaction(cloud: Cloud) -> None:
    def twice(_call: Call, do: Any) -> Any:
        do()
        return do()

    cloud.between = twice

    cloud.client("dynamodb").update_item(**updated("ADD kept :a", a=1))
    change = {"Update": updated("ADD too :a", a=1)}
    cloud.client("dynamodb").transact_write_items(TransactItems=[change])
    cloud.client("sqs").send_message(QueueUrl=URL, MessageBody="x")
    cloud.client("s3").put_object(Bucket=UPLOADS, Key="k", Body=b"x")

    (kept,) = cloud.items(TABLE)
    assert (kept["kept"], kept["too"]) == ({"N": "2"}, {"N": "1"})
    assert cloud.depth(TEAM) == len(cloud.versions(UPLOADS)) == 2


def test_a_copy_is_made_once_where_it_must_be_new(cloud: Cloud) -> None:
    version = cloud.put(UPLOADS, "k", b"x")
    source = {"Bucket": UPLOADS, "Key": "k", "VersionId": version}
    given = {"Bucket": RECORDS, "Key": "k", "CopySource": source, "ChecksumAlgorithm": "SHA256"}
    given |= {"MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE", "ContentType": "a/b"}
    cloud.client("s3").copy_object(**given, IfNoneMatch="*")

    with pytest.raises(ClientError, match="PreconditionFailed"):
        cloud.client("s3").copy_object(**given, IfNoneMatch="*")

    assert len(cloud.versions(RECORDS)) == 1


def test_a_message_hides_comes_again_and_ends_among_the_dead(
    cloud: Cloud, clock: time_machine.Coordinates
) -> None:
    cloud.send(TEAM, json.dumps({}), delay=10)
    assert cloud.receive(TEAM, 10) == []
    assert cloud.next_visible(TEAM) == NOW + timedelta(seconds=10)
    clock.shift(10)

    for n in range(5):
        (message,) = cloud.receive(TEAM, 10)
        assert message["Attributes"]["ApproximateReceiveCount"] == str(n + 1)
        assert (cloud.depth(TEAM), cloud.in_flight(TEAM)) == (0, 1)
        clock.shift(180)
    assert cloud.receive(TEAM, 10) == []

    assert (cloud.depth(TEAM), cloud.depth(DEAD), cloud.oldest(DEAD)) == (0, 1, NOW)
    clock.shift(timedelta(days=14))
    assert (cloud.depth(DEAD), cloud.next_visible(DEAD)) == (0, None)


def test_what_a_cloud_handed_out_changes_nothing_in_it(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    item = KEY | {"kept": {"L": [{"S": "x"}]}}
    dynamodb.put_item(**put(Item=item))

    item["kept"]["L"].append({"S": "y"})
    dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"]["kept"]["L"].clear()

    assert cloud.items(TABLE) == [KEY | {"kept": {"L": [{"S": "x"}]}}]


def test_time_to_live_ends(cloud: Cloud, clock: time_machine.Coordinates) -> None:
    expiry = {"expires_at": {"N": str(int(NOW.timestamp()) + 60)}}
    cloud.client("dynamodb").put_item(**put(Item=KEY | expiry))
    cloud.expire()
    assert len(cloud.items(TABLE)) == 1

    clock.shift(60)
    cloud.expire()

    assert cloud.items(TABLE) == []
