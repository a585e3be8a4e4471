"""S3 as the local world plays it, without a socket."""

import pytest
import time_machine
from moto.moto_api._internal.models import moto_api_backend

from infra.local.s3_events import hooked
from tests.unit.infra_local.cloud import LEAST, REGION, UPLOADS, Cloud, begun, put

START = "2026-11-23T12:00:00+00:00"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def cloud(clock):  # noqa: ARG001  its clock stands still
    moto_api_backend.reset()
    yield Cloud()
    moto_api_backend.reset()


@pytest.fixture
def told(cloud):  # noqa: ARG001  the bucket is its
    """What the uploads bucket told of."""
    events = []
    with hooked({UPLOADS}, REGION, events.append):
        yield events


@pytest.fixture
def two_parts(cloud):
    """An upload of which both parts are there, and their ETags."""
    upload = begun(cloud)
    contents = {1: b"a" * LEAST, 2: b"end"}
    tags = {n: put(cloud, upload, n, content).headers["ETag"] for n, content in contents.items()}
    return upload, tags
