"""Update expressions, compiled once to a closure that makes the new item of the old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.cloud.conditions import Values
from tests.faults.cloud.errors import bad_parameter, invalid
from tests.faults.cloud.reading import Reader
from tests.faults.cloud.values import SETS, WORDS, Item, Value, copied_value, kind_of

_Made = Callable[[Item, Values], "Value"]
_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


@dataclass
class Update:
    """What an update writes, each from the item as it was before."""

    sets: dict[str, _Made]
    adds: dict[str, str]
    removes: tuple[str, ...]

    @property
    def written(self) -> tuple[str, ...]:
        """Return the names that have a value afterwards."""
        return (*self.sets, *self.adds)

    @property
    def touched(self) -> tuple[str, ...]:
        """Return all names."""
        return (*self.sets, *self.adds, *self.removes)

    def apply(self, old: Item, values: Values) -> dict[str, Any]:
        """Return the new item; it shares what did not change with *old*."""
        new = dict(old)
        for name, made in self.sets.items():
            new[name] = made(old, values)
        for name, given in self.adds.items():
            new[name] = _sum(old.get(name), values[given])
        for name in self.removes:
            new.pop(name, None)
        return new


def update(reader: Reader) -> Update:
    """Compile what *reader* holds, up to its end."""
    found = Update({}, {}, ())
    seen: set[str] = set()
    while clause := reader.word():
        if clause not in _CLAUSES:
            raise reader.unexpected()
        if clause in seen:
            raise reader.wrong(
                f'The "{clause}" section can only be used once in an update expression;'
            )
        seen.add(clause)
        reader.take()
        if clause == "DELETE":
            raise NotImplementedError("DELETE in an update expression")
        _part(reader, clause, found)
        while reader.takes(","):
            _part(reader, clause, found)
    names = found.touched
    if len(set(names)) != len(names):
        raise reader.wrong(
            "Two document paths overlap with each other; must remove or rewrite one of these paths"
        )
    return found


def _part(reader: Reader, clause: str, found: Update) -> None:
    name = reader.name()
    if clause == "REMOVE":
        found.removes += (name,)
        return
    if clause == "ADD":
        target: dict[str, Any] = found.adds
        made: Any = reader.value()
    else:
        reader.expect("=")
        target, made = found.sets, _assigned(reader)
    if name in target:
        raise reader.wrong(
            "Two document paths overlap with each other; must remove or rewrite one of these paths"
        )
    target[name] = made


def _assigned(reader: Reader) -> _Made:
    first = _operand(reader)
    for sign, factor in (("+", 1), ("-", -1)):
        if reader.takes(sign):
            second = _operand(reader)
            return _arithmetic(first, second, sign, factor)
    return first


def _arithmetic(first: _Made, second: _Made, sign: str, factor: int) -> _Made:
    def made(item: Item, values: Values) -> Value:
        one, other = first(item, values), second(item, values)
        for each in (one, other):
            if "N" not in each:
                raise invalid("An operand in the update expression has an incorrect data type")
        return {"N": str(int(one["N"]) + factor * int(other["N"]))}

    made.__name__ = f"arithmetic{sign}"
    return made


def _operand(reader: Reader) -> _Made:
    token = reader.peek()
    if reader.peek(1) == "(":
        if token != "if_not_exists":
            raise NotImplementedError(f"{token} in an update expression")
        return _if_not_exists(reader)
    if token.startswith(":"):
        given = reader.value()
        return lambda _item, values: copied_value(values[given])
    name = reader.name()

    def kept(item: Item, _values: Values) -> Value:
        if name not in item:
            raise invalid(
                "The provided expression refers to an attribute that does not exist in the item"
            )
        return item[name]

    return kept


def _if_not_exists(reader: Reader) -> _Made:
    reader.take()
    reader.expect("(")
    name = reader.name()
    reader.expect(",")
    otherwise = _operand(reader)
    reader.expect(")")

    def made(item: Item, values: Values) -> Value:
        kept = item.get(name)
        return otherwise(item, values) if kept is None else kept

    return made


def _sum(old: Value | None, more: Value) -> Value:
    kind = kind_of(more)
    if kind != "N" and kind not in SETS:
        raise invalid(
            "Invalid UpdateExpression: Incorrect operand type for operator or function;"
            f" operator: ADD, operand type: {WORDS[kind]}"
        )
    if kind in SETS and not more[kind]:
        raise bad_parameter(f"An {SETS[kind]} set  may not be empty")
    if old is None:
        return copied_value(more)
    if kind not in old:
        raise invalid("An operand in the update expression has an incorrect data type")
    if kind == "N":
        return {"N": str(int(old["N"]) + int(more["N"]))}
    return {kind: sorted({*old[kind], *more[kind]})}
