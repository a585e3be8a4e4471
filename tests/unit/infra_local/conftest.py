"""S3 as the local world plays it, without a socket."""

import pytest
import time_machine
from moto.moto_api._internal.models import moto_api_backend

from tests.unit.infra_local.cloud import Cloud

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
