"""The tool finds a stack's parts, however CloudFormation nests them, and AWS's own time."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)

from infra.operate.__main__ import main
from infra.operate.deployed import Clients, NotDeployedError, find, place
from infra.operate.talk import Talk

DATE = "Sun, 22 Nov 2026 11:04:05 GMT"
STACK, QUEUE, TABLE, BUCKET = (
    f"AWS::{kind}"
    for kind in ("CloudFormation::Stack", "SQS::Queue", "DynamoDB::Table", "S3::Bucket")
)
DEPLOYED = {
    "clinic": [("Storage", "arn:storage", STACK), ("Queues", "arn:queues", STACK)],
    "arn:storage": [
        ("InquiryTable", "inquiries-1", TABLE),
        ("UploadsBucket", "up-1", BUCKET),
        ("RecordsBucket", "rec-1", BUCKET),
    ],
    "arn:queues": [("TeamQueue", "https://sqs/1/TeamQueue-X", QUEUE)],
}


class CloudFormation:
    """Answers for a stack whose resources are in nested ones; one answer a resource."""

    def __init__(self, stacks: dict[str, list[tuple[str, str, str]]]) -> None:
        self.stacks = stacks

    def get_paginator(self, operation: str) -> CloudFormation:
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> Any:  # noqa: N803 - boto3's word
        if StackName not in self.stacks:
            said = {"Code": "ValidationError", "Message": f"{StackName} does not exist"}
            raise ClientError({"Error": said}, "ListStackResources")
        for logical, physical, kind in self.stacks[StackName]:
            one = {
                "LogicalResourceId": logical,
                "PhysicalResourceId": physical,
                "ResourceType": kind,
            }
            said = {"HTTPHeaders": {"date": DATE}}
            yield {"StackResourceSummaries": [one], "ResponseMetadata": said}


def refused(operation: str, code: str, status: int) -> ClientError:
    said = {"Code": code, "Message": "no"}
    told: Any = {"Error": said, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, operation)


class SecurityTokens:
    """Says whose account this is."""

    meta = SimpleNamespace(region_name="eu-west-2")

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


def connect(stacks: Any = DEPLOYED) -> Clients:
    return Clients(CloudFormation(stacks), *[None] * 4, sts=SecurityTokens())


@pytest.fixture(autouse=True)
def nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_nested_stacks_are_looked_through() -> None:
    deployed = find(connect(), "clinic")

    assert (deployed.table, deployed.uploads) == ("inquiries-1", "up-1")
    assert deployed.queues == {"TeamQueue": "https://sqs/1/TeamQueue-X"}


def test_the_time_is_what_aws_says_by_the_end_of_that_second() -> None:
    # A message of 11:04:05.9 came before who asks in the same second.
    assert find(connect(), "clinic").now == datetime(2026, 11, 22, 11, 4, 6, tzinfo=UTC)


def test_another_stack_is_told_apart() -> None:
    with pytest.raises(NotDeployedError, match="other is no Clinic Intake"):
        find(connect({"other": [("TeamQueue", "url", QUEUE)]}), "other")


def test_a_stack_that_is_not_there_is_a_failure_in_aws_words() -> None:
    complained: list[str] = []

    status = main(
        ["--stack", "nope", "stalled"], Talk(say=[].append, complain=complained.append), connect
    )

    assert status == 2
    (line,) = complained
    assert line.startswith(
        "CloudFormation ListStackResources: ValidationError: nope does not exist: is nope its name"
    )


@pytest.mark.parametrize("given", [["--stack", "x", "stalled"], ["stalled", "--stack", "x"]])
def test_the_first_line_says_whose_stack_is_asked(given: list[str]) -> None:
    said: list[str] = []

    main(given, Talk(say=said.append, complain=said.append), connect)

    assert said[0] == "stack x · eu-west-2 · 123456789012"


def test_the_first_line_says_if_it_is_another_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5080")
    monkeypatch.setenv("STACK", "intake")

    assert place(connect(), "intake") == "stack intake · at http://127.0.0.1:5080"


_DYNAMODB = "https://dynamodb.eu-west-2.amazonaws.com/"


@pytest.mark.parametrize(
    ("error", "elsewhere", "said"),
    [
        (NoCredentialsError(), "", "no AWS credentials: log in"),
        (NoRegionError(), "", "no region: export AWS_REGION="),
        (ReadTimeoutError(endpoint_url=_DYNAMODB), "", "DynamoDB did not answer (dynamodb.eu-west"),
        (EndpointConnectionError(endpoint_url=_DYNAMODB), "", "DynamoDB did not answer"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:5080/"),
            "http://127.0.0.1:5080",
            "nothing answers at http://127.0.0.1:5080 (AWS_ENDPOINT_URL): start `make run`",
        ),
        (refused("Scan", "InternalServerError", 500), "", "DynamoDB Scan: InternalServerError: "),
        (refused("Scan", "ExpiredTokenException", 400), "", "DynamoDB Scan: ExpiredTokenException"),
        (refused("SendMessage", "AccessDenied", 403), "", "SQS SendMessage: AccessDenied: no: ask"),
    ],
)
def test_what_went_wrong_names_whom_and_what_to_do(
    error: BotoCoreError | ClientError, elsewhere: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere)
    complained: list[str] = []

    def nobody() -> Clients:
        raise error

    assert main(["stalled"], Talk(complain=complained.append), nobody) == 2
    (line,) = complained
    assert line.startswith(said)
    assert any(word in line for word in ("again", "export", "ask", "make run"))


@pytest.mark.parametrize("given", [[], ["erase"], ["stalled", "--yes"]])
def test_what_it_does_not_know_it_does_not_do(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(given, connect=connect)

    assert left.value.code == 2
    assert "usage: python -m infra.operate" in capsys.readouterr().err
