"""What is wrong with a form, in words: file, place, what it is and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.forms import asking, keywords, settings, wording
from infra.forms.seen import Seen, finding
from intake.forms import Forms, read

_SHARED = ("shared/definitions.json", "shared/clinical.json")


def check(schemas: Path, names: Sequence[str] = ()) -> list[str]:
    """Return a line for all that is wrong with the forms *names*, or with all that there is."""
    unreadable = list(_unreadable(schemas, names))
    if unreadable:
        return unreadable
    lines: list[str] = []
    for file in () if names else _SHARED:
        lines += keywords.check(file, schemas / file, read(schemas / file))
    for name in names or Forms(schemas).names():
        lines += _form(schemas, name)
    return list(dict.fromkeys(lines))


def _form(schemas: Path, name: str) -> Iterator[str]:
    file = f"forms/{name}/schema.json"
    if not (schemas / file).is_file():
        there = ", ".join(Forms(schemas).names())
        yield finding(f"forms/{name}", "", "there is no such form.", f"There are {there}.")
        return
    written = list(keywords.check(file, schemas / file, read(schemas / file)))
    yield from written
    if any("leads nowhere" in line for line in written):
        return  # what it means can't be told
    seen = Seen(schemas, Forms(schemas).get(name))
    yield from settings.check(seen)
    yield from asking.check(seen)
    yield from wording.check(seen)


def _unreadable(schemas: Path, names: Sequence[str]) -> Iterator[str]:
    folders = [f"forms/{name}" for name in names] or ["forms/*"]
    for pattern in ("shared", *folders):
        for path in sorted(schemas.glob(f"{pattern}/**/*.json")):
            try:
                read(path)
            except json.JSONDecodeError as error:
                file = path.relative_to(schemas).as_posix()
                what = f"this is no JSON: {error.msg}."
                yield finding(file, f"line {error.lineno}", what, "Correct it.")
