"""What may work in a minute is an outage; the rest is our defect and crashes."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from intake.aws.outages import CONFLICT, outages_become_refusals
from intake.errors import UnavailableError


def refused(code, status=400):
    told = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "GetItem")


@pytest.mark.parametrize(
    "error",
    [
        ConnectionClosedError(endpoint_url="x"),
        ReadTimeoutError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x"),
        EndpointConnectionError(endpoint_url="x"),
        refused("ThrottlingException"),
        refused("ProvisionedThroughputExceededException"),
        refused("RequestLimitExceeded"),
        refused("SlowDown", 503),
        refused("InternalServerError", 500),
    ],
    ids=repr,
)
def test_an_outage_asks_the_sender_to_come_again(error):
    with pytest.raises(UnavailableError) as refusal, outages_become_refusals():
        raise error

    assert refusal.value.status == 503
    assert refusal.value.__cause__ is None


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
