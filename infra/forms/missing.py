"""Which texts English has and a locale lacks, and the reverse, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babel import Locale

from intake.forms import read

# In a catalogue names may hold dots ("patient.full_name"), so a place is written with slashes.
_BETWEEN = "/"
_ONE = "_one"


def missing(schemas: Path, locale: str, form: str = "*") -> list[str]:
    """
    Return a line for each text that only one of the two catalogues has.

    What is counted has a text for each plural of its own language: Japanese has none besides the
    general one, Arabic five.
    """
    plurals = Locale.parse(locale, sep="-").plural_form.tags
    lines = []
    for folder in (schemas / "shared", *sorted(schemas.glob(f"forms/{form}"))):
        path = folder / "locales" / f"{locale}.json"
        place = path.relative_to(schemas).as_posix()
        if not path.is_file():
            lines.append(f"{place} is not there: copy en.json and translate it")
            continue
        wanted = _in_plurals(dict(texts(read(path.with_name("en.json")))), plurals)
        found = dict(texts(read(path)))
        lines += [f"{place} lacks {key}" for key in wanted if key not in found]
        lines += [
            f"{place} has {key}, which it need not have" for key in found if key not in wanted
        ]
    return lines


def texts(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield (place, text) of everything that a catalogue says."""
    if isinstance(node, Mapping):
        for name, inner in node.items():
            if place or name != "review":
                yield from texts(inner, f"{place}{_BETWEEN}{name}" if place else name)
    elif isinstance(node, list):
        for n, inner in enumerate(node):
            yield from texts(inner, f"{place}{_BETWEEN}{n}")
    else:
        yield place, node


def _in_plurals(english: Mapping[str, str], plurals: Iterable[str]) -> list[str]:
    """Return English's keys with the plurals of another language in place of English's own."""
    counted = {key.removesuffix(_ONE) for key in english if key.endswith(_ONE)} & set(english)
    keys: list[str] = []
    for key in english:
        if not (key.endswith(_ONE) and key.removesuffix(_ONE) in counted):
            keys.append(key)
        if key in counted:
            keys += [f"{key}_{plural}" for plural in sorted(plurals)]
    return keys
