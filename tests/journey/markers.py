"""Markers: one for each thing that somebody typed, and a search that finds any of them again."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from intake import contract
from intake.forms import Form
from tests.pipeline import NOW

_WORD = "kanarie"
# A word, a telephone number, or a day of a time when nothing in our examples happened.
_CORE = re.compile(rf"{_WORD}[0-9]{{4,}}x|\+66812[0-9]{{4,}}97|19[45][0-9]-[01][0-9]-[0-3][0-9]")


class Markers:
    """Makes markers and remembers whose they are."""

    def __init__(self) -> None:
        self.owner: dict[str, str] = {}

    def mark(self, field: str, shape: Callable[[str], str] = str) -> str:
        """Return a new text for *field*; *shape* makes an address or a file's name of it."""
        text = shape(f"{_WORD}{len(self.owner):04d}x")
        self.owner[_core(text)] = field
        return text

    def forget(self, text: str) -> None:
        """Take back a marker that nobody typed after all."""
        del self.owner[_core(text)]

    def found_in(self, text: str) -> set[str]:
        """Return the fields whose marker stands in *text*: as it is, or in base64."""
        found = {self.owner.get(core, core) for core in self.cores_in(text)}
        if any(coded in text for coded in _IN_BASE64):
            found.add("something, in base64")
        return found

    def cores_in(self, text: str) -> set[str]:
        """Return the markers themselves that stand in *text*, without what was around them."""
        return set(_CORE.findall(text.casefold()))

    def everywhere(self, form: Form, value: Any, path: str = "") -> Any:
        """Return *value* with a marker for every leaf, whatever its type, and in unknown fields."""
        if isinstance(value, Mapping):
            inner = {
                name: self.everywhere(form, item, f"{path}.{name}" if path else name)
                for name, item in value.items()
            }
            return inner | {self.mark(f"{path}: unknown name"): self.mark(f"{path}: unknown value")}
        if isinstance(value, list):
            return [self.everywhere(form, item, path) for item in value]
        return self.mark(path)

    def wherever_it_is_valid(self, form: Form, answers: dict[str, Any]) -> dict[str, Any]:
        """Return *answers* with a marker in every leaf that may hold one and stay acceptable."""
        marked = copy.deepcopy(answers)
        for node, key, path in _leaves(marked):
            before = node[key]
            for shape in _SHAPES if isinstance(before, str) else ():
                node[key] = self.mark(path, shape)
                if _is_valid(form, marked):
                    break
                self.forget(node[key])
                node[key] = before
        return marked


def _core(text: str) -> str:
    found = _CORE.search(text)
    assert found, text
    return found.group()


def _address(word: str) -> str:
    return f"{word}@patient.example"


def _phone(word: str) -> str:
    return f"+66812{word.removeprefix(_WORD)[:-1]}97"


def _day(word: str) -> str:
    n = int(word.removeprefix(_WORD)[:-1])
    return f"19{43 + n // 300 % 8}-{n // 25 % 12 + 1:02d}-{n % 25 + 1:02d}"


_SHAPES: tuple[Callable[[str], str], ...] = (str, _address, _phone, _day)


def _base64_of(word: str) -> Iterator[str]:
    """Yield what base64 makes of *word*, wherever in the text it begins."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word.encode()).decode().rstrip("=")
        yield coded[(0, 2, 3)[before] : len(coded) - (len(coded) % 4 != 0)]


_IN_BASE64 = tuple(_base64_of(_WORD))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Yield each leaf's place, and its path without indexes."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        inner = f"{path}.{key}" if path and isinstance(key, str) else path or str(key)
        if isinstance(value[key], (dict, list)):
            yield from _leaves(value[key], inner)
        else:
            yield value, key, inner


def _is_valid(form: Form, answers: dict[str, Any]) -> bool:
    return not contract.all_problems(form, answers, NOW.date())


def free_texts(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the paths under which somebody may type what they like."""
    for name, inner in schema.get("properties", {}).items():
        yield from free_texts(inner, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from free_texts(schema["items"], path)
    closed = {"enum", "const", "x-options", "properties", "items"} & set(schema)
    allowed = re.compile(schema.get("pattern", ""))
    if schema.get("type") == "string" and not closed and allowed.search(f"{_WORD}0000x"):
        yield path


class _OutsideTheForm(HTMLParser):
    """Collects a page but for what its reader typed: values of inputs, and text areas."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._typed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._typed = self._typed or tag == "textarea"
        shown = [f"{name}={value}" for name, value in attrs if (tag, name) != ("input", "value")]
        self.said += [tag, *shown]

    def handle_endtag(self, tag: str) -> None:
        self._typed = self._typed and tag != "textarea"

    def handle_data(self, data: str) -> None:
        if not self._typed:
            self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.said.append(data)


def outside_the_form(page: str) -> str:
    """Return what a page says beside the fields that hold what its reader typed."""
    parser = _OutsideTheForm()
    parser.feed(page)
    parser.close()
    return "\n".join(parser.said)
