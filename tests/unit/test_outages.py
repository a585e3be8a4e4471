"""What may work in a minute is an outage; the rest is our defect and crashes."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
)

from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.aws.transactions import given_up
from intake.errors import UnavailableError, name_of

AT = "https://s3.eu.example/Jane?Canary"


def refused(code, status=400):
    told = {
        "Error": {"Code": code, "Message": "Jane Canary"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(told, "GetItem")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionClosedError(endpoint_url=AT), "ConnectionClosedError s3.eu.example"),
        (ReadTimeoutError(endpoint_url=AT), "ReadTimeoutError s3.eu.example"),
        (ConnectTimeoutError(endpoint_url="x"), "ConnectTimeoutError"),
        (EndpointConnectionError(endpoint_url="x"), "EndpointConnectionError"),
        (HTTPClientError(error=ValueError("Jane Canary")), "HTTPClientError"),
        (refused("ThrottlingException"), "GetItem ThrottlingException"),
        (
            refused("ProvisionedThroughputExceededException"),
            "GetItem ProvisionedThroughputExceededException",
        ),
        (refused("RequestLimitExceeded"), "GetItem RequestLimitExceeded"),
        (refused("SlowDown", 503), "GetItem SlowDown"),
        (refused("InternalServerError", 500), "GetItem InternalServerError"),
    ],
    ids=repr,
)
def test_an_outage_asks_the_sender_to_come_again_and_names_what_failed(error, reason):
    with pytest.raises(UnavailableError) as refusal, outages_become_refusals():
        raise error

    assert refusal.value.status == 503
    assert refusal.value.__cause__ is None
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "error",
    [
        refused("AccessDeniedException"),
        refused("ValidationException"),
        refused("ResourceNotFoundException"),
        ParamValidationError(report="x"),
        KeyError("x"),
    ],
    ids=repr,
)
def test_our_own_defects_crash(error):
    with pytest.raises(type(error)), outages_become_refusals():
        raise error


def test_a_write_that_met_a_transaction_asks_to_come_again_where_nobody_repeats_it():
    conflict = refused("TransactionConflictException")

    with pytest.raises(UnavailableError), outages_become_refusals(CONFLICT):
        raise conflict
    with pytest.raises(ClientError), outages_become_refusals():
        raise conflict


def test_a_transaction_that_is_given_up_names_why_it_was_cancelled():
    refusal = given_up(["None", "TransactionConflict", "ThrottlingError", "TransactionConflict"])

    assert refusal.reason == "TransactWriteItems ThrottlingError TransactionConflict"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ValueError("Jane Canary"), "ValueError"),
        (refused("AccessDenied", 403), "GetItem AccessDenied"),
        (ClientError({"Error": {"Message": "Jane Canary"}}, "GetItem"), "ClientError"),
        (UnavailableError("GetItem SlowDown"), "GetItem SlowDown"),
    ],
    ids=repr,
)
def test_what_failed_is_named_without_its_text(error, name):
    assert name_of(error) == name
