"""What a sender wants done, as a form's fields or as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header

from intake.aws.declared import upload_key
from intake.errors import (
    MalformedError,
    TooLargeError,
    UnknownRequirementError,
    UnsupportedTypeError,
)
from intake.http import JSON, Request
from intake.reading import strict_json

DECLARE, DONE, CONFIRM, TAKE_BACK = "declare", "done", "confirm", "take_back"
CORRECT, ADD, REVOKE, WITHDRAW = "correct_address", "add_note", "take_back_consent", "withdraw"
# What each change names besides itself. "sure" is said by the page that asks once more.
_CHANGES = {
    CORRECT: ("email", "seen"),
    ADD: ("message",),
    REVOKE: ("purpose", "sure"),
    WITHDRAW: ("sure",),
}
# The longest request is a text of 2,000 characters, each of which a form may write as twelve.
MAX_BODY = 32_000
_MOST_FIELDS = 20
_MOST_DIGITS = 4


@dataclass(frozen=True)
class Wish:
    """One of the things that the page's buttons do, or of what its script takes back."""

    do: str
    requirement: str = ""
    record: int | None = None
    upload: str = ""  # the key that a file was declared under
    said: Mapping[str, str] = field(default_factory=dict, repr=False)  # of a change, as typed

    @property
    def is_change(self) -> bool:
        """Whether it changes something that was sent before."""
        return self.do in _CHANGES


def read(request: Request) -> Wish:
    """Read the body, or refuse it without a word of what it says."""
    fields = _fields(request)
    do, record = fields.get("do"), fields.get("record")
    if do in (DONE, CONFIRM):  # a list in JSON can't be looked for in a set
        return Wish(str(do))
    if isinstance(do, str) and do in _CHANGES:
        return Wish(do, said=_said(fields, _CHANGES[do]))
    if do == TAKE_BACK:
        return Wish(TAKE_BACK, upload=_upload(fields))
    if do != DECLARE:
        raise MalformedError
    requirement = fields.get("requirement")
    if not isinstance(requirement, str):
        raise UnknownRequirementError
    return Wish(DECLARE, requirement, _record(record))


def _said(fields: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, str]:
    """Return what a change names; what a form leaves empty may be missing in JSON."""
    said = {name: fields.get(name, "") for name in names}
    if not all(isinstance(value, str) for value in said.values()):
        raise MalformedError
    if said.get("sure", "yes") != "yes":
        raise MalformedError
    return {name: unicodedata.normalize("NFC", value) for name, value in said.items()}


def _upload(fields: Mapping[str, Any]) -> str:
    """Return the key of a declared file, by what a script had signed."""
    key, slot, size = (fields.get(name) for name in ("key", "slot", "size"))
    is_count = isinstance(size, int) and not isinstance(size, bool)
    if not is_count or not isinstance(slot, str) or not isinstance(key, str) or not key:
        raise MalformedError
    return upload_key("file", slot, int(size or 0), key)


def json_body(request: Request) -> Any:
    """Return the JSON of a request; a form of another site can't send that type."""
    if request.content_type != JSON:
        raise UnsupportedTypeError
    return strict_json.loads(_body(request))


def _body(request: Request) -> bytes:
    body = request.body
    if len(body) > MAX_BODY:
        raise TooLargeError(limit=MAX_BODY)
    return body


def _fields(request: Request) -> Mapping[str, Any]:
    if request.content_type == JSON:
        parsed = json_body(request)
        if not isinstance(parsed, dict):
            raise MalformedError
        return parsed
    if request.content_type == "application/x-www-form-urlencoded":
        return _urlencoded(_body(request))
    if request.content_type == "multipart/form-data":
        return _multipart(_body(request), request.headers["content-type"])
    raise UnsupportedTypeError


def _urlencoded(body: bytes) -> Mapping[str, str]:
    try:
        text = body.decode("utf-8")
        return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError:
        raise MalformedError from None


def _multipart(body: bytes, content_type: str) -> Mapping[str, str]:
    _, options = parse_options_header(content_type)
    try:
        parts = MultipartParser(
            BytesIO(body), options.get("boundary", ""), part_limit=_MOST_FIELDS
        ).parts()
        # Not in the charset that a part names: some of them spell what is no text.
        return {part.name: part.raw.decode("utf-8") for part in parts if not part.filename}
    except (MultipartError, ValueError):
        raise MalformedError from None


def _record(given: Any) -> int | None:
    if given is None or given == "":
        return None
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    is_plain = isinstance(given, str) and given.isascii() and given.isdigit()
    if not is_plain or len(given) > _MOST_DIGITS:
        raise UnknownRequirementError
    return int(given)
