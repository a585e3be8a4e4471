"""Which patterns are safe: what they let through, and how long the worst text takes them."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Iterator
from typing import Any

with warnings.catch_warnings():
    # Python's own reader of patterns; the old name of the module warns.
    warnings.simplefilter("ignore")
    from re import _parser  # type: ignore[attr-defined]

END = r"(?![\s\S])"
_LONGEST = 2000
_FIRST = 125
_SECONDS = 0.1
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}
_KEEP = "So that no text can keep the server busy, repeat single characters only."


def check(pattern: str, most: int | None = None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with *pattern* of a text of at most *most* characters, and what to do."""
    try:
        parsed = _parser.parse(pattern)
    except re.error:
        yield f"“{pattern}” is no pattern that Python reads.", "Correct it."
        return
    if pattern.endswith("$"):
        yield "a pattern that ends in $ lets a line break through.", f"End it with {END}."
    elif not pattern.endswith(END):
        yield "a pattern without an end lets anything follow.", f"End it with {END}."
    if not pattern.startswith("^"):
        yield "a pattern without a beginning lets anything come before.", "Begin it with ^."
    for short, instead in ((r"\d", "[0-9]"), (r"\w", "[A-Za-z0-9_]")):
        if short in pattern:
            yield f"{short} takes the digits and letters of every script.", f"Write {instead}."
    if _may_explode(parsed):
        yield "it repeats something that repeats or chooses by itself.", _KEEP
    elif _is_slow(re.compile(pattern), min(most or _LONGEST, _LONGEST), _pieces(pattern)):
        yield "some texts take it far longer than others.", _KEEP


def _may_explode(parsed: Any) -> bool:
    """
    Tell whether a repeated part can match one text in several ways: time doubles per character.

    Sound rather than sharp: what is repeated may neither choose nor repeat.
    """
    for operation, argument in parsed:
        name = str(operation)
        if name in _REPEATS:
            _, highest, body = argument
            if highest > 1 and any(_is_ambiguous(each) for each in body):
                return True
            if _may_explode(body):
                return True
        elif any(_may_explode(inner) for inner in _inner(argument)):
            return True
    return False


def _is_ambiguous(step: Any) -> bool:
    operation, argument = step
    name = str(operation)
    if name == "BRANCH" or name.startswith("GROUPREF"):
        return True
    if name in _REPEATS and argument[0] != argument[1]:
        return True
    return any(_is_ambiguous(each) for inner in _inner(argument) for each in inner)


def _inner(argument: Any) -> Iterator[Any]:
    """Yield the sequences of steps inside an argument of a step."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _inner(each)


def _pieces(pattern: str) -> list[str]:
    """Return characters that the pattern is about, and some that it may not be."""
    own = {
        each for each in re.sub(r"\\u[0-9A-Fa-f]{4}|\\.", "", pattern) if each not in "^$()[]*+?"
    }
    return sorted({"a", "A", "0", ".", "-", " ", "a.", "a-", "a@", *own})


def _is_slow(pattern: re.Pattern[str], most: int, pieces: list[str]) -> bool:
    """
    Try texts that nearly fit, each longer than the last, and stop at the first that takes long.

    Whatever is left grows by a power, so doubling meets the limit before it becomes a wait.
    """
    length = min(_FIRST, most)
    while True:
        for piece in pieces:
            text = (piece * length)[:length]
            for worst in (f"{text}\u0000", f"a@{text}\u0000", f"+1{text}\u0000"):
                if _seconds(pattern, worst) > _SECONDS and _seconds(pattern, worst) > _SECONDS:
                    return True
        if length >= most:
            return False
        length = min(2 * length, most)


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    started = time.perf_counter()
    pattern.search(text)
    return time.perf_counter() - started
