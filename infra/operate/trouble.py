"""What went wrong between here and AWS: with whom, and what to do next."""

import os
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

# What this tool asks for; the error does not say of whom. All else is DynamoDB's.
_SERVICES = {
    "ListStackResources": "CloudFormation",
    "GetCallerIdentity": "STS",
    "ListTargetsByRule": "EventBridge",
    "GetObject": "S3",
    "ListObjectVersions": "S3",
    "PutObject": "S3",
    "GetQueueAttributes": "SQS",
    "ReceiveMessage": "SQS",
    "SendMessage": "SQS",
    "SendMessageBatch": "SQS",
    "DeleteMessage": "SQS",
    "ChangeMessageVisibility": "SQS",
}
_NOT_LOGGED_IN = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_LOG_IN = "log in to the clinic's account (`aws sso login`, or export AWS_PROFILE), then again"
_AGAIN = "see its health page and your network, wait a minute, then the same command again"
_SERVER_ERROR = 500


def of_botocore(error: BotoCoreError) -> str:
    """Say why AWS could not be asked."""
    if isinstance(error, NoRegionError):
        return "no region: export AWS_REGION=eu-west-2, or wherever the stack is"
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return f"no AWS credentials: {_LOG_IN}"
    # Who was not reached; botocore names the address in most of them.
    url = str(getattr(error, "kwargs", {}).get("endpoint_url", ""))
    elsewhere = os.environ.get("AWS_ENDPOINT_URL")
    if elsewhere and isinstance(error, EndpointConnectionError):
        return (
            f"nothing answers at {elsewhere} (AWS_ENDPOINT_URL): start `make run` in another "
            "terminal, or `unset AWS_ENDPOINT_URL` to ask AWS itself"
        )
    if isinstance(error, HTTPClientError | EndpointConnectionError):
        host = urlsplit(url).hostname or url or "AWS"
        return f"{_by_host(host)} did not answer ({host}): {_AGAIN}"
    return f"AWS could not be asked: {error}"


def of_client(error: ClientError, stack: str) -> str:
    """Say what AWS refused, in its own words where they say more than its code."""
    said = error.response["Error"]
    code, words = said["Code"], said.get("Message", "")
    operation = error.operation_name
    service = _SERVICES.get(operation, "DynamoDB")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    told = f"{service} {operation}: {code}: {words}"
    if operation == "ListStackResources" and code == "ValidationError":
        return f"{told}: is {stack} its name (STACK, --stack), and this its region and account?"
    if code in _NOT_LOGGED_IN:
        return f"{told}: {_LOG_IN}"
    if code.startswith("AccessDenied"):
        return f"{told}: ask whoever gives rights in this account"
    if status >= _SERVER_ERROR or "Throttl" in code or "Unavailable" in code:
        return f"{told}: {_AGAIN}"
    return told


def _by_host(host: str) -> str:
    names = {name.lower(): name for name in {*_SERVICES.values(), "DynamoDB"}}
    names["events"] = "EventBridge"
    labels = host.lower().split(".")
    return next((names[label] for label in labels if label in names), "AWS")
