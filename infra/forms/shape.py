"""Whether form.json has the settings that there are, each of the kind that the steps read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra.forms.seen import finding
from intake.pages.file_kinds import KINDS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LAST_HOUR = 23
# Two months: who has to wait longer takes the inquiry for lost.
_LONGEST_WAIT = 60


@dataclass(frozen=True)
class _Kind:
    """What a setting has to be, and how to say it."""

    fits: Callable[[Any], bool]
    said: str
    may_lack: bool = False


def _is_day(value: Any) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == str(value)
    except (TypeError, ValueError):
        return False


def _is_number(value: Any, least: int, most: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _lists(is_one: Callable[[Any], bool], *, least: int = 0) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list)
        and len(value) >= least
        and all(map(is_one, value))
        and len(value) == len({repr(each) for each in value})
    )


def _reads(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _or_null(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _any_list(value: Any) -> bool:
    return isinstance(value, list)


_TAG = _reads(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_NAME = _reads(r"[a-z][A-Za-z0-9_.-]*")
_PATHS = _Kind(_lists(_NAME), 'a list of names, such as ["clinical", "records"]')
_SETTINGS = {
    "version": _Kind(_is_day, "a day, such as 2026-11-23"),
    "active": _Kind(lambda value: isinstance(value, bool), "true or false"),
    "locales": _Kind(_lists(_TAG, least=1), 'a list of languages, such as ["en", "th"]'),
    "default_locale": _Kind(_TAG, "one of locales"),
    "next": _Kind(_or_null(_reads(r"https://[^\s/]+(/\S*)?")), "null or an address with https://"),
    "origins": _Kind(
        _or_null(_lists(_reads(r"https?://[^\s/]+"))),
        'null or a list of websites without a path, such as ["https://clinic.example"]',
    ),
    "honeypot": _Kind(_NAME, "a name that no question has"),
    "service": _Kind(lambda value: isinstance(value, Mapping), "an object with working_days, ..."),
    "sections": _PATHS,
    "steps": _Kind(_any_list, "a list of steps", may_lack=True),
    "requirements": _Kind(_any_list, "a list of records"),
    "consents": _Kind(_any_list, "a list of texts to consent to"),
}
_SERVICE = {
    "working_days": _Kind(_lists(_DAYS.__contains__, least=1), f"a list of {', '.join(_DAYS)}"),
    "answer_hour": _Kind(
        lambda value: _is_number(value, 0, _LAST_HOUR), f"an hour from 0 to {_LAST_HOUR}"
    ),
    "answer_within_working_days": _Kind(
        lambda value: _is_number(value, 0, _LONGEST_WAIT),
        f"a number of days from 0 to {_LONGEST_WAIT}",
    ),
}
_ENTRIES = {
    "steps": {
        "name": _Kind(_NAME, "a name", may_lack=True),
        "shows": _PATHS,
    },
    "requirements": {
        "kind": _Kind(_NAME, "the name of a record"),
        "need": _Kind(_NAME, "mandatory, expected or optional"),
        "max_bytes": _Kind(
            lambda value: _is_number(value, 1, float("inf")), "a number of bytes above 0"
        ),
        "types": _Kind(
            _lists(KINDS.__contains__, least=1),
            f"a list of file types that are checked: {', '.join(KINDS)}",
        ),
        # That it is missing is said with the window to take.
        "recency": _Kind(_or_null(_NAME), "null or a window of the policy", may_lack=True),
    },
    "consents": {
        "purpose": _Kind(_NAME, "the purpose of a text"),
        "need": _Kind(("required", "optional").__contains__, "required or optional"),
    },
}


def check(file: str, settings: Any) -> Iterator[str]:
    """Yield what is missing, misspelt or of the wrong kind in form.json."""
    if not isinstance(settings, Mapping):
        yield finding(file, "", "it is no object.", "Begin with the form.json of another form.")
        return
    yield from _group(file, "", settings, _SETTINGS)
    if isinstance(settings.get("service"), Mapping):
        yield from _group(file, "service/", settings["service"], _SERVICE)
    for name, wanted in _ENTRIES.items():
        entries = settings.get(name)
        for n, entry in enumerate(entries if isinstance(entries, list) else ()):
            yield from _group(file, f"{name}/{n}/", entry, wanted)
    default, locales = settings.get("default_locale"), settings.get("locales")
    if isinstance(locales, list) and isinstance(default, str) and default not in locales:
        what = f"the form is not offered in “{default}”."
        yield finding(file, "default_locale", what, "Name one of locales.")


def _group(file: str, within: str, group: Any, wanted: Mapping[str, _Kind]) -> Iterator[str]:
    if not isinstance(group, Mapping):
        what = f"it is not an object with {', '.join(wanted)}."
        yield finding(file, within.rstrip("/"), what, "Write one.")
        return
    for name in group:
        if name not in wanted:
            do = f"Remove it, or take one of {', '.join(wanted)}."
            yield finding(file, f"{within}{name}", "there is no such setting.", do)
    for name, kind in wanted.items():
        if name not in group and not kind.may_lack:
            yield finding(file, f"{within}{name}", "it is missing.", f"Write {kind.said}.")
        elif name in group and not kind.fits(group[name]):
            yield finding(file, f"{within}{name}", f"it is not {kind.said}.", "Correct it.")
