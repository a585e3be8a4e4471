"""The formats that our schemas name, each checked for what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MAILBOX = re.compile(r"[^\s@]+@[^\s@]+")


def is_date(value: Any) -> bool:
    """RFC 3339 full-date. Python's own reader also takes 20261122 and 2026-W47-7."""
    return not isinstance(value, str) or (bool(_DATE.fullmatch(value)) and _exists(value))


def is_partial_date(value: Any) -> bool:
    """FHIR's date: a year, a month or a day that exists (no 2026-02-31)."""
    if not isinstance(value, str):
        return True
    parts = _PARTIAL_DATE.fullmatch(value)
    return bool(parts) and _exists(value + "-01-01"[len(value) - 4 :])


def is_email(value: Any) -> bool:
    """One address and nothing else; jsonschema's own check only looks for an @."""
    if not isinstance(value, str):
        return True
    # Two steps: one pattern would try all the dots of a long text, each for each.
    host = value.partition("@")[2]
    return bool(_MAILBOX.fullmatch(value)) and "." in host[1:-1]


FORMATS: Mapping[str, Callable[[Any], bool]] = {
    "date": is_date,
    "partial-date": is_partial_date,
    "email": is_email,
}


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
