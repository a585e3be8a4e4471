"""Addresses that are there, but were asked with another method: which methods they have."""

from __future__ import annotations

import re

# As the template's routes, to which the API's document holds them.
ALLOWED = {
    "/f/{form}": "GET, POST",
    "/u/{token}": "GET, POST",
    "/u/{token}/sign": "POST",
    "/cases": "GET",
    "/cases/{case}/open": "POST",
    "/cases/{case}/files/{n}/open": "POST",
    "/cases/{case}/actions": "POST",
    "/team": "GET",
    "/site/{file}": "GET",
    "/openapi.json": "GET",
}
_PATTERNS = [
    (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), allow)
    for path, allow in ALLOWED.items()
]


def allowed(path: str) -> str | None:
    """Return the methods of an address, as an Allow header lists them; None where nothing is."""
    return next((allow for pattern, allow in _PATTERNS if pattern.fullmatch(path)), None)
