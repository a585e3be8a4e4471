"""The tool finds a stack's parts, however CloudFormation nests them, and AWS's own time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra.operate.__main__ import main
from infra.operate.deployed import Clients, NotDeployedError, find
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


def connect(stacks: Any = DEPLOYED) -> Clients:
    return Clients(CloudFormation(stacks), *[None] * 5)


def test_nested_stacks_are_looked_through() -> None:
    deployed = find(connect(), "clinic")

    assert (deployed.table, deployed.uploads) == ("inquiries-1", "up-1")
    assert deployed.queues == {"TeamQueue": "https://sqs/1/TeamQueue-X"}


def test_the_time_is_what_aws_says() -> None:
    assert find(connect(), "clinic").now == datetime(2026, 11, 22, 11, 4, 5, tzinfo=UTC)


def test_another_stack_is_told_apart() -> None:
    with pytest.raises(NotDeployedError, match="other is no Clinic Intake"):
        find(connect({"other": [("TeamQueue", "url", QUEUE)]}), "other")


def test_a_stack_that_is_not_there_is_a_failure_in_aws_words() -> None:
    complained: list[str] = []

    status = main(["--stack", "nope", "stalled"], Talk(complain=complained.append), connect)

    assert status == 2
    assert complained == ["ListStackResources: ValidationError: nope does not exist"]


def test_without_credentials_it_says_so() -> None:
    complained: list[str] = []

    def nobody() -> Clients:
        raise NoCredentialsError

    assert main(["stalled"], Talk(complain=complained.append), nobody) == 2
    assert complained == ["AWS could not be asked: Unable to locate credentials"]


@pytest.mark.parametrize("given", [[], ["erase"], ["stalled", "--yes"]])
def test_what_it_does_not_know_it_does_not_do(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(given, connect=connect)

    assert left.value.code == 2
    assert "usage: python -m infra.operate" in capsys.readouterr().err
