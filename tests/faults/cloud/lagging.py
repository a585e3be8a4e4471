"""A table as it was a while ago: what a secondary index, or a read that may be stale, shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.faults.cloud.tables import Key, Order, Row


class Change(NamedTuple):
    """What came to lie under a key, and when; None: it was removed."""

    at: datetime
    key: Key
    row: Row | None


class Replica:
    """
    Rows and orders, which follow the table's by *lag*.

    It begins as the table is: nobody knows what there was before that.
    """

    def __init__(
        self, lag: timedelta, rows: Mapping[Key, Row], orders: Mapping[str | None, Order]
    ) -> None:
        self.lag = lag
        self.rows = dict(rows)
        self.orders = {name: order.copied() for name, order in orders.items()}
        self._ahead: deque[Change] = deque()

    def note(self, key: Key, row: Row | None) -> None:
        """Hear of a change, to show it later."""
        self._ahead.append(Change(datetime.now(UTC), key, row))

    def catch_up(self) -> None:
        """Carry out what is older than the lag."""
        shown = datetime.now(UTC) - self.lag
        while self._ahead and self._ahead[0].at <= shown:
            change = self._ahead.popleft()
            old = self.rows.pop(change.key, None)
            if change.row:
                self.rows[change.key] = change.row
            for order in self.orders.values():
                if old:
                    order.remove(change.key, old.item)
                if change.row:
                    order.add(change.key, change.row.item)
