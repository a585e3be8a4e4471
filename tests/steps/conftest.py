"""An empty clinic for each test, at a time that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from moto import mock_aws

from infra.local import affordable
from intake.aws import clients
from tests.steps.clinic import REGION, Clinic, lay
from tests.steps.mailroom import NOW


@pytest.fixture(scope="module")
def laid() -> Iterator[dict[str, str]]:
    """Make clients and lay resources once for a module: both take longer than a test."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "ClinicIntake")
        environment.setenv("POWERTOOLS_SERVICE_NAME", "intake")
        clients.client.cache_clear()
        affordable.install()
        with mock_aws():
            yield lay()
        clients.client.cache_clear()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, laid: dict[str, str]) -> Iterator[Clinic]:
    """Open the clinic: table, buckets, queues and the steps' environment."""
    with time_machine.travel(NOW, tick=False) as clock:
        clinic = Clinic(laid, clock, monkeypatch)
        try:
            yield clinic
        finally:
            clinic.close()
