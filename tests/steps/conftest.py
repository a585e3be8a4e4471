"""A fresh world for each test, at a time that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from intake.aws import clients
from moto import mock_aws

from tests.steps.clinic import Clinic
from tests.steps.mailroom import NOW


@pytest.fixture(scope="module")
def shared_clients() -> Iterator[None]:
    """Share clients inside a module, since making them takes longer than a test; not beyond."""
    clients.client.cache_clear()
    yield
    clients.client.cache_clear()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, shared_clients: None) -> Iterator[Clinic]:  # noqa: ARG001
    """Open the clinic: table, buckets, queues and the steps' environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ClinicIntake")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "intake")
    with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
        clinic = Clinic(clock, monkeypatch)
        try:
            yield clinic
        finally:
            clinic.close()
