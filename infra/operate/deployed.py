"""What a deployed stack is made of, asked of CloudFormation, and what time it is there."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
from botocore.config import Config

_NESTED = "AWS::CloudFormation::Stack"
_TABLE, _QUEUE = "AWS::DynamoDB::Table", "AWS::SQS::Queue"
# HTTP's Date is of whole seconds: by its end, what was sent in it was sent before.
_A_SECOND = timedelta(seconds=1)
# Somebody waits, and may have to do it again; the steps' own settings are for nobody waiting.
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})


class NotDeployedError(Exception):
    """There is no such stack here, or it is not one of ours. The message says which."""


@dataclass(frozen=True)
class Clients:
    """AWS with the operator's own rights; AWS_ENDPOINT_URL leads elsewhere."""

    cloudformation: Any
    dynamodb: Any
    events: Any
    s3: Any
    sqs: Any
    sts: Any


@dataclass(frozen=True)
class Deployed:
    """One stack. `now` is AWS's time: a laptop's clock may be wrong, and a rehearsal's is moved."""

    aws: Clients
    now: datetime
    table: str
    uploads: str
    queues: Mapping[str, str]  # URL by the template's name
    stack: str = ""
    site: str = ""  # the bucket of published files; without a domain there is none
    poll_s: int = 1  # a receive that waits asks all of SQS's servers, not some of them


def clients() -> Clients:
    """Connect to AWS as the environment says."""
    names = ("cloudformation", "dynamodb", "events", "s3", "sqs", "sts")
    make: Any = boto3.client  # typed by service name, which is a variable here
    # boto3 knows AWS_DEFAULT_REGION alone, the command line of AWS this one too.
    region = os.environ.get("AWS_REGION")
    return Clients(*(make(name, region_name=region, config=_CONFIG) for name in names))


def place(aws: Clients, stack: str) -> str:
    """Say whose stack is asked: the wrong account looks as quiet as a healthy one."""
    if elsewhere := os.environ.get("AWS_ENDPOINT_URL"):
        return f"stack {stack} · at {elsewhere}"
    account = aws.sts.get_caller_identity()["Account"]
    return f"stack {stack} · {aws.sts.meta.region_name} · {account}"


def find(aws: Clients, stack: str) -> Deployed:
    """Find what *stack* holds; raise NotDeployedError if that is not all of a pipeline."""
    held: dict[tuple[str, str], str] = {}
    now = datetime.now(UTC)
    for listed, told_at in _listed(aws.cloudformation, stack):
        now = told_at or now
        if listed.get("PhysicalResourceId"):
            held[listed["ResourceType"], listed["LogicalResourceId"]] = listed["PhysicalResourceId"]
    tables = [name for (kind, _), name in held.items() if kind == _TABLE]
    uploads = held.get(("AWS::S3::Bucket", "UploadsBucket"))
    if len(tables) != 1 or uploads is None:
        raise NotDeployedError(f"the stack {stack} is no Clinic Intake: no table, or no uploads")
    queues = {logical: url for (kind, logical), url in held.items() if kind == _QUEUE}
    site = held.get(("AWS::S3::Bucket", "SiteBucket"), "")
    return Deployed(aws, now, tables[0], uploads, queues, stack, site)


def _listed(cloudformation: Any, stack: str) -> Iterator[tuple[dict[str, Any], datetime | None]]:
    """Yield every resource, those of nested stacks too, with the time of the answer."""
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        said = page["ResponseMetadata"]["HTTPHeaders"].get("date")
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == _NESTED:
                yield from _listed(cloudformation, resource["PhysicalResourceId"])
            else:
                yield resource, parsedate_to_datetime(said) + _A_SECOND if said else None
