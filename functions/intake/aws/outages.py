"""When AWS does not answer, the sender is asked to send again; the same key makes that safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import ClientError, HTTPClientError

from intake.errors import UnavailableError, name_of

_SERVER_ERROR = 500
_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottlingException",
}


# A write met a transaction on the same item. Whoever writes in a transaction repeats by itself.
CONFLICT = "TransactionConflictException"


@contextmanager
def outages_become_refusals(*more: str) -> Iterator[None]:
    """
    Raise UnavailableError for what may work in a minute: no connection, 5xx, throttling, *more*.

    Its reason names what failed. Anything else (no permission, a wrong argument) is our defect and
    has to crash.
    """
    try:
        yield
    except (HTTPClientError, exceptions.ConnectionError) as error:  # neither is the other's parent
        raise UnavailableError(name_of(error)) from None
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status >= _SERVER_ERROR or error.response["Error"]["Code"] in {*_THROTTLED, *more}:
            raise UnavailableError(name_of(error)) from None
        raise
