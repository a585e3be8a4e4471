"""
A JSON parser for bodies from strangers: everything that breaks a later step is refused here.

Python's own takes NaN, duplicate keys, lone surrogates and numbers of any length; each of them
was accepted somewhere and crashed a write afterwards.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from intake.errors import MalformedError

MAX_DEPTH = 16
MAX_ITEMS = 200  # of one array or object; the longest array a form allows is 60
MAX_STRING = 8_000  # characters; the longest text a form allows is 2,000
MAX_INTEGER_DIGITS = 15  # exact as a double in every client
# Half a character: UTF-8 can't write it, so it would crash a later step. Controls and other
# unwanted characters are left to schema and rules, which can name the field.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(body: bytes) -> Any:
    """Parse UTF-8 JSON, or raise MalformedError without a word of what the body says."""
    try:
        parsed = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_float,
        )
    except (ValueError, RecursionError):
        raise MalformedError from None
    check(parsed)
    return parsed


def check(value: Any, depth: int = 0) -> None:
    """
    Refuse trees that are too deep or wide, and text that is too long or can't be written.

    jsonschema runs `pattern` and `uniqueItems` on values that `maxLength` and `maxItems` refuse
    already when it collects all errors, so these bounds have to hold before it is asked.
    """
    if depth > MAX_DEPTH:
        raise MalformedError
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, (list, dict)):
        if len(value) > MAX_ITEMS:
            raise MalformedError
        for item in value.items() if isinstance(value, dict) else value:
            name, inner = item if isinstance(value, dict) else ("", item)
            _check_text(name)
            check(inner, depth + 1)


def _check_text(text: str) -> None:
    if len(text) > MAX_STRING or _LONE_SURROGATE.search(text):
        raise MalformedError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError
    return parsed


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise ValueError
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError
    return number


def _refuse(_constant: str) -> NoReturn:
    raise ValueError
