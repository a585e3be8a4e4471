"""accept_inquiry: bodies that broke somebody's form handler before, each with its answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.handlers import blueprint
from tests.pipeline import Pipeline, pipeline
from tests.steps.hostile import EXAMPLES, JSON, MULTIPART, URLENCODED, pairs_of, part, urlencoded

FORM, ANSWERS = next(
    (form, answers)
    for form, answers in EXAMPLES
    if form == "general-inquiry" and "records" not in answers
)
FIELDS = pairs_of(ANSWERS)
END = b"------boundary--\r\n"
PAGE = {"accept": "text/html"}  # only a person presses a button
PDF = b"%PDF-1.7\n"


@dataclass(frozen=True)
class Evil:
    body: bytes
    status: int
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    encoded: bool = True  # as the gateway hands it over
    text: str | None = None  # instead of the body, where no gateway would write it


def answers(**changes: Any) -> bytes:
    return json.dumps(ANSWERS | changes).encode()


def raw(message: str) -> bytes:
    """Return valid answers but for *message*, which is JSON source."""
    return answers(message="?").replace(b'"?"', message.encode("utf-8", "surrogatepass"))


def fields(*more: tuple[str, str]) -> bytes:
    return urlencoded([*FIELDS, *more])


def parts(*more: bytes, end: bytes = END) -> bytes:
    return b"".join([*(part(name, value.encode()) for name, value in FIELDS), *more, end])


def file(name: str, content: bytes = PDF, file_name: str = "a.pdf") -> bytes:
    return part(name, content, f'; filename="{file_name}"', "Content-Type: application/pdf\r\n")


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


DEEP = ".".join("a" * 4000)
DIGITS = "9" * 5000
RECORD = (("records.0.requirement", "blood"), ("records.0.document_date", "2026-11-01"))
ANNOUNCED = b"".join(part(name, value.encode()) for name, value in RECORD)
EVIL = {
    # JSON
    "a million open brackets": Evil(b"[" * 1_000_000, 400),
    "a million open objects": Evil(b'{"a":' * 200_000, 400),
    "depth 17": Evil(raw(nested(17)), 400),
    "depth 15, not a text": Evil(raw(nested(15)), 422),
    "a name twice": Evil(raw('"a", "message": "b"'), 400),
    "the same name, escaped": Evil(raw('"a", "mess\\u0061ge": "b"'), 400),
    "NaN": Evil(raw("NaN"), 400),
    "-Infinity": Evil(raw("-Infinity"), 400),
    "1e999": Evil(raw("1e999"), 400),
    "an integer of 16 digits": Evil(raw("9" * 16), 400),
    "an integer of 100,000 digits": Evil(raw("9" * 100_000), 400),
    "a float of 100,000 digits": Evil(raw("0." + "9" * 100_000), 422),
    "half a character, escaped": Evil(raw(r'"\ud800"'), 400),
    "half a character as a name": Evil(raw(r'"a", "\udc00": 1'), 400),
    "half a character in bytes": Evil(raw('"\ud800"'), 400),
    "6 MB of {}": Evil(b"[" + b"{}," * 2_000_000 + b"{}]", 413),
    "1 MB of {}": Evil(raw("[" + "{}," * 300_000 + "{}]"), 400),
    "7 MB of names": Evil(b"{" + b",".join(b'"%07d":0' % n for n in range(650_000)) + b"}", 413),
    "201 names": Evil(json.dumps(dict.fromkeys(map(str, range(201)), 0)).encode(), 400),
    "a text of 8,001 characters": Evil(answers(message="x" * 8001), 400),
    "NUL": Evil(answers(message="a\0b"), 422),
    "a control character in a name": Evil(answers(patient={"\x1b[2J": 1}), 422),
    "__proto__": Evil(raw('"a", "__proto__": {"admin": true}'), 422),
    "an empty name": Evil(raw('"a", "": 1'), 422),
    "dotted names that clash": Evil(raw('"a", "patient.full_name": "b"'), 400),
    "a dotted name below a text": Evil(raw('"a", "message.x": "b"'), 400),
    "a dotted name of 4,000 levels": Evil(raw(f'"a", "{DEEP}": 1'), 400),
    "an index of 5,000 digits": Evil(raw(f'"a", "x.{DIGITS}": 1'), 422),
    "an index of 10^9": Evil(raw('"a", "records.1000000000.requirement": "blood"'), 422),
    "a number": Evil(b"1", 400),
    "null": Evil(b"null", 400),
    "a list": Evil(b"[]", 400),
    "an empty object": Evil(b"{}", 400),
    "two documents": Evil(answers() + answers(), 400),
    "UTF-16": Evil(answers().decode().encode("utf-16"), 400, f"{JSON}; charset=utf-16"),
    "UTF-8 with a mark in front": Evil(b"\xef\xbb\xbf" + answers(), 400),
    "Latin-1": Evil(raw('"é"').decode().encode("latin-1"), 400),
    "nothing but blanks": Evil(b" \n ", 400),
    # base64 that lies
    "no base64": Evil(b"", 400, text="{not base64}"),
    "base64 without its end": Evil(b"", 400, text=base64.b64encode(answers()).decode()[:-1]),
    "letters outside base64": Evil(b"", 400, text="฿฿฿฿"),
    "base64 that nobody announced": Evil(
        b"", 400, encoded=False, text=base64.b64encode(answers()).decode()
    ),
    "half a character from the gateway": Evil(b"", 400, encoded=False, text='{"a":"\ud800"}'),
    # urlencoded
    "5,001 fields": Evil(b"a=b&" * 5000 + b"a=b", 400, URLENCODED),
    "2 MB of answers": Evil(fields(("message", "x" * 2_000_000)), 413, URLENCODED),
    "an index of 10^9 in a form": Evil(fields(("records.1000000000.x", "1")), 400, URLENCODED),
    "an index in Thai digits": Evil(fields(("records.๑.x", "1")), 400, URLENCODED),
    "a name of 4,000 levels": Evil(fields((DEEP, "1")), 400, URLENCODED),
    "one answer twice": Evil(fields(("patient.full_name", "B")), 400, URLENCODED),
    "a group and its member": Evil(fields(("patient", "B")), 400, URLENCODED),
    "a constructor": Evil(fields(("constructor.prototype.admin", "true")), 422, URLENCODED),
    "an empty name in a form": Evil(fields(("", "1")), 422, URLENCODED),
    "bytes that are no text": Evil(fields() + b"&a=%ff%fe", 400, URLENCODED),
    "a surrogate in percent signs": Evil(fields() + b"&a=%ED%A0%80", 400, URLENCODED),
    "a button for a group ²": Evil(fields(("_more", "-records.²")), 200, URLENCODED, PAGE),
    "a button for a group nowhere": Evil(
        fields(("_more", "-" + "x." * 4000)), 200, URLENCODED, PAGE
    ),
    "a key of 256 in a field": Evil(fields(("_id", "x" * 256)), 400, URLENCODED),
    # multipart
    "no boundary": Evil(parts(), 400, "multipart/form-data"),
    "an empty boundary": Evil(parts(), 400, 'multipart/form-data; boundary=""'),
    "another boundary": Evil(parts(), 400, "multipart/form-data; boundary=x"),
    "a boundary outside ASCII": Evil(parts(), 400, "multipart/form-data; boundary=\u20ac"),
    "a boundary of 9,000": Evil(parts(), 400, "multipart/form-data; boundary=" + "x" * 9000),
    "no end": Evil(parts(end=b""), 400, MULTIPART),
    "5,001 parts": Evil(part("a", b"b") * 5001 + END, 400, MULTIPART),
    "21 files": Evil(parts(ANNOUNCED, *[file("blood")] * 21), 413, MULTIPART),
    "a part header of 100 kB": Evil(
        parts(part("a", b"b", headers=f"X: {'x' * 100_000}\r\n")), 400, MULTIPART
    ),
    "1,000 part headers": Evil(parts(part("a", b"b", headers="X: x\r\n" * 1000)), 400, MULTIPART),
    "a part without a name": Evil(
        parts(b"------boundary\r\nContent-Disposition: form-data\r\n\r\nx\r\n"), 422, MULTIPART
    ),
    "a file for no record": Evil(parts(file("blood")), 422, MULTIPART),
    "a file for a record of 5,000 digits": Evil(
        parts(ANNOUNCED, file(f"records.{DIGITS}.file")), 400, MULTIPART
    ),
    "a file below a text": Evil(parts(file(f"message.{DIGITS}.file")), 400, MULTIPART),
    "a file below records as a text": Evil(
        parts(part("records", b"x"), file(f"records.{DIGITS}.file")), 400, MULTIPART
    ),
    "text that is no UTF-8": Evil(parts(part("a", b"\xff")), 400, MULTIPART),
    "4 MB and one byte": Evil(parts(file("blood", b"x" * 4_000_000)), 413, MULTIPART),
    # Headers
    "a type of its own": Evil(answers(), 415, "application/x-evil"),
    "no type": Evil(answers(), 415, ""),
    "JSON as text": Evil(answers(), 415, "text/plain"),
    "a length of 4 MB and one byte": Evil(answers(), 413, headers={"content-length": "4000001"}),
    "half a character as a key": Evil(answers(), 400, headers={"idempotency-key": "\ud800"}),
    "a key of 256": Evil(answers(), 400, headers={"idempotency-key": "x" * 256}),
    "a foreign origin": Evil(answers(), 403, headers={"origin": "https://evil.example"}),
}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Pipeline]:
    with pipeline() as opened:
        yield opened


def left_in(deployed: Pipeline) -> tuple[int, int, int]:
    return len(deployed.items()), len(deployed.versions()), len(deployed.waiting())


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_an_evil_body_gets_its_answer_and_leaves_nothing(
    deployed: Pipeline, evil: Evil, accept: str
) -> None:
    before = left_in(deployed)
    deployed.calls.clear()
    event = {
        "routeKey": "POST /f/{form}",
        "rawPath": f"/f/{FORM}",
        "headers": {"content-type": evil.kind, "accept": accept, **evil.headers},
        "requestContext": {"http": {"method": "POST"}, "domainName": "intake.clinic.example"},
        "pathParameters": {"form": FORM},
        "body": base64.b64encode(evil.body).decode() if evil.text is None else evil.text,
        "isBase64Encoded": evil.encoded,
    }
    reply = deployed.handlers.invoke(blueprint().functions["AcceptInquiry"].arn, event)

    assert reply["statusCode"] == evil.status
    assert deployed.calls == []
    assert left_in(deployed) == before
