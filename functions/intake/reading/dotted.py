"""Posted fields as a tree of dotted names, before any schema says what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from intake.errors import MalformedError

# Far above what any form offers (60 records); a bound, so that a name can't cost memory.
MOST_ITEMS = 100
DEEPEST_NAME = 12

ABSENT: Any = object()


@dataclass
class Node:
    """What was posted under one dotted name: values, names of file parts, and names below it."""

    values: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)

    @classmethod
    def tree(cls, fields: Iterable[tuple[str, str]], file_names: Iterable[str]) -> Node:
        """Build the tree. Raises MalformedError for a name that is too deep."""
        root = cls()
        for name, value in fields:
            root._at(name).values.append(value)
        for name in file_names:
            root._at(name).files.append(name)
        return root

    def _at(self, name: str) -> Node:
        segments = name.split(".")
        if len(segments) > DEEPEST_NAME:
            raise MalformedError
        node = self
        for segment in segments:
            node = node.children.setdefault(segment, Node())
        return node

    def below(self, names: Iterable[str]) -> bool:
        """Tell whether one of *names* was posted directly below this one."""
        return not self.children.keys().isdisjoint(names)

    def numbered(self) -> list[Node]:
        """Return the children by index. Raises MalformedError if one is no small index."""
        found = {}
        for name, child in self.children.items():
            if not (name.isascii() and name.isdigit() and int(name[:4]) < MOST_ITEMS):
                raise MalformedError
            found[int(name[:4])] = child
        if len(found) < len(self.children):  # "1" and "01"
            raise MalformedError
        return [found[index] for index in sorted(found)]

    @property
    def holds_files(self) -> bool:
        """Whether a file was posted under this name or below it."""
        return bool(self.files) or any(child.holds_files for child in self.children.values())

    @property
    def only(self) -> str:
        """The one value. Raises MalformedError if there are several, or names below."""
        if self.children or len(self.values) > 1:
            raise MalformedError
        return self.values[0] if self.values else ""

    @property
    def plain(self) -> Any:
        """Everything as the text that it was, or ABSENT if only files were posted."""
        if self.values and self.children:
            raise MalformedError
        if self.children:
            inner = {name: child.plain for name, child in self.children.items()}
            return {name: value for name, value in inner.items() if value is not ABSENT} or ABSENT
        if not self.values:
            return ABSENT
        return self.values[0] if len(self.values) == 1 else list(self.values)
