"""Single writes to a table, prepared first so that a transaction can hold them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.faults.cloud.conditions import Condition, condition
from tests.faults.cloud.errors import bad_parameter, invalid
from tests.faults.cloud.queries import check_used
from tests.faults.cloud.reading import Reader
from tests.faults.cloud.tables import Key, Row, Table
from tests.faults.cloud.updates import Update, update
from tests.faults.cloud.values import check_size, copied, size_of, size_of_item

_NO_VALUES = "ExpressionAttributeValues must not be empty"
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Compiled:
    """The expressions of one request."""

    update: Update | None
    condition: Condition | None
    used_names: frozenset[str]
    used_values: frozenset[str]


@cache
def compiled(
    change: str | None, only_if: str | None, names: tuple[tuple[str, str], ...]
) -> Compiled:
    """Compile the expressions of a request, once."""
    used_names: set[str] = set()
    used_values: set[str] = set()
    found: dict[str, Any] = {}
    for kind, text, compile_ in (
        ("UpdateExpression", change, update),
        ("ConditionExpression", only_if, condition),
    ):
        if text is None:
            found[kind] = None
            continue
        reader = Reader(text, kind, dict(names))
        found[kind] = compile_(reader)
        used_names |= reader.used_names
        used_values |= reader.used_values
    return Compiled(
        found["UpdateExpression"],
        found["ConditionExpression"],
        frozenset(used_names),
        frozenset(used_values),
    )


@dataclass(frozen=True)
class Write:
    """A put or an update that has been checked as far as it can be without looking."""

    table: Table
    key: Key
    expressions: Compiled
    values: Mapping[str, Any]
    put: Row | None  # None: an update

    @property
    def old(self) -> Row | None:
        """Return what lies there."""
        return self.table.rows.get(self.key)

    def allowed(self) -> bool:
        """Tell whether the condition holds."""
        test, old = self.expressions.condition, self.old
        return test is None or test(old.item if old else _NOTHING, self.values)

    def made(self) -> Row:
        """Return what would lie there afterwards; raise if DynamoDB would not keep it."""
        if self.put:
            return self.put
        change, old = self.expressions.update, self.old
        if old is None and (change is None or not change.written):
            raise NotImplementedError("an update that writes nothing, of an item that is not there")
        before = old.item if old else _keys(self.table, self.key)
        if change is None:
            return old or Row(before, size_of_item(before))
        item = change.apply(before, self.values)
        size = old.size if old else size_of_item(before)
        for name in change.touched:
            size += _weight(item, name) - _weight(before, name)
        self.table.check_indexed(item)
        check_size(size, update=True)
        return Row(item, size)

    def carry_out(self, row: Row) -> None:
        """Let *row* lie there."""
        self.table.put(self.key, row)


def _keys(table: Table, key: Key) -> dict[str, Any]:
    return {table.hash: {"S": key[0]}, table.range: {"S": key[1]}}


def _weight(item: Mapping[str, Any], name: str) -> int:
    return len(name.encode()) + size_of(item[name]) if name in item else 0


def prepared(table: Table, params: Mapping[str, Any]) -> Write:
    """Return the write that *params* of a put or an update ask for, or refuse it."""
    names = params.get("ExpressionAttributeNames", _NOTHING)
    values = params.get("ExpressionAttributeValues")
    change, only_if = params.get("UpdateExpression"), params.get("ConditionExpression")
    if values is not None and change is None and only_if is None:
        raise invalid("ExpressionAttributeValues can only be specified when using expressions")
    if values is not None and not values:
        raise invalid(_NO_VALUES)
    if not names and "ExpressionAttributeNames" in params:
        raise invalid("ExpressionAttributeNames must not be empty")
    expressions = compiled(change, only_if, tuple(sorted(names.items())))
    values = values or _NOTHING
    kind = "ConditionExpression" if change is None else "UpdateExpression"
    check_used(kind, expressions, names, values)
    for value in values.values():
        size_of(value)
    if "Item" in params:
        row = _row(table, params["Item"])
        return Write(table, table.key_in(row.item), expressions, values, row)
    if expressions.update:
        _leaves_the_key(table, expressions.update)
    return Write(table, table.key_of(params["Key"]), expressions, values, None)


def _leaves_the_key(table: Table, change: Update) -> None:
    for name in (table.hash, table.range):
        if name in change.touched:
            raise bad_parameter(
                f"Cannot update attribute {name}. This attribute is part of the key"
            )


def _row(table: Table, given: Mapping[str, Any]) -> Row:
    size = size_of_item(given)
    table.key_in(given)
    table.check_indexed(given)
    check_size(size)
    return Row(copied(given), size)
