"""The names, addresses and ARNs that AWS would hand out for each kind of resource."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.intrinsics import UnknownToThisWorldError

ACCOUNT = "123456789012"
"""moto's own account; every ARN in this world carries it."""

_NAMED_BY = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Events::Rule": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SNS::Topic": "TopicName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
}


@dataclass(frozen=True)
class Place:
    """Where this world stands: region, and the address of its AWS."""

    region: str
    aws_url: str
    stack: str = "intake"
    _secrets: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def secret(self, arn: str) -> str:
        """Return the value of a secret of ours: random, and the same as long as this place is."""
        if not arn.startswith(self.arn("secretsmanager", f"secret:{self.stack}-")):
            message = f"the secret {arn} is not known here"
            raise UnknownToThisWorldError(message)
        return self._secrets.setdefault(arn, secrets.token_hex(32))

    def arn(self, service: str, rest: str) -> str:
        """Return the ARN of *rest* in this account and region."""
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{rest}"

    def physical_name(self, kind: str, logical_id: str, properties: Mapping[str, Any]) -> str:
        """Return the name the resource goes by: its own if the template gives one."""
        given = properties.get(_NAMED_BY.get(kind, ""))
        if given:
            return str(given)
        name = f"{self.stack}-{logical_id}"
        return name.lower() if kind == "AWS::S3::Bucket" else name

    def queue_url(self, name: str) -> str:
        """Return the address under which moto serves the queue *name*."""
        return f"{self.aws_url}/{ACCOUNT}/{name}"

    def reference(self, kind: str, name: str) -> str:
        """Return what `!Ref` gives for a resource of *kind* called *name*."""
        if kind == "AWS::SQS::Queue":
            return self.queue_url(name)
        if kind == "AWS::SNS::Topic":
            return self.arn("sns", name)
        if kind == "AWS::Lambda::LayerVersion":
            return self.arn("lambda", f"layer:{name}:1")
        if kind == "AWS::SecretsManager::Secret":
            return self.arn("secretsmanager", f"secret:{name}")
        return name

    def attribute(self, kind: str, name: str, attribute: str) -> str:
        """Return what `!GetAtt` gives, or raise for an attribute nobody has needed so far."""
        arns = {
            "AWS::S3::Bucket": f"arn:aws:s3:::{name}",
            "AWS::SQS::Queue": self.arn("sqs", name),
            "AWS::DynamoDB::Table": self.arn("dynamodb", f"table/{name}"),
            "AWS::Lambda::Function": self.arn("lambda", f"function:{name}"),
            "AWS::Events::Rule": self.arn("events", f"rule/{name}"),
            "AWS::Scheduler::Schedule": self.arn("scheduler", f"schedule/default/{name}"),
            "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "AWS::KMS::Key": self.arn("kms", f"key/{name}"),
            "AWS::Logs::LogGroup": self.arn("logs", f"log-group:{name}:*"),
            "AWS::SNS::Topic": self.arn("sns", name),
            "AWS::GuardDuty::MalwareProtectionPlan": self.arn(
                "guardduty", f"malware-protection-plan/{name}"
            ),
        }
        if attribute == "Arn" and kind in arns:
            return arns[kind]
        others = {
            ("AWS::SQS::Queue", "QueueName"): name,
            ("AWS::SQS::Queue", "QueueUrl"): self.queue_url(name),
            ("AWS::SNS::Topic", "TopicArn"): self.arn("sns", name),
            ("AWS::SNS::Topic", "TopicName"): name,
            ("AWS::KMS::Key", "KeyId"): name,
            ("AWS::GuardDuty::MalwareProtectionPlan", "MalwareProtectionPlanId"): name,
            ("AWS::ApiGatewayV2::Api", "ApiId"): name,
            ("AWS::CloudFront::Distribution", "DomainName"): f"{name}.cloudfront.example",
            ("AWS::CloudFront::Function", "FunctionMetadata.FunctionARN"): (
                f"arn:aws:cloudfront::{ACCOUNT}:function/{name}"
            ),
            ("AWS::S3::Bucket", "RegionalDomainName"): f"{name}.s3.{self.region}.amazonaws.com",
            ("AWS::ApiGatewayV2::Api", "ApiEndpoint"): f"https://{name}.execute-api.example",
        }
        if (kind, attribute) not in others:
            message = f"!GetAtt {attribute} of {kind} ({name}) is not known here"
            raise UnknownToThisWorldError(message)
        return others[kind, attribute]
