"""What AWS refuses, before a client turns it into botocore's ClientError."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


class RefusedError(Exception):
    """AWS refuses: its error code, a sentence, the HTTP status, and what else it answers."""

    def __init__(self, code: str, message: str, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.more = code, message, status, more

    def as_client_error(self, operation: str) -> ClientError:
        """Return what boto3 raises for it."""
        answer: Any = {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": {"HTTPStatusCode": self.status, "RetryAttempts": 0},
            **self.more,
        }
        return ClientError(answer, operation)


def invalid(message: str) -> RefusedError:
    """Return DynamoDB's word for a request that makes no sense."""
    return RefusedError("ValidationException", message)


def bad_parameter(message: str) -> RefusedError:
    """Return DynamoDB's word for a value that it does not keep."""
    return invalid(f"One or more parameter values were invalid: {message}")


def answered(**fields: Any) -> dict[str, Any]:
    """Return an answer of AWS as boto3 hands it over."""
    return {**fields, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}
