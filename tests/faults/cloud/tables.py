"""Tables: rows under their keys, and every order that a query may ask for."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

from tests.faults.cloud.errors import bad_parameter, invalid
from tests.faults.cloud.lagging import Replica
from tests.faults.cloud.values import Item, kind_of

Key = tuple[str, str]
# Where a row stands in an order: its sort key there, then its own key.
Place = tuple[str, str, str]
_MOST_HASH_BYTES, _MOST_RANGE_BYTES = 2048, 1024


class Row(NamedTuple):
    """One item as it lies in a table; nobody changes it in place."""

    item: Item
    size: int


@dataclass
class Order:
    """The rows by partition, sorted: the table itself or one of its indexes."""

    name: str | None
    hash: str
    range: str
    # Attributes that a query on it returns; None: all.
    projected: frozenset[str] | None
    partitions: dict[str, list[Place]] = field(default_factory=dict)

    def add(self, key: Key, item: Item) -> None:
        """Enter a row, if it has both attributes of this order."""
        if self.hash in item and self.range in item:
            place = (item[self.range]["S"], *key)
            insort(self.partitions.setdefault(item[self.hash]["S"], []), place)

    def remove(self, key: Key, item: Item) -> None:
        """Take a row out."""
        if self.hash in item and self.range in item:
            partition, place = item[self.hash]["S"], (item[self.range]["S"], *key)
            places = self.partitions[partition]
            del places[bisect_left(places, place)]
            if not places:
                del self.partitions[partition]

    def copied(self) -> Order:
        """Return the same order of the same rows, to be changed on its own."""
        places = {name: list(each) for name, each in self.partitions.items()}
        return replace(self, partitions=places)

    def moved(self, old: Item, new: Item) -> bool:
        """Tell whether a row that was *old* stands elsewhere as *new*."""
        return old.get(self.hash) != new.get(self.hash) or old.get(self.range) != new.get(
            self.range
        )

    def project(self, item: Item) -> Item:
        """Return what a query on this order returns of *item*."""
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}


class Table:
    """One table as the template asks for it; all its keys are text."""

    def __init__(self, name: str, properties: Mapping[str, Any]) -> None:
        self.name = name
        kinds = {
            each["AttributeName"]: each["AttributeType"]
            for each in properties["AttributeDefinitions"]
        }
        if set(kinds.values()) != {"S"}:
            raise NotImplementedError("a key that is no text")
        self.hash, self.range = _pair(properties["KeySchema"])
        keys = {self.hash, self.range}
        self.orders: dict[str | None, Order] = {None: Order(None, self.hash, self.range, None)}
        for index in properties.get("GlobalSecondaryIndexes", []):
            first, second = _pair(index["KeySchema"])
            projected = _projected(index["Projection"], keys | {first, second})
            self.orders[index["IndexName"]] = Order(index["IndexName"], first, second, projected)
        self.expiry = properties.get("TimeToLiveSpecification", {}).get("AttributeName")
        self._indexed = [
            (name, order.name)
            for order in self.orders.values()
            if order.name
            for name in (order.hash, order.range)
        ]
        self.rows: dict[Key, Row] = {}
        self._replica: Replica | None = None

    def lag(self, by: timedelta) -> None:
        """Have what may be stale be so, by as much as that, from now on; by nothing: no more."""
        if not by:
            self._replica = None
        elif self._replica:
            self._replica.lag = by
        else:
            self._replica = Replica(by, self.rows, self.orders)

    def seen(self, index: str | None, *, consistent: bool) -> tuple[Order, Mapping[Key, Row]]:
        """Return an order and its rows, as a read of this kind shows them."""
        if self._replica is None or consistent:
            return self.orders[index], self.rows
        self._replica.catch_up()
        return self._replica.orders[index], self._replica.rows

    def clear(self) -> None:
        """Forget all rows."""
        self._replica = None
        self.rows.clear()
        for order in self.orders.values():
            order.partitions.clear()

    def key_of(self, given: Item) -> Key:
        """Return the key that a request names, or refuse it."""
        if given.keys() != {self.hash, self.range}:
            raise invalid("The provided key element does not match the schema")
        for name in (self.hash, self.range):
            if kind_of(given[name]) != "S":
                raise invalid("The provided key element does not match the schema")
        return self._checked(given)

    def key_in(self, item: Item) -> Key:
        """Return the key of an item that is put, or refuse it."""
        for name in (self.hash, self.range):
            if name not in item:
                raise bad_parameter(f"Missing the key {name} in the item")
            if "S" not in item[name]:
                actual = kind_of(item[name])
                raise bad_parameter(f"Type mismatch for key {name} expected: S actual: {actual}")
        return self._checked(item)

    def _checked(self, item: Item) -> Key:
        for name, most in ((self.hash, _MOST_HASH_BYTES), (self.range, _MOST_RANGE_BYTES)):
            held = item[name]["S"]
            if not held:
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key"
                    f" attribute cannot contain an empty string value. Key: {name}"
                )
            if len(held.encode()) > most:
                raise bad_parameter(f"Size of {name} has exceeded the maximum size limit")
        return item[self.hash]["S"], item[self.range]["S"]

    def check_indexed(self, item: Item) -> None:
        """Raise if an index could not hold *item*."""
        for name, index in self._indexed:
            value = item.get(name)
            if value is None:
                continue
            if "S" not in value:
                raise bad_parameter(
                    f"Type mismatch for Index Key {name} Expected: S Actual: {kind_of(value)}"
                    f" IndexName: {index}"
                )
            if not value["S"]:
                raise invalid(
                    "One or more parameter values are not valid. A value specified for a secondary"
                    " index key is not supported. The AttributeValue for a key attribute cannot"
                    f" contain an empty string value. IndexName: {index}, IndexKey: {name}"
                )

    def put(self, key: Key, row: Row) -> None:
        """Let *row* lie under *key*."""
        old = self.rows.get(key)
        self.rows[key] = row
        if self._replica:
            self._replica.note(key, row)
        for order in self.orders.values():
            if old is None:
                order.add(key, row.item)
            elif order.moved(old.item, row.item):
                order.remove(key, old.item)
                order.add(key, row.item)

    def remove(self, key: Key) -> None:
        """Remove the row under *key*."""
        old = self.rows.pop(key)
        if self._replica:
            self._replica.note(key, None)
        for order in self.orders.values():
            order.remove(key, old.item)

    def expire(self, now: int) -> None:
        """Remove rows whose time to live, in seconds since 1970, has passed."""
        gone = [
            key
            for key, row in self.rows.items()
            if self.expiry in row.item and int(row.item[self.expiry].get("N", now + 1)) <= now
        ]
        for key in gone:
            self.remove(key)

    def all_rows(self) -> Iterator[Row]:
        """Yield every row in the order of the keys."""
        return (self.rows[key] for key in sorted(self.rows))


def _pair(schema: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    by_kind = {each["KeyType"]: each["AttributeName"] for each in schema}
    if by_kind.keys() != {"HASH", "RANGE"}:
        raise NotImplementedError("an order without a sort key")
    return by_kind["HASH"], by_kind["RANGE"]


def _projected(projection: Mapping[str, Any], keys: set[str]) -> frozenset[str] | None:
    kind = projection["ProjectionType"]
    if kind == "ALL":
        return None
    return frozenset({*keys, *projection.get("NonKeyAttributes", [])})
