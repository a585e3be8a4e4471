"""Which resource types and properties this world plays, and which it passes over by name."""

from collections.abc import Mapping

from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.template import Resource

PASSED_OVER = {
    "AWS::ApiGatewayV2::Stage": "one stage; its throttle and its log are the gateway's own",
    "AWS::CloudFront::CachePolicy": "people come to the gateway itself here",
    "AWS::CloudFront::Distribution": "people come to the gateway itself here; tests/steps plays it",
    "AWS::CloudFront::Function": "people come to the gateway itself here; tests/steps plays it",
    "AWS::CloudFront::OriginAccessControl": "permissions are checked by tests/contract",
    "AWS::CloudFront::OriginRequestPolicy": "people come to the gateway itself here",
    "AWS::CloudFront::ResponseHeadersPolicy": "people come to the gateway itself here",
    "AWS::CloudWatch::Alarm": "nothing evaluates alarms here",
    "AWS::CloudWatch::Dashboard": "nothing draws it here",
    "AWS::IAM::ManagedPolicy": "permissions are checked by tests/contract",
    "AWS::IAM::Policy": "permissions are checked by tests/contract",
    "AWS::IAM::Role": "permissions are checked by tests/contract",
    "AWS::KMS::Alias": "nothing is encrypted here",
    "AWS::KMS::Key": "nothing is encrypted here",
    "AWS::Lambda::EventInvokeConfig": "a failed schedule is not repeated here; the next one comes",
    "AWS::Lambda::Permission": "permissions are checked by tests/contract",
    "AWS::Logs::LogGroup": "logs go to standard output",
    "AWS::Logs::MetricFilter": "nothing evaluates metrics here",
    "AWS::S3::BucketPolicy": "moto takes every Condition as true; checked by tests/contract",
    "AWS::SecretsManager::Secret": "its value is made where the template asks for it",
    "AWS::SNS::Subscription": "nothing publishes here",
    "AWS::SNS::Topic": "nothing publishes here",
    "AWS::SNS::TopicPolicy": "permissions are checked by tests/contract",
    "AWS::SQS::QueuePolicy": "permissions are checked by tests/contract",
}
"""Resource types that change nothing on one machine, each with its reason."""

_PEOPLE = {"email", "email-json", "sms"}
_EVENT_BRIDGE = "EventBridgeConfiguration"
_TAGS = {"Tags"}
PLAYED: Mapping[str, tuple[set[str], set[str]]] = {
    # type: (properties that are played, properties that are passed over)
    "AWS::S3::Bucket": (
        {"BucketName", "VersioningConfiguration", "NotificationConfiguration", "CorsConfiguration"},
        _TAGS
        | {
            "BucketEncryption",  # nothing is encrypted here
            "LifecycleConfiguration",  # weeks do not pass here
            "LoggingConfiguration",
            "OwnershipControls",  # nobody else owns anything here
            "PublicAccessBlockConfiguration",  # unsigned requests are refused anyway
        },
    ),
    "AWS::SQS::Queue": (
        {
            "QueueName",
            "VisibilityTimeout",
            "MessageRetentionPeriod",
            "RedrivePolicy",
            "DelaySeconds",
            "ReceiveMessageWaitTimeSeconds",
            "MaximumMessageSize",
        },
        _TAGS | {"SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"},
    ),
    "AWS::DynamoDB::Table": (
        {
            "TableName",
            "BillingMode",
            "AttributeDefinitions",
            "KeySchema",
            "GlobalSecondaryIndexes",
            "TimeToLiveSpecification",
            "DeletionProtectionEnabled",
        },
        _TAGS | {"PointInTimeRecoverySpecification", "SSESpecification"},
    ),
    "AWS::SES::ConfigurationSet": (
        {"Name"},
        {"DeliveryOptions", "ReputationOptions", "SendingOptions", "SuppressionOptions"}
        | {"VdmOptions"},
    ),
    "AWS::SES::ConfigurationSetEventDestination": (
        {"ConfigurationSetName", "EventDestination"},
        set(),
    ),
    "AWS::SES::EmailIdentity": (
        {"EmailIdentity"},
        {"DkimAttributes", "DkimSigningAttributes", "FeedbackAttributes"}
        | {"MailFromAttributes", "ConfigurationSetAttributes"},
    ),
    "AWS::Lambda::Function": (
        {"FunctionName", "Handler", "Environment", "Timeout", "MemorySize", "Layers", "Code"},
        _TAGS
        | {"Role", "Runtime", "Architectures", "Description", "LoggingConfig", "TracingConfig"}
        | {"ReservedConcurrentExecutions", "EphemeralStorage"},
    ),
    "AWS::Lambda::LayerVersion": (
        {"Content", "LayerName"},
        {"Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"},
    ),
    "AWS::Lambda::EventSourceMapping": (
        {
            "EventSourceArn",
            "FunctionName",
            "BatchSize",
            "FunctionResponseTypes",
            "ScalingConfig",
            "Enabled",
        },
        _TAGS,
    ),
    "AWS::Events::Rule": (
        {"Name", "EventPattern", "ScheduleExpression", "State", "Targets"},
        {"Description"},
    ),
    "AWS::Scheduler::Schedule": (
        {"Name", "ScheduleExpression", "State", "Target"},
        {"Description", "FlexibleTimeWindow"},
    ),
    "AWS::GuardDuty::MalwareProtectionPlan": (
        {"ProtectedResource", "Actions"},
        _TAGS | {"Role"},
    ),
    "AWS::ApiGatewayV2::Api": (
        {"Body", "Name"},
        _TAGS | {"Description", "FailOnWarnings", "DisableExecuteApiEndpoint"},
    ),
}
"""Resource types that are played, with every property they may have."""


def is_played(resource: Resource) -> bool:
    """Whether *resource* is played here; raise if nobody has decided on its type or properties."""
    if resource.kind in PASSED_OVER:
        _check_that_nobody_is_woken(resource)
        return False
    if resource.kind not in PLAYED:
        message = f"{resource.logical_id}: the type {resource.kind} is not known here"
        raise UnknownToThisWorldError(message)
    played, passed_over = PLAYED[resource.kind]
    check_names(
        f"{resource.logical_id} ({resource.kind})", resource.properties, played | passed_over
    )
    told = resource.properties.get("NotificationConfiguration", {})
    check_names(f"{resource.logical_id}.NotificationConfiguration", told, {_EVENT_BRIDGE})
    return True


def _check_that_nobody_is_woken(resource: Resource) -> None:
    """Raise if a topic, passed over because people read it, wakes a function or fills a queue."""
    properties = resource.properties
    subscriptions = [properties] if "Protocol" in properties else properties.get("Subscription", [])
    for subscription in subscriptions:
        if subscription["Protocol"] not in _PEOPLE:
            message = f"{resource.logical_id}: SNS to {subscription['Protocol']} is not known here"
            raise UnknownToThisWorldError(message)


def check_names(where: str, given: Mapping[str, object], known: set[str]) -> None:
    """Raise if *given* has a name outside *known*; *where* says whose it is."""
    if unknown := sorted(set(given) - known):
        message = f"{where}: {', '.join(unknown)} is not known here"
        raise UnknownToThisWorldError(message)
