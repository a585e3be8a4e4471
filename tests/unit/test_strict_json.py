"""Bodies from strangers: what would break a later step is refused by the parser."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import MalformedError
from intake.reading import strict_json

REFUSED = {
    "nothing": b"",
    "no JSON": b"{'a': 1}",
    "two documents": b"{} {}",
    "cut off": b'{"a": ',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "duplicate name": b'{"a": 1, "a": 1}',
    "duplicate name, escaped": b'{"a": 1, "\\u0061": 1}',
    "duplicate name, deep": b'[{"b": {"a": 1, "a": 2}}]',
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "number beyond a double": b"[1e400]",
    "sixteen digits": b"[1234567890123456]",
    "digits without end": b"[" + b"9" * 100_000 + b"]",
    "lone surrogate": b'{"a": "\\ud800"}',
    "lone surrogate, trailing": b'{"a": "\\udc00x"}',
    "lone surrogate in a name": b'{"\\udfff": 1}',
    "surrogate as bytes": b'{"a": "\xed\xa0\x80"}',
    "too deep": b"[" * 18 + b"]" * 18,
    "deep enough for the stack": b"[" * 100_000 + b"]" * 100_000,
    "array too long": b"[" + b"0," * 200 + b"0]",
    "object too wide": ("{" + ",".join(f'"{n}":0' for n in range(201)) + "}").encode(),
    "text too long": b'["' + b"x" * 8_001 + b'"]',
    "raw control": b'{"a": "\x01"}',
    "name too long": b'{"' + b"x" * 8_001 + b'": 1}',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_breaks_a_later_step_is_refused(body):
    with pytest.raises(MalformedError) as refusal:
        strict_json.loads(body)

    assert str(refusal.value) == "MALFORMED"
    assert refusal.value.__cause__ is None  # which would quote the body in a log
    assert refusal.value.params == {}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, -2.5, true, null, "x"]}', {"a": [1, -2.5, True, None, "x"]}),
        (b"[123456789012345, -123456789012345]", [123456789012345, -123456789012345]),
        (b'["\\ud83d\\ude00"]', ["😀"]),
        ('["ชื่อ\\n\\tO\'Brien"]'.encode(), ["ชื่อ\n\tO'Brien"]),
        (b"[" * 16 + b"]" * 16, None),
        (b"[" + b"0," * 199 + b"0]", [0] * 200),
        (b'["' + b"x" * 8_000 + b'"]', ["x" * 8_000]),
        (b"1e300", 1e300),
    ],
    ids=["plain", "big integers", "pair", "Thai", "deepest", "longest", "widest", "number"],
)
def test_what_json_may_say_is_read(body, value):
    read = strict_json.loads(body)

    assert value is None or read == value


@pytest.mark.parametrize("text", ["\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\ufeff", "\u202e"])
def test_unwanted_characters_are_left_to_those_who_can_name_the_field(text):
    assert strict_json.loads(json.dumps({"a": text}).encode()) == {"a": text}


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_body_makes_anything_but_a_value_or_a_refusal(body):
    with suppress(MalformedError):
        strict_json.loads(body)
