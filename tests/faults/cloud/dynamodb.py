"""DynamoDB: the operations that the steps ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.faults.cloud.client import Operation, Pages
from tests.faults.cloud.errors import RefusedError, answered, invalid
from tests.faults.cloud.queries import query
from tests.faults.cloud.tables import Row, Table
from tests.faults.cloud.values import copied
from tests.faults.cloud.writing import Write, prepared

_MOST_KEYS, _MOST_WRITES, _MOST_BYTES = 100, 100, 4 << 20
# For so long DynamoDB knows a transaction's token, and carries it out once.
_TOKENS_LIVE = timedelta(minutes=10)
_FAILED = "The conditional request failed"
_CONDITION = frozenset(
    {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
)
_RETURNS = frozenset({"ReturnValues", "ReturnValuesOnConditionCheckFailure"})
_QUERY = frozenset(
    {
        *("IndexName", "ConsistentRead", "Limit", "ScanIndexForward", "ExclusiveStartKey"),
        *("ExpressionAttributeNames", "ExpressionAttributeValues"),
    }
)
PAGES = {"query": Pages("Limit", {"LastEvaluatedKey": "ExclusiveStartKey"})}
# What each part of a transaction has, and may have.
_PARTS = {
    "Put": ({"TableName", "Item"}, _CONDITION),
    "Update": ({"TableName", "Key", "UpdateExpression"}, _CONDITION),
}


class DynamoDb:
    """Every table."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self.tables = {name: Table(name, asked) for name, asked in tables.items()}
        self._numbers = count(1)
        self._done: dict[str, datetime] = {}

    def reset(self) -> None:
        """Forget all rows."""
        for table in self.tables.values():
            table.clear()
        self._numbers = count(1)
        self._done.clear()

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""

        def takes(run: Callable[[Any], Any], *required: str, **more: Any) -> Operation:
            return Operation(run, frozenset({*required}), **more)

        writing = _CONDITION | _RETURNS
        return {
            "GetItem": takes(self.get, "TableName", "Key", optional=frozenset({"ConsistentRead"})),
            "BatchGetItem": takes(self.get_batch, "RequestItems"),
            "Query": takes(
                lambda params: query(self._table(params), params),
                *("TableName", "KeyConditionExpression"),
                optional=_QUERY,
            ),
            "PutItem": takes(self.put, "TableName", "Item", optional=writing),
            "UpdateItem": takes(
                self.update, "TableName", "Key", "UpdateExpression", optional=writing
            ),
            "TransactWriteItems": takes(
                self.transact,
                "TransactItems",
                filled=lambda: {"ClientRequestToken": f"token-{next(self._numbers)}"},
            ),
        }

    def _table(self, params: Mapping[str, Any]) -> Table:
        table = self.tables.get(params["TableName"])
        if table is None:
            raise RefusedError("ResourceNotFoundException", "Requested resource not found")
        return table

    def get(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer GetItem."""
        table = self._table(params)
        _, rows = table.seen(None, consistent=bool(params.get("ConsistentRead")))
        row = rows.get(table.key_of(params["Key"]))
        return answered(Item=copied(row.item)) if row else answered()

    def get_batch(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer BatchGetItem."""
        found, total = {}, 0
        if not params["RequestItems"]:
            raise invalid("The batch get request list is empty")
        for name, asked in params["RequestItems"].items():
            if asked.keys() - {"Keys", "ConsistentRead"}:
                raise NotImplementedError(f"BatchGetItem with {sorted(asked)}")
            table = self._table({"TableName": name})
            keys = [table.key_of(key) for key in asked["Keys"]]
            total += len(keys)
            if not keys or total > _MOST_KEYS:
                raise invalid("Too many items requested for the BatchGetItem call, or none")
            if len(set(keys)) != len(keys):
                raise invalid("Provided list of item keys contains duplicates")
            _, rows = table.seen(None, consistent=bool(asked.get("ConsistentRead")))
            found[name] = [copied(rows[key].item) for key in keys if key in rows]
        return answered(Responses=found, UnprocessedKeys={})

    def put(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer PutItem."""
        if params.get("ReturnValues", "NONE") not in {"NONE", "ALL_OLD"}:
            raise invalid("ReturnValues can only be ALL_OLD or NONE")
        return self._write(params)

    def update(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer UpdateItem."""
        return self._write(params)

    def _write(self, params: Mapping[str, Any]) -> dict[str, Any]:
        write = prepared(self._table(params), params)
        old = write.old
        if not write.allowed():
            told = params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            more: dict[str, Any] = {"Item": copied(old.item)} if told and old else {}
            raise RefusedError("ConditionalCheckFailedException", _FAILED, **more)
        row = write.made()
        write.carry_out(row)
        wanted = _returned(params.get("ReturnValues", "NONE"), write, old, row)
        return answered(Attributes=wanted) if wanted else answered()

    def transact(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer TransactWriteItems: all or nothing, once for a token."""
        now, token = datetime.now(UTC), params["ClientRequestToken"]
        if self._done.get(token, now) > now:
            return answered()
        writes = [self._part(each) for each in _all_of(params["TransactItems"])]
        if len({(write.table.name, write.key) for write in writes}) < len(writes):
            raise invalid("Transaction request cannot include multiple operations on one item")
        outcomes = [_outcome(write) for write in writes]
        rows = [each for each in outcomes if isinstance(each, Row)]
        if len(rows) < len(writes):
            raise _cancelled(outcomes)
        if sum(row.size for row in rows) > _MOST_BYTES:
            raise invalid("Collection size of the transaction has exceeded the limit")
        for write, row in zip(writes, rows, strict=True):
            write.carry_out(row)
        self._done[token] = now + _TOKENS_LIVE
        return answered()

    def _part(self, each: Mapping[str, Any]) -> Write:
        ((kind, asked),) = each.items()
        if kind not in _PARTS:
            raise NotImplementedError(f"{kind} in a transaction")
        required, optional = _PARTS[kind]
        if not (required <= asked.keys() <= required | optional):
            raise NotImplementedError(f"{kind} in a transaction with {sorted(asked)}")
        return prepared(self._table(asked), asked)


def _all_of(writes: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if not 1 <= len(writes) <= _MOST_WRITES:
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint:"
            f" Member must have length less than or equal to {_MOST_WRITES}, and at least 1"
        )
    return writes


def _outcome(write: Write) -> Row | RefusedError:
    """Return what would lie there, or why it can't."""
    try:
        if not write.allowed():
            return RefusedError("ConditionalCheckFailed", _FAILED)
        return write.made()
    except RefusedError as refused:
        return RefusedError("ValidationError", refused.message)


def _cancelled(outcomes: Sequence[Row | RefusedError]) -> RefusedError:
    reasons = [
        {"Code": each.code, "Message": each.message}
        if isinstance(each, RefusedError)
        else {"Code": "None"}
        for each in outcomes
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    return RefusedError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _returned(how: str, write: Write, old: Row | None, new: Row) -> dict[str, Any]:
    if how == "NONE":
        return {}
    if how == "ALL_OLD":
        return copied(old.item) if old else {}
    if how == "ALL_NEW":
        return copied(new.item)
    change = write.expressions.update
    if how == "UPDATED_NEW" and change:
        return copied({name: new.item[name] for name in change.written})
    raise NotImplementedError(f"ReturnValues={how}")
