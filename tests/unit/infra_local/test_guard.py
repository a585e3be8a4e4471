"""A broken service refuses, or does what it was asked and nobody hears of it."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from infra.local.guard import LOST, SILENCE, TIMEOUT
from infra.local.server import NoAnswerError
from tests.unit.infra_local.cloud import KEY, UPLOADS


def break_s3(cloud, how):
    cloud.guard.break_service("s3", how, datetime.now(UTC) + timedelta(seconds=3))


def put(cloud):
    cloud.s3.put_object(Bucket=UPLOADS, Key=KEY, Body=b"x")


@pytest.mark.parametrize(("how", "silent"), [(LOST, 0), (TIMEOUT, SILENCE)])
def test_a_call_is_carried_out_though_its_answer_never_comes(cloud, clock, how, silent):
    waits = []
    cloud.guard.wait = waits.append
    break_s3(cloud, how)
    with pytest.raises(NoAnswerError):
        put(cloud)
    clock.shift(4)

    assert (cloud.keys(), waits) == ([KEY], [silent])


@pytest.mark.parametrize(
    ("how", "code", "status"),
    [("outage", "ServiceUnavailable", 503), ("throttle", "SlowDown", 503)],
)
def test_what_is_refused_is_not_done(cloud, clock, how, code, status):
    break_s3(cloud, how)
    with pytest.raises(ClientError) as refused:
        put(cloud)
    clock.shift(4)

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert cloud.keys() == []
