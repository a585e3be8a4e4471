"""Condition expressions, compiled once to a closure over an item and the values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from tests.faults.cloud.errors import invalid
from tests.faults.cloud.reading import Reader
from tests.faults.cloud.values import SETS, WORDS, Item, Value, kind_of, same

Values = Mapping[str, Value]
Condition = Callable[[Item, Values], bool]
Operand = Callable[[Item, Values], "Value | None"]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERED = {"S", "N", "B"}
_MOST_IN_A_LIST = 100


def condition(reader: Reader) -> Condition:
    """Compile what *reader* holds, up to its end."""
    found = _any_of(reader)
    reader.end()
    return found


def _any_of(reader: Reader) -> Condition:
    parts = [_all_of(reader)]
    while reader.takes("OR"):
        parts.append(_all_of(reader))
    if len(parts) == 1:
        return parts[0]
    return lambda item, values: any(part(item, values) for part in parts)


def _all_of(reader: Reader) -> Condition:
    parts = [_not(reader)]
    while reader.takes("AND"):
        parts.append(_not(reader))
    if len(parts) == 1:
        return parts[0]
    return lambda item, values: all(part(item, values) for part in parts)


def _not(reader: Reader) -> Condition:
    if reader.takes("NOT"):
        inner = _not(reader)
        return lambda item, values: not inner(item, values)
    if reader.takes("("):
        if reader.peek() == "(" and _closes_together(reader):
            raise reader.wrong("The expression has redundant parentheses;")
        inner = _any_of(reader)
        reader.expect(")")
        return inner
    if reader.peek(1) == "(" and reader.peek() in _FUNCTIONS:
        name = reader.take()
        reader.expect("(")
        made = _FUNCTIONS[name](reader)
        reader.expect(")")
        return made
    return _comparison(reader)


def _closes_together(reader: Reader) -> bool:
    """Tell whether the parenthesis that comes next ends right where the one just taken does."""
    depth, ahead = 0, 0
    while token := reader.peek(ahead):
        depth += (token == "(") - (token == ")")
        ahead += 1
        if depth == 0:
            break
    return reader.peek(ahead) == ")"


def operand(reader: Reader) -> tuple[Operand, str]:
    """Compile a name, a value or a size; return it with its text."""
    if reader.peek() == "size" and reader.peek(1) == "(":
        reader.take()
        reader.expect("(")
        name = reader.name()
        reader.expect(")")
        return (lambda item, _values: _size(item.get(name))), f"size({name})"
    if reader.peek().startswith(":"):
        given = reader.value()
        return (lambda _item, values: values[given]), given
    name = reader.name()
    return (lambda item, _values: item.get(name)), name


def _size(value: Value | None) -> Value | None:
    if value is None:
        return None
    ((kind, held),) = value.items()
    return {"N": str(len(held))} if kind in {"S", "B", "L", "M", *SETS} else None


def _comparison(reader: Reader) -> Condition:
    left, text = operand(reader)
    sign = reader.take().upper()
    if sign == "BETWEEN":
        low, _ = operand(reader)
        reader.expect("AND")
        high, _ = operand(reader)
        at_least, at_most = _ordered(">=", left, low), _ordered("<=", left, high)
        return lambda item, values: at_least(item, values) & at_most(item, values)
    if sign == "IN":
        return _one_of(reader, left)
    right, other = operand(reader)
    if text == other:
        raise reader.wrong(
            "The first operand must be distinct from the remaining operands for this operator or"
            f" function; operator: {sign}, first operand: [{text}]"
        )
    if sign == "=":
        return lambda item, values: _equal(left(item, values), right(item, values))
    if sign == "<>":
        return lambda item, values: not _equal(left(item, values), right(item, values))
    if sign in _ORDERS:
        return _ordered(sign, left, right)
    raise reader.wrong(f'Syntax error; token: "{sign}"')


def _equal(one: Value | None, other: Value | None) -> bool:
    # What is not there equals nothing, and so differs from everything.
    return one is not None and other is not None and same(one, other)


def _ordered(sign: str, left: Operand, right: Operand) -> Condition:
    compare = _ORDERS[sign]

    def holds(item: Item, values: Values) -> bool:
        one, other = left(item, values), right(item, values)
        if other is not None and kind_of(other) not in _ORDERED:
            raise _wrong_type(sign, other)
        if one is None or other is None:
            return False
        kind = kind_of(one)
        if kind not in _ORDERED or kind not in other:
            return False
        if kind == "N":
            return compare(int(one["N"]), int(other["N"]))
        return compare(one[kind], other[kind])

    return holds


def _wrong_type(name: str, value: Value) -> Exception:
    return invalid(
        "Invalid ConditionExpression: Incorrect operand type for operator or function;"
        f" operator or function: {name}, operand type: {WORDS[kind_of(value)]}"
    )


def _one_of(reader: Reader, left: Operand) -> Condition:
    reader.expect("(")
    listed = [operand(reader)[0]]
    while reader.takes(","):
        listed.append(operand(reader)[0])
    reader.expect(")")
    if len(listed) > _MOST_IN_A_LIST:
        raise reader.wrong("Too many operands for the IN operator")
    return lambda item, values: any(
        _equal(left(item, values), each(item, values)) for each in listed
    )


def _exists(reader: Reader) -> Condition:
    name = reader.name()
    return lambda item, _values: name in item


def _not_exists(reader: Reader) -> Condition:
    name = reader.name()
    return lambda item, _values: name not in item


def _begins_with(reader: Reader) -> Condition:
    name = reader.name()
    reader.expect(",")
    given = reader.value()

    def holds(item: Item, values: Values) -> bool:
        start, value = values[given], item.get(name)
        if "S" not in start:
            raise _wrong_type("begins_with", start)
        return value is not None and "S" in value and value["S"].startswith(start["S"])

    return holds


def _contains(reader: Reader) -> Condition:
    name = reader.name()
    reader.expect(",")
    part, _ = operand(reader)

    def holds(item: Item, values: Values) -> bool:
        whole, wanted = item.get(name), part(item, values)
        if whole is None or wanted is None:
            return False
        kind = kind_of(whole)
        if kind == "L":
            return any(same(each, wanted) for each in whole["L"])
        held = wanted.get(kind[0] if kind in SETS else kind)
        return kind in {"S", "B", *SETS} and held is not None and held in whole[kind]

    return holds


_FUNCTIONS: dict[str, Callable[[Reader], Condition]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "begins_with": _begins_with,
    "contains": _contains,
}
