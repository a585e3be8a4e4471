"""Reads resolved resources into the blueprint, and raises on whatever it does not know."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from infra.local.blueprint import (
    Blueprint,
    Function,
    QueueTrigger,
    Rule,
    ScanPlan,
    Schedule,
    Target,
)
from infra.local.http_api import read_api
from infra.local.identity import Place
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.known import check_names, is_played
from infra.local.template import Resource

_RATE = re.compile(r"rate\(([0-9]+) (minute|hour|day)s?\)")
_ALL_AT_ONCE = 10  # SQS hands out at most ten messages a call


def read(resources: Iterable[Resource], place: Place) -> Blueprint:
    """Sort *resources* by what they do; raise UnknownToThisWorldError rather than guess."""
    played = [resource for resource in resources if is_played(resource)]
    layers = {
        place.reference(r.kind, r.name): str(r.properties["Content"]["S3Key"])
        for r in played
        if r.kind == "AWS::Lambda::LayerVersion"
    }
    blueprint = Blueprint()
    for resource in played:
        if resource.kind == "AWS::Lambda::Function":
            function = _function(resource, place, layers)
            blueprint.functions[resource.logical_id] = function
        elif resource.kind in _READERS:
            _READERS[resource.kind](blueprint, resource, place)
    for arn in [
        *(trigger.function for trigger in blueprint.triggers),
        *(route.function_arn for route in blueprint.routes),
        *(schedule.function_arn for schedule in blueprint.schedules.values()),
    ]:
        blueprint.function_of(arn)
    return blueprint


def _function(resource: Resource, place: Place, layers: Mapping[str, str]) -> Function:
    given = resource.properties
    return Function(
        logical_id=resource.logical_id,
        name=resource.name,
        arn=place.attribute(resource.kind, resource.name, "Arn"),
        handler=given["Handler"],
        timeout=int(given.get("Timeout", 3)),
        memory=int(given.get("MemorySize", 128)),
        code=given["Code"]["S3Key"],
        layers=tuple(layers[arn] for arn in given.get("Layers", [])),
        environment={k: str(v) for k, v in given["Environment"]["Variables"].items()},
    )


def _trigger(blueprint: Blueprint, resource: Resource, _place: Place) -> None:
    given = resource.properties
    if str(given.get("Enabled", True)).lower() == "false":
        return
    responses = given.get("FunctionResponseTypes", [])
    if set(responses) - {"ReportBatchItemFailures"}:
        message = f"{resource.logical_id}: response types {responses} are not known here"
        raise UnknownToThisWorldError(message)
    scaling = given.get("ScalingConfig", {})
    check_names(f"{resource.logical_id}.ScalingConfig", scaling, {"MaximumConcurrency"})
    batch = int(given.get("BatchSize", _ALL_AT_ONCE))
    if not 1 <= batch <= _ALL_AT_ONCE:
        message = f"{resource.logical_id}: a batch of {batch} needs a window, not known here"
        raise UnknownToThisWorldError(message)
    blueprint.triggers.append(
        QueueTrigger(
            queue_arn=given["EventSourceArn"],
            function=given["FunctionName"],
            batch_size=batch,
            reports_failures=bool(responses),
            concurrency=int(scaling.get("MaximumConcurrency", 5)),
        )
    )


def _rule(blueprint: Blueprint, resource: Resource, place: Place) -> None:
    given = resource.properties
    arn = place.attribute(resource.kind, resource.name, "Arn")
    targets = tuple(_target(resource.logical_id, target) for target in given["Targets"])
    if "ScheduleExpression" in given:
        for target in targets:
            _add_schedule(blueprint, resource, (arn, target.arn, "aws.events"))
        return
    if not _is_enabled(resource):
        return
    for target in targets:
        if target.arn.split(":")[2] not in {"sqs", "lambda"}:
            message = f"{resource.logical_id}: the target {target.arn} is not known here"
            raise UnknownToThisWorldError(message)
    blueprint.rules.append(Rule(resource.logical_id, arn, given["EventPattern"], targets))


def _target(rule: str, given: Mapping[str, Any]) -> Target:
    known = {"Arn", "Id", "InputTransformer", "DeadLetterConfig", "RetryPolicy", "RoleArn"}
    check_names(f"{rule}.Targets", given, known)
    transformer = given.get("InputTransformer", {})
    check_names(f"{rule}.InputTransformer", transformer, {"InputPathsMap", "InputTemplate"})
    for path in transformer.get("InputPathsMap", {}).values():
        if not re.fullmatch(r"\$(\.[A-Za-z0-9_:-]+)*", path):
            message = f"{rule}: EventBridge takes dotted paths only, not {path}"
            raise UnknownToThisWorldError(message)
    return Target(
        given["Arn"],
        transformer.get("InputTemplate"),
        transformer.get("InputPathsMap", {}),
        given.get("DeadLetterConfig", {}).get("Arn"),
    )


def _scheduler(blueprint: Blueprint, resource: Resource, place: Place) -> None:
    given = resource.properties
    known = {"Arn", "RoleArn", "RetryPolicy", "DeadLetterConfig"}
    check_names(f"{resource.logical_id}.Target", given["Target"], known)
    arn = place.attribute(resource.kind, resource.name, "Arn")
    _add_schedule(blueprint, resource, (arn, given["Target"]["Arn"], "aws.scheduler"))


def _add_schedule(blueprint: Blueprint, resource: Resource, who: tuple[str, str, str]) -> None:
    expression = resource.properties["ScheduleExpression"]
    rate = _RATE.fullmatch(expression)
    if not rate:
        message = f"{resource.logical_id}: the schedule {expression} is not known here"
        raise UnknownToThisWorldError(message)
    every = timedelta(**{f"{rate[2]}s": int(rate[1])})
    arn, function_arn, source = who
    blueprint.schedules[resource.logical_id] = Schedule(
        resource.logical_id, arn, every, function_arn, source, _is_enabled(resource)
    )


def _is_enabled(resource: Resource) -> bool:
    return bool(resource.properties.get("State", "ENABLED") == "ENABLED")


def _scan_plan(blueprint: Blueprint, resource: Resource, place: Place) -> None:
    given = resource.properties
    check_names(
        f"{resource.logical_id}.ProtectedResource", given["ProtectedResource"], {"S3Bucket"}
    )
    bucket = given["ProtectedResource"]["S3Bucket"]
    check_names(f"{resource.logical_id}.S3Bucket", bucket, {"BucketName"})
    if given.get("Actions", {}).get("Tagging", {}).get("Status", "DISABLED") != "DISABLED":
        message = f"{resource.logical_id}: a scan that tags objects is not known here"
        raise UnknownToThisWorldError(message)
    arn = place.attribute(resource.kind, resource.name, "Arn")
    blueprint.scan_plans.append(ScanPlan(arn, bucket["BucketName"]))


def _mail_events(blueprint: Blueprint, resource: Resource, _place: Place) -> None:
    given = resource.properties["EventDestination"]
    known = {"Name", "Enabled", "MatchingEventTypes", "EventBridgeDestination"}
    check_names(f"{resource.logical_id}.EventDestination", given, known)
    if str(given.get("Enabled", True)).lower() == "false":
        return
    kinds = blueprint.mail_events.setdefault(resource.properties["ConfigurationSetName"], set())
    # CloudFormation writes renderingFailure, the API RENDERING_FAILURE.
    kinds.update(kind.replace("_", "").lower() for kind in given["MatchingEventTypes"])


def _identity(blueprint: Blueprint, resource: Resource, _place: Place) -> None:
    blueprint.identities.append(resource.properties["EmailIdentity"])


def _keep(where: str) -> Callable[[Blueprint, Resource, Place], None]:
    def keep(blueprint: Blueprint, resource: Resource, _place: Place) -> None:
        getattr(blueprint, where)[resource.name] = resource

    return keep


_READERS: Mapping[str, Callable[[Blueprint, Resource, Place], None]] = {
    "AWS::S3::Bucket": _keep("buckets"),
    "AWS::SQS::Queue": _keep("queues"),
    "AWS::DynamoDB::Table": _keep("tables"),
    "AWS::SES::ConfigurationSet": _keep("configuration_sets"),
    "AWS::SES::ConfigurationSetEventDestination": _mail_events,
    "AWS::SES::EmailIdentity": _identity,
    "AWS::Lambda::EventSourceMapping": _trigger,
    "AWS::Events::Rule": _rule,
    "AWS::Scheduler::Schedule": _scheduler,
    "AWS::GuardDuty::MalwareProtectionPlan": _scan_plan,
    "AWS::ApiGatewayV2::Api": read_api,
}
