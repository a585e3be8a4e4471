"""Writes that happen all together or not at all."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items
from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.errors import UnavailableError

FAILED_CONDITION = "ConditionalCheckFailed"


def attempt(dynamodb: Any, writes: list[dict[str, Any]]) -> list[str] | None:
    """
    Try *writes* once; return None on success, else why each of them was cancelled.

    One "TransactionConflict" stands for another transaction on the same items: come again.
    """
    try:
        with outages_become_refusals():
            dynamodb.transact_write_items(TransactItems=writes)
    except ClientError as error:
        if items.failed(error, "TransactionCanceledException"):
            return [reason["Code"] for reason in error.response["CancellationReasons"]]
        # The second: the client asked again for what DynamoDB is still doing.
        if any(items.failed(error, code) for code in (CONFLICT, "TransactionInProgressException")):
            return ["TransactionConflict"]
        raise
    return None


def given_up(reasons: list[str] | None) -> UnavailableError:
    """Return the refusal of whoever tries no more; it names the last attempt's *reasons*."""
    why = sorted({*(reasons or ())} - {"None"})
    return UnavailableError(" ".join(["TransactWriteItems", *why]))
