"""A form as its checks see it, and how a finding is put into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.forms import Form

Schema = Mapping[str, Any]

NAMED = {"properties", "$defs"}
ONE = {"items", "contains", "if", "then", "not"}
SEVERAL = {"allOf", "anyOf"}
# Where a schema only tells what to look for, and asks nobody anything.
CONDITIONS = {"if", "then", "not", "contains"}


@dataclass(frozen=True)
class Seen:
    """One form and where its files are."""

    schemas: Path
    form: Form

    def file(self, name: str) -> str:
        """Return what to call a file of this form."""
        return f"forms/{self.form.name}/{name}"

    def fields(self) -> Iterator[tuple[str, Schema]]:
        """Yield every field by its dotted path without indexes."""
        return fields(self.form.tree)


def finding(file: str, place: str, what: str, do: str) -> str:
    """Say in one line where something is wrong, what it is, and what to do."""
    return f"{file}, {place}: {what} {do}" if place else f"{file}: {what} {do}"


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every field of a resolved schema by its dotted path without indexes."""
    if path:
        yield path, schema
    inner = schema.get("properties") or schema.get("items", {}).get("properties", {})
    for name, each in inner.items():
        yield from fields(each, f"{path}.{name}" if path else name)


def subschemas(schema: Any, place: str = "#") -> Iterator[tuple[str, Schema]]:
    """Yield every schema inside *schema* with its place, as a JSON Pointer."""
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for keyword, inner in schema.items():
        if keyword in NAMED and isinstance(inner, Mapping):
            for name, each in inner.items():
                yield from subschemas(each, f"{place}/{keyword}/{name}")
        elif keyword in ONE:
            yield from subschemas(inner, f"{place}/{keyword}")
        elif keyword in SEVERAL and isinstance(inner, list):
            for n, each in enumerate(inner):
                yield from subschemas(each, f"{place}/{keyword}/{n}")


def leaf(schema: Schema) -> Schema | None:
    """Return what one answer to a field is, of a list of texts one text; None for groups."""
    kind = schema.get("type")
    if kind == "array":
        return leaf(schema.get("items", {}))
    return None if kind == "object" or "properties" in schema else schema
