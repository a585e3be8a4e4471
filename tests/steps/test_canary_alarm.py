"""The alarm on the canary, on the metrics that the step really prints: loud, late once, quiet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.alarms import Watch, alarms
from tests.steps.canaries import QUARTER, Aviary, aviary

MISSING = "CanaryMissing"


class Observed:
    """A clinic just deployed, and the alarm that was created with it."""

    def __init__(self, canaries: Aviary) -> None:
        self.canaries = canaries
        self.deployed_at = datetime.now(UTC)
        self.watch = Watch([each for each in alarms() if each.name == MISSING], self.deployed_at)

    def quarters(self, count: int, *, flying: bool = True) -> None:
        """Let quarters of an hour pass, each with a flight at its end."""
        for _ in range(count):
            self.canaries.pipeline.run()
            self.canaries.pipeline.clock.shift(QUARTER)
            if flying:
                self.watch.read_log(self.canaries.fly().printed, datetime.now(UTC))
            self.watch.tick(datetime.now(UTC))

    @property
    def ringing(self) -> bool:
        return MISSING in self.watch.ringing


@pytest.fixture(scope="module")
def deployed() -> Iterator[Aviary]:
    with aviary() as made:
        yield made


@pytest.fixture
def clinic(deployed: Aviary) -> Observed:
    deployed.anew()
    return Observed(deployed)


def test_nothing_rings_while_all_is_well_nor_in_the_first_hours(clinic: Observed) -> None:
    clinic.quarters(12)

    assert [change.state for change in clinic.watch.history] == ["OK"]


def test_one_that_is_lost_alone_wakes_nobody(clinic: Observed) -> None:
    clinic.quarters(3)
    clinic.canaries.closed = (503, {}, b"")
    clinic.quarters(1)
    clinic.canaries.closed = None
    clinic.quarters(4)

    assert not clinic.ringing
    assert [change.state for change in clinic.watch.history] == ["OK"]


def test_a_closed_door_rings_within_three_quarters_of_an_hour(clinic: Observed) -> None:
    clinic.quarters(3)
    clinic.canaries.closed = (503, {}, b"")
    clinic.quarters(3)
    rang = clinic.ringing
    clinic.canaries.closed = None
    clinic.quarters(2)

    assert rang
    assert not clinic.ringing


def test_deliveries_that_nobody_reports_ring_too(clinic: Observed) -> None:
    clinic.quarters(3)
    clinic.canaries.pipeline.fate = ("Send",)
    clinic.quarters(4)

    assert clinic.ringing


def test_a_schedule_that_stopped_rings_within_an_hour_and_a_quarter(clinic: Observed) -> None:
    clinic.quarters(3)
    clinic.quarters(5, flying=False)

    assert clinic.ringing
    assert datetime.now(UTC) - clinic.deployed_at == timedelta(hours=2)


def test_a_schedule_that_never_began_rings(clinic: Observed) -> None:
    clinic.quarters(5, flying=False)

    assert clinic.ringing
