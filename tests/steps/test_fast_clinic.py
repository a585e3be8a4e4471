"""Both clinics break alike: what a step hears, what was done, and how often it is asked for."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from intake.aws.clients import client
from tests.steps.clinic import (
    OUTAGE,
    TABLE,
    UPLOADS,
    Killed,
    cancelled,
    kill,
    kill_after,
    lose_answer,
    refusal,
)
from tests.steps.fast_clinic import fast_clinic

ITEM = {"pk": {"S": "pk"}, "sk": {"S": "sk"}}
ONLY_NEW = {"TableName": TABLE, "Item": ITEM, "ConditionExpression": "attribute_not_exists(pk)"}


@pytest.fixture(params=["moto", "fast"])
def clinic(request, monkeypatch):
    if request.param == "moto":
        yield request.getfixturevalue("aws")
    else:
        with fast_clinic(monkeypatch) as opened:
            yield opened


def put():
    client("dynamodb").put_item(**ONLY_NEW)


def put_two():
    client("dynamodb").transact_write_items(
        TransactItems=[{"Put": ONLY_NEW | {"Item": ITEM | {"sk": {"S": sk}}}} for sk in "12"]
    )


def look():
    client("s3").get_object(Bucket=UPLOADS, Key="key")


def refused(ask):
    with pytest.raises(ClientError) as caught:
        ask()
    return caught.value


@pytest.mark.parametrize(
    ("hook", "code", "status"),
    [
        (OUTAGE, "ServiceUnavailable", 509),
        (refusal("AccessDeniedException", 403), "AccessDeniedException", 403),
    ],
    ids=["away", "refused"],
)
@pytest.mark.parametrize("name", ["dynamodb.PutItem", "s3.GetObject", "sqs", "guardduty"])
def test_a_refusal_is_heard_once_and_nothing_is_done(clinic, name, hook, code, status):
    version = {"Bucket": UPLOADS, "Key": "key", "VersionId": "version"}
    asks = {
        "dynamodb.PutItem": put,
        "s3.GetObject": look,
        "sqs": lambda: client("sqs").send_message(QueueUrl=clinic.queues["team"], MessageBody="x"),
        "guardduty": lambda: client("guardduty").send_object_malware_scan(S3Object=version),
    }
    clinic.on(name, hook)

    error = refused(asks[name])

    assert (error.response["Error"]["Code"], error.response["Error"]["Message"]) == (code, "No.")
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert len(clinic.calls) == 1
    assert clinic.calls[0] == f"{name.partition('.')[0]}.{error.operation_name}"
    clinic.mend()
    assert clinic.is_empty()
    assert clinic.scans_asked == []


def test_a_cancelled_transaction_tells_of_each_part(clinic):
    clinic.on("dynamodb.TransactWriteItems", cancelled("None", "TransactionConflict"))

    error = refused(put_two)

    reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
    assert reasons == ["None", "TransactionConflict"]
    assert clinic.rows() == []


def test_the_parts_of_a_transaction_are_noted_by_their_rights(clinic):
    change = {"TableName": TABLE, "Key": ITEM, "UpdateExpression": "SET a = :a"}
    values = {"ExpressionAttributeValues": {":a": {"S": "a"}}}
    client("dynamodb").transact_write_items(TransactItems=[{"Update": change | values}])

    assert clinic.calls == ["dynamodb.TransactWriteItems", "dynamodb.TransactWriteItems.Update"]


@pytest.mark.parametrize("code", ["InternalError", "ThrottlingException"])
@pytest.mark.parametrize("times", [1, 2])
def test_what_may_pass_is_asked_for_once_more(clinic, code, times):
    status = 500 if code == "InternalError" else 400
    clinic.on("dynamodb.PutItem", refusal(code, status), times=times)

    if times == 1:
        put()
    else:
        assert refused(put).response["Error"]["Code"] == code

    assert clinic.calls == ["dynamodb.PutItem"] * 2
    assert len(clinic.rows()) == 2 - times


def test_after_a_lost_answer_the_same_is_asked_again(clinic):
    clinic.on("dynamodb", lose_answer, times=1)

    assert refused(put).response["Error"]["Code"] == "ConditionalCheckFailedException"

    assert clinic.calls == ["dynamodb.PutItem"] * 2
    assert len(clinic.rows()) == 1


def test_the_second_lost_answer_is_the_last(clinic):
    clinic.on("dynamodb", lose_answer)

    with pytest.raises(ConnectionClosedError):
        put()

    clinic.mend()
    assert clinic.calls == ["dynamodb.PutItem"] * 2
    assert len(clinic.rows()) == 1


@pytest.mark.parametrize(("end", "rows"), [(kill, 0), (kill_after, 1)])
def test_who_is_killed_did_it_before_or_did_not(clinic, end, rows):
    clinic.on("", end)

    with pytest.raises(Killed):
        put()

    clinic.mend()
    assert clinic.calls == ["dynamodb.PutItem"]
    assert len(clinic.rows()) == rows
