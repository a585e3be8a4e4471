"""Whether a form says everything in each of its languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.forms.missing import missing
from infra.forms.seen import Schema, Seen, finding, leaf, subschemas
from intake.forms import read


def check(seen: Seen) -> Iterator[str]:
    """Yield what has no words, by locale."""
    own = f"forms/{seen.form.name}/"
    for locale in seen.form.meta["locales"]:
        file = seen.file(f"locales/{locale}.json")
        if not (seen.schemas / file).is_file():
            yield finding(file, "", "there is no such file.", "Copy en.json and translate it.")
            continue
        catalogue = seen.form.catalogues[locale]
        yield from _fields(seen, file, catalogue)
        yield from _errors(seen, file, catalogue)
        yield from _settings(seen, file, catalogue)
        for line in missing(seen.schemas, locale, seen.form.name):
            if line.startswith(own):
                yield f"{line}. Make the two files say the same."


def _fields(seen: Seen, file: str, catalogue: Mapping[str, Any]) -> Iterator[str]:
    words = catalogue.get("fields", {})
    asked = dict(seen.fields())
    for path, schema in asked.items():
        if not words.get(path, {}).get("label"):
            what = "the field has no label."
            yield finding(file, f"fields/{path}", what, 'Add {"label": "..."}.')
        for choice in _choices(schema):
            if not words.get(path, {}).get("options", {}).get(choice):
                what = f"the choice “{choice}” has no name."
                yield finding(file, f"fields/{path}/options", what, f'Add "{choice}": "...".')
    for path in _own(seen, file).get("fields", {}):
        if path not in asked:
            what = "the form asks for no such field."
            yield finding(file, f"fields/{path}", what, "Remove it, or correct its name.")


def _own(seen: Seen, file: str) -> Mapping[str, Any]:
    own: Mapping[str, Any] = read(seen.schemas / file)
    return own


def _choices(schema: Schema) -> list[str]:
    one = leaf(schema) or {}
    return [] if "x-options" in one else list(one.get("enum", ()))


def _errors(seen: Seen, file: str, catalogue: Mapping[str, Any]) -> Iterator[str]:
    shared = catalogue.get("errors", {})
    fields = catalogue.get("fields", {}).values()
    own = {key for words in fields for key in words.get("errors", {})}
    told = set()
    for _, schema in subschemas(seen.form.tree):
        key = schema.get("x-error")
        if key and key not in told and key not in shared and key not in own:
            told.add(key)
            what = f"nothing says what to do when “{key}” is broken."
            yield finding(file, f"errors/{key}", what, f'Add "{key}": "...".')


def _settings(seen: Seen, file: str, catalogue: Mapping[str, Any]) -> Iterator[str]:
    wanted = ["form/title", "form/intro", "form/need", "form/minutes"]
    wanted += [f"sections/{name}/title" for name in seen.form.meta["sections"]]
    wanted += [f"steps/{s['name']}" for s in seen.form.meta.get("steps", ()) if "name" in s]
    wanted += [f"requirements/{each['kind']}/name" for each in seen.form.requirements]
    for place in wanted:
        node: Any = catalogue
        for part in place.split("/"):
            node = node.get(part) if isinstance(node, Mapping) else None
        if not node:
            yield finding(file, place, "there is no text.", "Write it.")
