"""
Makes moto's transactions affordable.

To be able to undo it, moto copies the whole table, deep, for each write of a transaction: 60 ms for
five puts at fifty inquiries, 230 ms at two hundred. A put replaces an item and never changes one,
so where a transaction holds nothing but puts, a copy of what lies where is enough.
"""

import copy
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.table import Table

TRANSACTION = "DynamoDB_20120810.TransactWriteItems"
_now = threading.local()


@contextmanager
def affordable(target: str, body: bytes) -> Iterator[None]:
    """Have moto take light copies while it answers a transaction that only puts."""
    _now.light = target == TRANSACTION and all(
        set(write) == {"Put"} for write in json.loads(body).get("TransactItems", [])
    )
    try:
        yield
    finally:
        _now.light = False


def _copied(table: Any, memo: dict[int, Any]) -> Any:
    twin: Any = Table.__new__(Table)
    memo[id(table)] = twin
    if not getattr(_now, "light", False):
        twin.__dict__.update(copy.deepcopy(table.__dict__, memo))
        return twin
    twin.__dict__.update(table.__dict__)
    twin.items = defaultdict(dict, {key: copy.copy(kept) for key, kept in table.items.items()})
    return twin


Table.__deepcopy__ = _copied  # type: ignore[attr-defined]
