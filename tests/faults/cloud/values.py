"""DynamoDB's typed values: which it keeps, how large they are, and copies nobody can reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ParamValidationError

from tests.faults.cloud.errors import bad_parameter, invalid

Value = Mapping[str, Any]
Item = Mapping[str, Value]

MOST_BYTES = 400 * 1024
SETS = {"SS": "string", "NS": "number", "BS": "binary"}
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,37}")
_PER_ELEMENT, _PER_CONTAINER = 1, 3
# DynamoDB's words for types in its messages about operands.
WORDS = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "L": "LIST",
    "M": "MAP",
}


def kind_of(value: Value) -> str:
    """Return the type of *value*, such as "S"."""
    return next(iter(value))


def copied(item: Item) -> dict[str, Any]:
    """Copy an item so that neither side can change the other's."""
    return {
        # Most of what is kept is text.
        name: {"S": value["S"]} if "S" in value else copied_value(value)
        for name, value in item.items()
    }


def copied_value(value: Value) -> dict[str, Any]:
    """Copy one value."""
    ((kind, held),) = value.items()
    if kind == "M":
        return {"M": copied(held)}
    if kind == "L":
        return {"L": [copied_value(each) for each in held]}
    return {kind: sorted(held) if kind in SETS else held}


def same(one: Value, other: Value) -> bool:
    """Tell whether two values are equal; a set has no order."""
    if one == other:
        return True
    kind = kind_of(one)
    return kind in SETS and kind in other and set(one[kind]) == set(other[kind])


def size_of_item(item: Item) -> int:
    """Return the bytes that DynamoDB counts for *item*; raise if it would not keep it."""
    total = 0
    for name, value in item.items():
        held = value.get("S") if len(value) == 1 else None
        if type(held) is str and held.isascii() and name.isascii():
            total += len(name) + len(held)  # most of them
        else:
            total += len(name.encode()) + size_of(value)
    return total


def check_size(size: int, *, update: bool = False) -> None:
    """Raise if an item of this *size* is too large."""
    if size > MOST_BYTES:
        what = "Item size to update" if update else "Item size"
        raise invalid(f"{what} has exceeded the maximum allowed size")


def size_of(value: Value) -> int:
    """Return the bytes that DynamoDB counts for *value*; raise if it would not keep it."""
    try:
        ((kind, held),) = value.items()
        size = _SIZES[kind]
    except (AttributeError, KeyError, ValueError):
        raise ParamValidationError(report=f"a value has one type: {value!r}") from None
    return size(held)


def _size_of_text(held: Any) -> int:
    _must_be(str, held)
    return len(held.encode())


def _size_of_flag(held: Any) -> int:
    _must_be(bool, held)
    return 1


def _size_of_bytes(held: Any) -> int:
    _must_be(bytes, held)
    return len(held)


def _size_of_map(held: Any) -> int:
    _must_be(dict, held)
    return _PER_CONTAINER + size_of_item(held) + _PER_ELEMENT * len(held)


def _size_of_list(held: Any) -> int:
    _must_be(list, held)
    return _PER_CONTAINER + sum(size_of(each) + _PER_ELEMENT for each in held)


def _size_of_number(held: Any) -> int:
    _must_be(str, held)
    if not _WHOLE.fullmatch(held):
        raise NotImplementedError(f"numbers are whole here and written plainly: {held}")
    return 1 + (len(held) + 1) // 2


def _size_of_set(kind: str, held: Any) -> int:
    _must_be(list, held)
    if not held:
        raise bad_parameter(f"An {SETS[kind]} set  may not be empty")
    if len(set(held)) != len(held):
        raise bad_parameter("Input collection contains duplicates.")
    return sum(size_of({kind[0]: each}) for each in held)


def _must_be(type_: type, held: Any) -> None:
    if type(held) is not type_:
        raise ParamValidationError(report=f"{held!r} is no {type_.__name__}")


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": _size_of_text,
    "N": _size_of_number,
    "BOOL": _size_of_flag,
    "NULL": _size_of_flag,
    "B": _size_of_bytes,
    "M": _size_of_map,
    "L": _size_of_list,
    **{kind: partial(_size_of_set, kind) for kind in SETS},
}
