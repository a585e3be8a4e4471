"""What is wrong with a form, in words: file, place, what it is and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.forms import asking, keywords, names, settings, shape, wording
from infra.forms.seen import Seen, finding
from intake.forms import Forms, read

_SHARED = ("shared/definitions.json", "shared/clinical.json")


def check(schemas: Path, forms: Sequence[str] = ()) -> list[str]:
    """Return a line for all that is wrong with these *forms*, or with all that there is."""
    unreadable = list(_unreadable(schemas, forms))
    if unreadable:
        return unreadable
    lines: list[str] = []
    for file in () if forms else _SHARED:
        lines += _document(schemas, file)
    for name in forms or Forms(schemas).names():
        lines += _form(schemas, name)
    return list(dict.fromkeys(lines))


def _document(schemas: Path, file: str) -> Iterator[str]:
    """Yield what is wrong in one schema as it is written."""
    schema = read(schemas / file)
    yield from keywords.check(file, schemas / file, schema)
    yield from names.check(file, schema)


def _form(schemas: Path, name: str) -> Iterator[str]:
    file = f"forms/{name}/schema.json"
    if not (schemas / file).is_file():
        there = ", ".join(Forms(schemas).names())
        yield finding(f"forms/{name}", "", "there is no such form.", f"There are {there}.")
        return
    written, unset = list(_document(schemas, file)), list(_settings(schemas, name))
    yield from (*written, *unset)
    if any("leads nowhere" in line for line in written):
        return  # what it means can't be told
    seen = Seen(schemas, Forms(schemas).get(name))
    yield from names.check(file, seen.form.tree)
    yield from asking.check(seen)
    if unset:
        return  # what reads the settings takes them as they should be
    yield from settings.check(seen)
    yield from wording.check(seen)


def _settings(schemas: Path, name: str) -> Iterator[str]:
    file = f"forms/{name}/form.json"
    yield from shape.check(file, read(schemas / file))


def _unreadable(schemas: Path, forms: Sequence[str]) -> Iterator[str]:
    folders = [f"forms/{name}" for name in forms] or ["forms/*"]
    for pattern in ("shared", *folders):
        for path in sorted(schemas.glob(f"{pattern}/**/*.json")):
            try:
                read(path)
            except json.JSONDecodeError as error:
                file = path.relative_to(schemas).as_posix()
                what = f"this is no JSON: {error.msg}."
                yield finding(file, f"line {error.lineno}", what, "Correct it.")
