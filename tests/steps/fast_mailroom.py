"""The mailroom on the fast cloud: a hundred letters' fates in the time of ten."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine

from intake.aws import items
from tests.faults.cloud import Call, Cloud
from tests.handlers import PLACE
from tests.steps.fast_cloud import fast_cloud, small
from tests.steps.mailroom import INQUIRY, QUEUES, TABLE, Mailroom


class FastMailroom(Mailroom):
    """
    A mailroom for which `tests.faults.cloud` is AWS.

    A hook is called with the request's name and with what carries it out.
    """

    def __init__(
        self, cloud: Cloud, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._cloud = cloud
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


@contextmanager
def fast_mailroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastMailroom]:
    """Open a fresh world at NOW; the clock stands still until it is moved."""
    with fast_cloud(small(QUEUES)) as (cloud, clock):
        yield FastMailroom(cloud, clock, monkeypatch)
