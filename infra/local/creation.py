"""Creates what holds state: plain API calls against moto, as CloudFormation would make them."""

import json
from typing import Any

from infra.local.blueprint import Blueprint, Target
from infra.local.template import Resource

_QUEUE_ATTRIBUTES = (
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "MaximumMessageSize",
)
_TABLE_ARGUMENTS = (
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "DeletionProtectionEnabled",
)


def create(blueprint: Blueprint, clients: dict[str, Any], sender: str, region: str) -> None:
    """Create buckets, queues, tables and mail settings; *sender* gets verified."""
    for name, bucket in blueprint.buckets.items():
        _bucket(clients["s3"], name, bucket, region)
    # A queue must exist before another names it as its dead-letter queue.
    for name, queue in sorted(
        blueprint.queues.items(), key=lambda item: "RedrivePolicy" in item[1].properties
    ):
        _queue(clients["sqs"], name, queue)
    for name, table in blueprint.tables.items():
        _table(clients["dynamodb"], name, table)
    for name in blueprint.configuration_sets:
        clients["sesv2"].create_configuration_set(ConfigurationSetName=name)
    domain = sender.rpartition("@")[2].rstrip(">")
    for identity in {*blueprint.identities, domain}:
        clients["sesv2"].create_email_identity(EmailIdentity=identity)


def create_rules(blueprint: Blueprint, events: Any) -> None:
    """
    Create the rules as anybody can look them up; `bus.Bus` is what follows them.

    Nothing is ever put on the emulator's own bus, so it delivers nothing.
    """
    for rule in blueprint.rules:
        name = rule.arn.rpartition("/")[2]
        events.put_rule(Name=name, EventPattern=json.dumps(rule.pattern))
        events.put_targets(
            Rule=name, Targets=[_target(n, target) for n, target in enumerate(rule.targets)]
        )


def _target(n: int, target: Target) -> dict[str, Any]:
    given: dict[str, Any] = {"Id": str(n), "Arn": target.arn}
    if target.template is not None:
        given["InputTransformer"] = {
            "InputPathsMap": dict(target.paths),
            "InputTemplate": target.template,
        }
    if target.dead_letters:
        given["DeadLetterConfig"] = {"Arn": target.dead_letters}
    return given


def _bucket(s3: Any, name: str, bucket: Resource, region: str) -> None:
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))
    if versioning := bucket.properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)


def _queue(sqs: Any, name: str, queue: Resource) -> None:
    attributes = {
        key: str(queue.properties[key]) for key in _QUEUE_ATTRIBUTES if key in queue.properties
    }
    if redrive := queue.properties.get("RedrivePolicy"):
        attributes["RedrivePolicy"] = json.dumps(redrive)
    sqs.create_queue(QueueName=name, Attributes=attributes)


def _table(dynamodb: Any, name: str, table: Resource) -> None:
    given = table.properties
    dynamodb.create_table(
        TableName=name, **{key: given[key] for key in _TABLE_ARGUMENTS if key in given}
    )
    if expiry := given.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
