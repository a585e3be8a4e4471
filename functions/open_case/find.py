"""Which case is meant: people type references as they hear them, operators paste ids from logs."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from intake.aws.casework import Position
from intake.errors import NotFoundError
from intake.inquiry import ID_LENGTH
from intake.reference import is_reference

_ID = re.compile(rf"[a-z2-7]{{{ID_LENGTH}}}")
# Whatever stands between the characters of a reference that was dictated, typed or copied.
_BETWEEN = re.compile(r"[\s\u00ad\u2010-\u2015\u2212._-]+")
_PREFIX, _HALF = "INQ", 4
_LONGEST = 60  # far more than a reference with every character apart
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_POSITION = re.compile(rf"({_MOMENT}#INQ-[0-9A-Z]{{4}}-[0-9A-Z]{{4}})#([a-z2-7]{{{ID_LENGTH}}})")
_LONGEST_CURSOR = 200


def inquiry_id(typed: str) -> str | None:
    """Return *typed* if it can be an inquiry's id."""
    return typed if _ID.fullmatch(typed) else None


def reference(typed: str) -> str | None:
    """Return the reference that *typed* means, in its own spelling; None if it can't be one."""
    if len(typed) > _LONGEST:
        return None
    whole = _BETWEEN.sub("", unquote(typed)).upper().removeprefix(_PREFIX)
    spelt = f"{_PREFIX}-{whole[:_HALF]}-{whole[_HALF:]}"
    return spelt if is_reference(spelt) else None


def cursor(position: Position | None) -> str | None:
    """Return what the page sends back for the next rows; it holds nothing that they do not show."""
    if position is None:
        return None
    text = f"{position.order}#{position.inquiry}".encode("ascii")
    return base64.urlsafe_b64encode(text).decode("ascii").rstrip("=")


def position(given: str | None) -> Position | None:
    """
    Read a `cursor`; raise NotFoundError for what is none.

    It names no list: a place from another form's list is only a place in this one.
    """
    if given is None:
        return None
    try:
        padded = given[:_LONGEST_CURSOR].encode("ascii") + b"=" * (-len(given) % 4)
        text = base64.b64decode(padded, b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise NotFoundError from None
    found = _POSITION.fullmatch(text)
    if found is None:
        raise NotFoundError
    return Position(found[1], found[2])
