"""Drills: what is away for long rings in time and by name, and comes back by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.drilling import Drill
from tests.faults.drills import DRILLS
from tests.faults.invariants import PROMISE
from tests.faults.machine import Machine, machine
from tests.faults.told import BEGINS

# `make faults` lives through all of them; days of sweeps take too long for each change.
SHORT = tuple(drill for drill in DRILLS if drill.is_short)
BOUNCES = "the sender's address bounces"


@pytest.fixture(scope="module")
def deployed() -> Iterator[Machine]:
    with machine() as made:
        yield made


def test_most_drills_are_short() -> None:
    assert len(SHORT) > len(DRILLS) / 2


@pytest.mark.parametrize("drill", SHORT, ids=lambda drill: drill.name)
def test_it_rings_by_name_in_time_and_recovers_by_itself(deployed: Machine, drill: Drill) -> None:
    run = drill.run(deployed)

    assert not run.result.broken
    assert run.result.inquiries == len(drill.patients())
    assert bool(run.result.fired) == bool(drill.away)
    assert max(run.result.alarmed_after, default=PROMISE) <= PROMISE


def test_who_can_not_be_reached_is_shown_on_the_case_and_not_written_to_again(
    deployed: Machine,
) -> None:
    (drill,) = (drill for drill in DRILLS if drill.name == BOUNCES)
    run = drill.run(deployed)

    later = [case.inquiry for case in run.kept.values() if case.inquiry.received_at >= BEGINS]
    assert later
    assert all(inquiry.address_failure == "bounced" for inquiry in later)
    assert len(deployed.mails) == 2 * len(run.kept)
