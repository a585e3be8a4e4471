"""What a script may ask to have signed: six shapes, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from intake.errors import MalformedError, NotSignedError, UnknownRequirementError

_MOST_NAME = 255
_MOST_UPLOAD_ID = 1024
# What browsers say of a file whose type they do not know, such as DICOM.
UNKNOWN_TYPE = "application/octet-stream"
_PATH = re.compile(r"[/\\]")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,90}")


class Step(Enum):
    """What is to be done to a multipart upload that was begun."""

    PART = "part"
    PARTS = "parts"
    COMPLETE = "complete"
    ABORT = "abort"


_STEPS = {
    ("PUT", True): Step.PART,
    ("GET", False): Step.PARTS,
    ("POST", False): Step.COMPLETE,
    ("DELETE", False): Step.ABORT,
}


@dataclass(frozen=True)
class Beginning:
    """A file that a script wants to send, whole or in parts."""

    client_key: str = field(repr=False)  # the client's own id of it, often with its name in it
    in_parts: bool
    requirement: str
    record: int | None
    name: str = field(repr=False)
    size: int
    declared_type: str


@dataclass(frozen=True)
class Continuation:
    """One step of a multipart upload, as the client names it: nothing here is believed yet."""

    step: Step
    key: str
    upload_id: str
    part: int = 0


def read(body: Any) -> Beginning | Continuation:
    """
    Return which of the six shapes *body* is; raise NotSignedError for any other.

    What a client adds to a shape is ignored: pages send the same fields with every request.
    """
    if not isinstance(body, dict):
        raise MalformedError
    given = {name: value for name, value in body.items() if value is not None}
    method, key = given.get("method"), given.get("key")
    if not isinstance(method, str) or not isinstance(key, str) or not key:
        raise MalformedError
    if "uploadId" in given:
        return _continuation(given, method, key)
    if method not in {"PUT", "POST"} or "partNumber" in given:
        raise NotSignedError
    return _beginning(given, key, in_parts=method == "POST")


def _continuation(given: Mapping[str, Any], method: str, key: str) -> Continuation:
    step = _STEPS.get((method, "partNumber" in given))
    upload_id, part = given["uploadId"], given.get("partNumber", 0)
    if step is None or not isinstance(upload_id, str) or not 0 < len(upload_id) <= _MOST_UPLOAD_ID:
        raise NotSignedError
    if not _is_count(part):
        raise NotSignedError
    return Continuation(step, key, upload_id, part)


def _beginning(given: Mapping[str, Any], key: str, *, in_parts: bool) -> Beginning:
    size, record = given.get("size", -1), given.get("record")
    name, type_ = given.get("name", ""), given.get("type", "")
    if not _is_count(size) or not isinstance(name, str) or not isinstance(type_, str):
        raise MalformedError
    requirement = given.get("slot")
    if not isinstance(requirement, str) or not (record is None or _is_count(record)):
        raise UnknownRequirementError
    return Beginning(key, in_parts, requirement, record, plain_name(name), size, media_type(type_))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def plain_name(name: str) -> str:
    """
    Return a file's name for display: no folders, nothing invisible, no change of direction.

    The end is kept when it is too long: that is where the extension is.
    """
    last = _PATH.split(unicodedata.normalize("NFC", name))[-1]
    shown = "".join(each if each.isprintable() else "_" for each in last)
    return shown.strip()[-_MOST_NAME:]


def media_type(declared: str) -> str:
    """Return the media type without parameters, or what browsers say when they know none."""
    bare = declared.partition(";")[0].strip().lower()
    return bare if _MEDIA_TYPE.fullmatch(bare) else UNKNOWN_TYPE
