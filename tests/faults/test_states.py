"""Anything in any order breaks nothing; and what a lagging index shows is what was there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from intake.aws.casework import Casework
from intake.aws.ledger import Ledger
from intake.inquiry import TEAM_NEW, Letter
from tests.faults.cloud import Cloud
from tests.faults.invariants import Broken
from tests.faults.machine import Machine, machine
from tests.faults.states import States, play
from tests.handlers import PLACE, blueprint
from tests.pipeline import NOW

EXAMPLES, STEPS = 8, 40
INQUIRY = "a" * 26
LAG = timedelta(seconds=30)


@pytest.fixture
def deployed() -> Iterator[Machine]:
    with machine() as made:
        yield made


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def cloud(clock: time_machine.Coordinates) -> Cloud:
    del clock
    return Cloud(blueprint(), PLACE.region)


@pytest.fixture
def ledger(cloud: Cloud) -> Ledger:
    return Ledger(cloud.client("dynamodb"), next(iter(blueprint().tables)))


def due(ledger: Ledger) -> list[str]:
    """Return what is due in all shards."""
    now = datetime.now(UTC)
    return [str(each.kind) for shard in range(8) for each in ledger.due(str(shard), now)]


def test_anything_in_any_order_breaks_nothing(deployed: Machine) -> None:
    played = play(deployed, EXAMPLES, steps=STEPS)

    assert not played.broken, played.first
    assert played.steps > EXAMPLES * STEPS // 2
    assert played.inquiries
    assert played.fired


def test_what_a_game_breaks_is_told_as_a_script_to_be_played_again(
    deployed: Machine,
) -> None:
    class Careless(States):
        """Somebody calls it broken that an address was confirmed."""

        def at_the_link(self, ask: Callable[[], int]) -> None:
            super().at_the_link(ask)
            self.witness.broken[Broken("I0", "somebody came by a link")] = None

    played = play(deployed, 10, 1, game=Careless, shrinks=False)

    assert played.broken == {"I0: somebody came by a link": 1}
    assert "state = Careless()" in played.first
    assert "state.somebody_posts(" in played.first


def test_an_index_lags_behind_the_table(
    cloud: Cloud, ledger: Ledger, clock: time_machine.Coordinates
) -> None:
    cloud.index_lag(LAG)
    ledger.owe(Letter(INQUIRY, TEAM_NEW, due_at=NOW))
    assert ledger.letter(INQUIRY, TEAM_NEW)
    assert due(ledger) == []

    clock.shift(LAG)

    assert due(ledger) == [TEAM_NEW]
    ledger.finish(INQUIRY, TEAM_NEW, "closed_at", NOW)
    assert due(ledger) == [TEAM_NEW]
    clock.shift(LAG)
    assert due(ledger) == []


def test_without_a_lag_an_index_shows_what_is_there(cloud: Cloud, ledger: Ledger) -> None:
    cloud.index_lag(LAG)
    ledger.owe(Letter(INQUIRY, TEAM_NEW, due_at=NOW))

    cloud.index_lag(timedelta(0))

    assert due(ledger) == [TEAM_NEW]


def test_what_was_there_before_the_lag_began_is_seen(cloud: Cloud, ledger: Ledger) -> None:
    ledger.owe(Letter(INQUIRY, TEAM_NEW, due_at=NOW))

    cloud.index_lag(LAG)

    assert due(ledger) == [TEAM_NEW]
    table = Casework(ledger.dynamodb, ledger.table)
    assert table.worklist("general-inquiry", None) == ([], None)


def test_a_read_that_may_be_stale_is(cloud: Cloud, ledger: Ledger) -> None:
    cloud.index_lag(LAG)
    ledger.owe(Letter(INQUIRY, TEAM_NEW, due_at=NOW))
    (key,) = ({"pk": each["pk"], "sk": each["sk"]} for each in cloud.items(ledger.table))

    stale = ledger.dynamodb.get_item(TableName=ledger.table, Key=key)
    sure = ledger.dynamodb.get_item(TableName=ledger.table, Key=key, ConsistentRead=True)

    assert "Item" not in stale
    assert "Item" in sure
