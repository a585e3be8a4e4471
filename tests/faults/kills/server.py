"""The other process: moto behind the guard, with a clock that stands where it is put."""

from __future__ import annotations

import threading
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import time_machine
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from infra.local import peek, sealed
from infra.local.emulator import Emulator
from infra.local.identity import ACCOUNT
from tests.emptied import empty


class Backstage(Emulator):
    """Tells from moto's own memory what a request would take longer to find out."""

    clock: time_machine.Coordinates

    def clear(self) -> None:
        """Forget all rows, objects and messages."""
        empty(self._region)

    def expire(self, now: float) -> None:
        """Remove every item whose time to live has passed; moto never does."""
        for table in dynamodb_backends[ACCOUNT][self._region].tables.values():
            name = table.ttl.get("AttributeName")
            for kept in table.items.values():
                for key, item in list(kept.items()):
                    if name in item.attrs and float(item.attrs[name].value) < now:
                        del kept[key]

    def set_clock(self, now: datetime) -> None:
        """Have it be *now*, until another time is set."""
        self.clock.move_to(now, tick=False)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return every item, as DynamoDB spells it."""
        kept = dynamodb_backends[ACCOUNT][self._region].tables[table].all_items()
        return [item.to_json()["Attributes"] for item in kept]

    def depth(self, queue: str) -> int:
        """Return how many messages can be taken now."""
        return peek.depth(self._region, queue)["waiting"]

    def oldest(self, queue: str) -> float | None:
        """Return when the oldest message was first sent, in milliseconds since 1970."""
        kept = sqs_backends[ACCOUNT][self._region].queues[queue]._messages  # noqa: SLF001
        return min((message.sent_timestamp for message in kept), default=None)


def serve(pipe: Connection, now: datetime) -> None:
    """Be the other process: do what is called for until nobody is there to call."""
    writing = threading.Lock()  # requests are answered on threads

    def send(kind: str, what: Any) -> None:
        with writing:
            pipe.send((kind, what))

    with time_machine.travel(now, tick=False) as clock:
        emulator = Backstage(0, lambda *what: send("told", what))
        emulator.clock = clock
        sealed.seal(emulator.url)
        send("answered", emulator.url)
        while True:
            try:
                name, given = pipe.recv()
            except EOFError:
                return
            send("answered", getattr(emulator, name)(*given))
