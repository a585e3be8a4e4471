"""
Makes moto's table affordable, in three places where it does more than it has to.

To be able to undo a transaction, moto copies the whole table, deep, for each of its writes: 60 ms
for five puts at fifty inquiries, 230 ms at two hundred. A put replaces an item and never changes
one, so a copy of what lies where is enough, and a deep one of the items that an update changes.
And for each query it sorts the whole table before it looks for what was asked; we look first.
Last, it writes each value of an answer by asking for all ten types that it might have, each under
every name that other services give such things: a third of the time of our steps' tests.
"""

import copy
import inspect
import threading
from collections import defaultdict
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

# What stands in an answer as it is kept; other types hold values again, or bytes.
_PLAIN = {"S", "N", "BOOL", "NULL"}
_Write = dict[str, dict[str, Any]]
_now = threading.local()
_transact, _query, _all_items, _write_structure = (
    DynamoDBBackend.transact_write_items,
    Table.query,
    Table.all_items,
    BaseJSONSerializer._serialize_type_structure,  # noqa: SLF001  moto has no other way in
)
# Among the arguments behind `self` and the key.
_INDEX_NAME = list(inspect.signature(_query).parameters).index("index_name") - 2


def _transact_write_items(backend: DynamoDBBackend, writes: list[_Write]) -> None:
    """Do what moto does, while tables are copied as far as *writes* can change them."""
    _now.changing = [
        each["Key"] for write in writes for how, each in write.items() if how == "Update"
    ]
    try:
        _transact(backend, writes)
    finally:
        _now.changing = None


def _copied(table: Any, memo: dict[int, Any]) -> Any:
    twin: Any = Table.__new__(Table)
    memo[id(table)] = twin
    changing = getattr(_now, "changing", None)
    if changing is None or not table.range_key_attr:
        twin.__dict__.update(copy.deepcopy(table.__dict__, memo))
        return twin
    twin.__dict__.update(table.__dict__)
    twin.items = defaultdict(dict, {key: copy.copy(kept) for key, kept in table.items.items()})
    for key in changing:
        at, below = (DynamoType(key[name]) for name in (table.hash_key_attr, table.range_key_attr))
        if below in twin.items.get(at, {}):
            twin.items[at][below] = copy.deepcopy(twin.items[at][below])
    return twin


def _query_few(table: Table, hash_key: DynamoType, *given: Any, **more: Any) -> Any:
    """Do what moto does, while the table seems to hold no item without this *hash_key*."""
    index = given[_INDEX_NAME]
    found = table.get_index(index) if index else table
    if found:  # else moto says that there is no such index
        names = [key["AttributeName"] for key in found.schema if key["KeyType"] == "HASH"]
        _now.only = (names[0], hash_key)
    try:
        return _query(table, hash_key, *given, **more)
    finally:
        _now.only = None


def _items_seen(table: Table) -> list[Item]:
    """Return moto's list of all items, in its order, as far as a query may find them."""
    only = getattr(_now, "only", None)
    if only is None or not table.range_key_attr:
        return _all_items(table)
    name, wanted = only
    if name == table.hash_key_attr:
        found = list(table.items.get(wanted, {}).values())
    else:
        held = (item for kept in table.items.values() for item in kept.values())
        found = [item for item in held if name in item.attrs and item.attrs[name] == wanted]
    return sorted(found, key=lambda item: (item.hash_key, item.range_key))


def _write_what_is_there(serializer: Any, into: Any, value: Any, shape: Any, key: str) -> None:
    """Do what moto does, while a value of the table is asked for no type but its own."""
    if shape.name != "AttributeValue" or not isinstance(value, dict):
        _write_structure(serializer, into, value, shape, key)
        return
    into[key] = written = {}
    for kind, held in value.items():
        if kind in _PLAIN:
            written[kind] = held
        else:
            serializer._serialize(written, held, shape.members[kind], kind)  # noqa: SLF001


def install() -> None:
    """Have moto do so from now on, in this process."""
    changes = (
        (Table, "__deepcopy__", _copied),
        (Table, "query", _query_few),
        (Table, "all_items", _items_seen),
        (DynamoDBBackend, "transact_write_items", _transact_write_items),
        (BaseJSONSerializer, "_serialize_type_structure", _write_what_is_there),
    )
    for owner, name, ours in changes:
        setattr(owner, name, ours)
