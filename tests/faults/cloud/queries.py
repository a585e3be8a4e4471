"""Queries: a partition, and a stretch of its sort keys."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.faults.cloud.conditions import Values
from tests.faults.cloud.errors import answered, invalid
from tests.faults.cloud.reading import Reader, undefined
from tests.faults.cloud.tables import Key, Order, Place, Row, Table
from tests.faults.cloud.values import copied, kind_of

_KIND = "KeyConditionExpression"
_MOST_BYTES = 1 << 20
_LAST = "\U0010ffff"

# From the first sort key on, up to but without the second; None: to the end.
Stretch = tuple[str, "str | None"]

# What follows a text right away is that text and a NUL.
_STRETCHES: dict[str, Callable[..., Stretch]] = {
    "": lambda: ("", None),
    "=": lambda v: (v, v + "\0"),
    "<": lambda v: ("", v),
    "<=": lambda v: ("", v + "\0"),
    ">": lambda v: (v + "\0", None),
    ">=": lambda v: (v, None),
    "BETWEEN": lambda low, high: (low, high + "\0"),
    "begins_with": lambda start: (start, start + _LAST),
}


@dataclass(frozen=True)
class Wanted:
    """A key condition: the names of attributes, and the names of values they are held to."""

    partition: tuple[str, str]
    sort: tuple[str, str, tuple[str, ...]] | None
    used_names: frozenset[str]
    used_values: frozenset[str]


@cache
def wanted(text: str, names: tuple[tuple[str, str], ...]) -> Wanted:
    """Compile a key condition."""
    reader = Reader(text, _KIND, dict(names))
    parts = [_part(reader)]
    if reader.takes("AND"):
        parts.append(_part(reader))
    reader.end()
    hashes = [each for each in parts if each[1] == "="]
    if not hashes:
        raise invalid("Query condition missed key schema element")
    first = hashes[0]
    others = [each for each in parts if each is not first]
    return Wanted(
        (first[0], first[2][0]),
        others[0] if others else None,
        frozenset(reader.used_names),
        frozenset(reader.used_values),
    )


def _part(reader: Reader) -> tuple[str, str, tuple[str, ...]]:
    if reader.peek() == "begins_with" and reader.peek(1) == "(":
        reader.take()
        reader.expect("(")
        name = reader.name()
        reader.expect(",")
        given = (reader.value(),)
        reader.expect(")")
        return name, "begins_with", given
    name = reader.name()
    sign = reader.take().upper()
    if sign not in _STRETCHES:
        raise reader.wrong(f'Syntax error; token: "{sign}"')
    values: tuple[str, ...] = (reader.value(),)
    if sign == "BETWEEN":
        reader.expect("AND")
        values = (*values, reader.value())
    return name, sign, values


def query(table: Table, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer Query."""
    if params.get("IndexName") not in table.orders:
        raise invalid(f"The table does not have the specified index: {params['IndexName']}")
    consistent = bool(params.get("ConsistentRead"))
    order, rows = table.seen(params.get("IndexName"), consistent=consistent)
    if order.name and consistent:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    values: Values = params.get("ExpressionAttributeValues", {})
    names = params.get("ExpressionAttributeNames", {})
    condition = wanted(params["KeyConditionExpression"], tuple(sorted(names.items())))
    check_used(_KIND, condition, names, values)
    partition, stretch = _asked(order, condition, values)
    places = order.partitions.get(partition, [])
    forward = params.get("ScanIndexForward", True)
    chosen = _chosen(places, stretch, _start(table, order, params, partition), forward=forward)
    return _page(table, order, rows, chosen, params.get("Limit"))


def check_used(kind: str, used: Any, names: Mapping[str, str], values: Values) -> None:
    """Refuse names and values that nobody gave or nobody uses."""
    if used.used_values == values.keys() and used.used_names == names.keys():
        return
    for token in sorted(used.used_values - values.keys()):
        raise undefined(kind, token)
    for what, given, needed in (
        ("Value provided in ExpressionAttributeValues", values, used.used_values),
        ("Value provided in ExpressionAttributeNames", names, used.used_names),
    ):
        if unused := sorted(given.keys() - needed):
            raise invalid(f"{what} unused in expressions: keys: {{{', '.join(unused)}}}")


def _asked(order: Order, condition: Wanted, values: Values) -> tuple[str, Stretch]:
    (hash_name, hash_value), sort = condition.partition, condition.sort
    # Either may come first, and both may be equalities.
    if hash_name != order.hash and sort and sort[:2] == (order.hash, "="):
        hash_value, sort = sort[2][0], (hash_name, "=", (hash_value,))
        hash_name = order.hash
    if hash_name != order.hash or (sort and sort[0] != order.range):
        raise invalid("Query condition missed key schema element")
    partition = _text(values[hash_value], hash_name)
    if not partition:
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute"
            f" cannot contain an empty string value. Key: {hash_name}"
        )
    _, sign, given = sort or ("", "", ())
    return partition, _STRETCHES[sign](*(_text(values[each], order.range) for each in given))


def _text(value: Mapping[str, Any], name: str) -> str:
    if kind_of(value) != "S":
        raise invalid(
            "One or more parameter values were invalid: Condition parameter type does not match"
            f" schema type: {name}"
        )
    held: str = value["S"]
    return held


def _start(table: Table, order: Order, params: Mapping[str, Any], partition: str) -> Place | None:
    given = params.get("ExclusiveStartKey")
    if given is None:
        return None
    if given.keys() != {table.hash, table.range, order.hash, order.range}:
        raise invalid("The provided starting key is invalid")
    key = table.key_of({name: given[name] for name in (table.hash, table.range)})
    if _text(given[order.hash], order.hash) != partition:
        raise invalid(
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    return (_text(given[order.range], order.range), *key)


def _chosen(
    places: list[Place], stretch: Stretch, start: Place | None, *, forward: bool
) -> list[Place]:
    first, end = stretch
    low = bisect_left(places, (first,))
    high = len(places) if end is None else bisect_left(places, (end,))
    if start is not None:
        at = bisect_left(places, start)
        if forward:
            low = max(low, at + (places[at : at + 1] == [start]))
        else:
            high = min(high, at)
    chosen = places[low:high]
    return chosen if forward else chosen[::-1]


def _page(
    table: Table, order: Order, rows: Mapping[Key, Row], chosen: list[Place], limit: int | None
) -> dict[str, Any]:
    if limit is not None and limit < 1:
        raise invalid("Limit must be greater than or equal to 1")
    items, size, last = [], 0, None
    for _, *key in chosen:
        item, bytes_ = rows[key[0], key[1]]
        size += bytes_
        items.append(copied(order.project(item)))
        # DynamoDB stops here without looking whether anything follows.
        if len(items) == limit or size > _MOST_BYTES:
            last = {
                name: dict(item[name])
                for name in dict.fromkeys((table.hash, table.range, order.hash, order.range))
            }
            break
    more = {"LastEvaluatedKey": last} if last else {}
    return answered(Items=items, Count=len(items), ScannedCount=len(items), **more)
