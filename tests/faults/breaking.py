"""Each way in which one call can fail, as boto3 and the platform show it to a step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.faults.plan import Kind
from tests.handlers import Killed

_ENDPOINT = "https://aws.example"
# As the services word it: their own "something broke", "too much", and "you may not".
_CODES = {
    Kind.ERROR: {
        "dynamodb": ("InternalServerError", 500),
        "sesv2": ("InternalServiceErrorException", 500),
        "s3": ("InternalError", 500),
        "sqs": ("InternalFailure", 500),
        "guardduty": ("InternalServerErrorException", 500),
    },
    Kind.THROTTLED: {
        "dynamodb": ("ProvisionedThroughputExceededException", 400),
        "sesv2": ("TooManyRequestsException", 429),
        "s3": ("SlowDown", 503),
        "sqs": ("RequestThrottled", 403),
        "guardduty": ("TooManyRequestsException", 429),
    },
    Kind.REFUSED: {
        "dynamodb": ("AccessDeniedException", 400),
        "sesv2": ("AccountSuspendedException", 400),
        "s3": ("AccessDenied", 403),
        "sqs": ("AccessDenied", 403),
        "guardduty": ("AccessDeniedException", 403),
    },
    Kind.EXPIRED: {
        "dynamodb": ("ExpiredTokenException", 400),
        "sesv2": ("ExpiredTokenException", 403),
        "s3": ("ExpiredToken", 400),
        "sqs": ("ExpiredToken", 403),
        "guardduty": ("ExpiredTokenException", 403),
    },
}
# What SES alone says, of the whole account.
_OF_SES = {
    Kind.PAUSED: ("SendingPausedException", 400),
    Kind.QUOTA: ("TooManyRequestsException", 429, "Daily message quota exceeded"),
}
# What our clients are told to wait for an answer, see `intake.aws.clients`.
_PATIENCE = {"sesv2": timedelta(seconds=5), "s3": timedelta(seconds=5)}
_OTHERS = timedelta(seconds=2)


class UnansweredError(Exception):
    """The client has *waited* and gives up with *cause*."""

    def __init__(self, waited: timedelta, cause: Exception) -> None:
        super().__init__()
        self.waited, self.cause = waited, cause


def broken(kind: Kind, service: str, do: Callable[[], Any]) -> Any:
    """Call *service* by *do* so that it goes wrong as *kind* says; mostly raises."""
    if kind in _CODES:
        code, status = _CODES[kind][service]
        raise refusal(code, status)
    if kind in _OF_SES:
        raise refusal(*_OF_SES[kind])
    if kind is Kind.KILLED_BEFORE:
        raise Killed
    if kind is Kind.SILENT:
        raise _unanswered(service)
    with suppress(ClientError):  # whose words nobody hears
        do()
    if kind is Kind.TWICE:
        return do()
    if kind is Kind.KILLED_AFTER:
        raise Killed
    if kind is Kind.TIMED_OUT:
        raise _unanswered(service)
    assert kind is Kind.LOST
    raise ConnectionClosedError(endpoint_url=_ENDPOINT)


def _unanswered(service: str) -> UnansweredError:
    waited = _PATIENCE.get(service, _OTHERS)
    return UnansweredError(waited, ReadTimeoutError(endpoint_url=_ENDPOINT))


def refusal(code: str, status: int, message: str = "No.") -> ClientError:
    """Return how boto3 tells of AWS's refusal."""
    told = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(told, "Operation")
