"""The machine, with steps that are processes, on an AWS that is one too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine

from intake.aws import clients
from intake.aws.items import Item
from tests.faults.cloud import in_turn
from tests.faults.dice import seeded
from tests.faults.kills.aws import ServedCloud
from tests.faults.kills.sandboxes import Sandboxes
from tests.faults.machine import NOW, Machine


class _Machine(Machine):
    """Sees the names of calls, not what they write: so it looks at all items."""

    def written(self) -> list[Item]:
        """Return every item."""
        return self.rows()


@contextmanager
def sandboxed() -> Iterator[tuple[Machine, Sandboxes]]:
    """Deploy the template on moto's server, with each invocation in a process of its own."""
    clients.client.cache_clear()
    cloud = ServedCloud(NOW)
    try:
        with (
            pytest.MonkeyPatch.context() as monkeypatch,
            # A step that asks several things at once would talk to its one listener at once, too.
            in_turn(),
            seeded() as dice,
            time_machine.travel(NOW, tick=False) as clock,
        ):
            handlers = Sandboxes(monkeypatch, cloud, dice)
            machine = _Machine(cloud, clock, handlers, dice)  # type: ignore[arg-type]
            yield machine, handlers
            handlers.close()
    finally:
        cloud.stop()
