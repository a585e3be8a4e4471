"""Schemas as one tree: every $ref replaced by what it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


class Resolver:
    """
    Replaces every $ref by what it names; keywords beside it win (JSON Schema 2020-12, 8.2.3.1).

    Refs are relative file paths with JSON Pointers, so that nothing is ever fetched, and our
    schemas do not refer to themselves.
    """

    def __init__(self, read: Callable[[Path], Any]) -> None:
        """Read documents with *read*, each once."""
        self._read = read
        self._documents: dict[Path, Any] = {}

    def resolve(self, path: Path) -> Any:
        """Return the schema at *path* as one tree."""
        return self._node(self._document(path), path)

    def _document(self, path: Path) -> Any:
        if path not in self._documents:
            self._documents[path] = self._read(path)
        return self._documents[path]

    def _node(self, node: Any, path: Path) -> Any:
        if isinstance(node, list):
            return [self._node(inner, path) for inner in node]
        if not isinstance(node, dict):
            return node
        beside = {
            name: self._node(inner, path)
            for name, inner in node.items()
            if name not in {"$ref", "$defs"}
        }
        return {**self._target(node["$ref"], path), **beside} if "$ref" in node else beside

    def _target(self, ref: str, path: Path) -> Any:
        place, _, pointer = ref.partition("#")
        target_path = (path.parent / place).resolve() if place else path
        target = self._document(target_path)
        for part in pointer.split("/")[1:]:
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return self._node(target, target_path)
