"""The mailroom on the fast cloud: a hundred letters' fates in the time of ten."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from intake.aws import clients, items
from tests.faults.cloud import Call, Cloud, install, uninstall
from tests.handlers import PLACE, blueprint
from tests.steps.mailroom import INQUIRY, NOW, QUEUES, TABLE, Mailroom


class FastMailroom(Mailroom):
    """
    A mailroom for which `tests.faults.cloud` is AWS.

    A hook is called with the request's name and with what carries it out.
    """

    def __init__(self, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cloud = Cloud(_small(), PLACE.region)
        install(self._cloud)
        super().__init__(clock, monkeypatch)

    def forget(self, *kinds: str) -> None:
        """Remove letters, as if they had never been owed."""
        table = self._cloud.dynamodb.tables[TABLE]
        for kind in kinds:
            key = table.key_of(items.key(INQUIRY, items.letter_sort_key(kind)))
            if key in table.rows:
                table.remove(key)

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """Take what waits in *queue*."""
        return [json.loads(message["Body"]) for message in self._cloud.receive(queue, 10)]

    def _lay(self) -> dict[str, str]:
        self._cloud.between = self._called
        self._cloud.on_mail = lambda _id, mail: self.sent.append(dict(mail))
        return {name: PLACE.queue_url(name) for name in QUEUES}

    def _called(self, call: Call, do: Callable[[], Any]) -> Any:
        for prefix, hook in tuple(self._hooks):
            if f"before-send.{call.name}".startswith(prefix):
                answer = hook(call.name, do)
                if answer is not None:
                    return answer
        return do()


def _small() -> Any:
    """Return the template's table under the mailroom's names, and a queue for each step."""
    (table,) = blueprint().tables.values()
    queues = {name: replace(table, name=name, properties={}) for name in QUEUES}
    return replace(blueprint(), tables={TABLE: table}, queues=queues)


@contextmanager
def fast_mailroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastMailroom]:
    """Open a fresh world at NOW; the clock stands still until it is moved."""
    clients.client.cache_clear()
    try:
        with time_machine.travel(NOW, tick=False) as clock:
            yield FastMailroom(clock, monkeypatch)
    finally:
        uninstall()
    clients.client.cache_clear()
