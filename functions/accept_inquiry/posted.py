"""What was posted, whatever its content type: answers, files, and fields that only steer."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accept_inquiry.body import MAX_FIELDS, MAX_TEXT, Part, multipart, urlencoded
from intake.errors import (
    EmptyError,
    MalformedError,
    Problem,
    TooLargeError,
    UnsupportedTypeError,
)
from intake.forms import Form
from intake.http import JSON, Request
from intake.reading import strict_json
from intake.reading.answers import STEERING, decode, split_control_fields

# An event of 6 MB with base64 leaves 4.5 MiB; 4 MB is what we tell people.
MAX_BODY = 4_000_000
# Python raises for numbers of more than 4,300 digits, and a field's name may have 8,000.
_MOST_DIGITS = 9
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class PostedFile:
    """One file of a post. `record` is the position of the announced record that it belongs to."""

    record: int
    requirement: str
    name: str = field(repr=False)
    content_type: str
    content: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> bytes:
        """The SHA-256 of the content."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True)
class Posted:
    """One post, read. `controls` holds the fields that steer and are never stored."""

    answers: dict[str, Any] = field(repr=False)
    files: tuple[PostedFile, ...]
    controls: Mapping[str, str] = field(repr=False)
    ignored: tuple[str, ...] = ()  # names of control fields that we never obey
    problems: tuple[Problem, ...] = ()  # files without a record


def read(form: Form, request: Request) -> Posted:
    """Read the body, or refuse it without a word of what it says."""
    if (_number(request.headers.get("content-length", "")) or 0) > MAX_BODY:
        raise TooLargeError(limit=MAX_BODY)
    body = request.body
    if len(body) > MAX_BODY:
        raise TooLargeError(limit=MAX_BODY)
    if not body.strip():
        raise EmptyError
    if request.content_type == JSON:
        return _from_json(form, body)
    if request.content_type == _URLENCODED:
        return _from_fields(form, urlencoded(body), [])
    if request.content_type == _MULTIPART:
        fields, parts = multipart(body, request.headers["content-type"])
        return _from_fields(form, fields, parts)
    raise UnsupportedTypeError


def _from_json(form: Form, body: bytes) -> Posted:
    if len(body) > MAX_TEXT:
        raise TooLargeError(limit=MAX_TEXT)
    parsed = strict_json.loads(body)
    if not isinstance(parsed, dict):
        raise MalformedError
    texts = [(name, value) for name, value in parsed.items() if isinstance(value, str)]
    controls, rest, ignored = split_control_fields(texts, form.meta["honeypot"])
    # Whatever its type, a field that steers is no answer; but only a text can steer.
    steering = {*STEERING, form.meta["honeypot"], *(name for name, _ in texts)}
    kept = {name for name, _ in rest} | (parsed.keys() - steering)
    answers = {name: value for name, value in parsed.items() if name in kept}
    nested = _nested(answers)
    if not nested:
        raise EmptyError
    return Posted(_normal(nested), (), controls, tuple(ignored))


def _from_fields(form: Form, fields: Sequence[tuple[str, str]], parts: Sequence[Part]) -> Posted:
    controls, rest, ignored = split_control_fields(fields, form.meta["honeypot"])
    # Our script sends files after the text, and names the inputs that hold some: a card with a
    # file is filled in, whether or not the file came along.
    to_come = controls.get("_files", "").split()[:MAX_FIELDS]
    decoded = decode(form, rest, [*(part.field for part in parts), *to_come])
    strict_json.check(decoded.answers)
    if not decoded.answers:
        raise EmptyError
    files, problems = _files(form, decoded.answers, decoded.files, parts)
    return Posted(_normal(decoded.answers), files, controls, tuple(ignored), problems)


def _normal(value: Any) -> Any:
    """Bring text into Unicode NFC, so that equal-looking answers are equal."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_normal(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _normal(inner) for name, inner in value.items()}
    return value


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Read dotted names ("patient.full_name") as the nesting that they mean."""
    if not any("." in name for name in flat):
        return flat
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *parents, last = name.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise MalformedError
        if last in place:
            raise MalformedError
        place[last] = value
    strict_json.check(nested)
    lists: dict[str, Any] = _with_lists(nested)
    return lists


def _with_lists(value: Any) -> Any:
    """Turn objects whose names are 0, 1, 2 ... into arrays."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(item) for name, item in value.items()}
    if inner and all(_number(name) is not None for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _files(
    form: Form, answers: Mapping[str, Any], names: Mapping[str, str], parts: Sequence[Part]
) -> tuple[tuple[PostedFile, ...], tuple[Problem, ...]]:
    """
    Give each file its record: "records.0.file", or the first announced of a requirement.

    A file that finds none is a problem: to drop it would lose what somebody handed in.
    """
    records = answers.get("records", [])
    requirements = [
        record.get("requirement") if isinstance(record, dict) else None
        for record in (records if isinstance(records, list) else [])
    ]
    kinds = {requirement["kind"] for requirement in form.requirements}
    files = []
    lost: set[str] = set()
    for part in parts:
        record = _record_of(names.get(part.field, part.field), requirements)
        if record is None:
            # The name of an unknown field is not repeated: it may be anything.
            lost.add(part.field if part.field in kinds else "")
            continue
        requirement = str(requirements[record])
        files.append(PostedFile(record, requirement, part.name, part.content_type, part.content))
    rule = "file_without_record"
    return tuple(files), tuple(Problem(at, rule, rule.upper(), rule) for at in sorted(lost))


def _record_of(name: str, requirements: Sequence[Any]) -> int | None:
    if name in requirements:
        return requirements.index(name)
    start, _, rest = name.partition(".")
    place, _, end = rest.partition(".")
    position = _number(place)
    if position is None or position >= len(requirements):
        return None
    return position if start == "records" and end == "file" else None


def _number(text: str) -> int | None:
    """Return the number that *text* writes in plain digits; None also where it is absurdly long."""
    is_plain = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_plain else None
