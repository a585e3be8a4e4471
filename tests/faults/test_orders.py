"""Whatever comes twice and in whatever order: a sample of the orders that `make faults` tries."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.faults.machine import Machine, machine
from tests.faults.orders import ORDERS, Orders

SAMPLE = 20
COUNTS = {"file and letter": 2520, "letter": 2520, "file": 90}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Machine]:
    with machine() as made:
        yield made


def test_every_order_is_tried() -> None:
    assert {orders.name: len(set(orders.all())) for orders in ORDERS} == COUNTS


@pytest.mark.parametrize("orders", ORDERS, ids=lambda orders: orders.name)
def test_any_order_leaves_the_same(deployed: Machine, orders: Orders) -> None:
    _, expected = orders.run(deployed, orders.first())

    for order in random.Random(1).sample(list(orders.all()), SAMPLE):
        result, left = orders.run(deployed, order)

        assert not result.broken, order
        assert result.fired, order
        assert result.repeats == 0, order
        assert left == expected, order
