"""What is read of a request to sign, before anything is believed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import IntakeError, MalformedError, NotSignedError, UnknownRequirementError
from intake.http import Request
from sign_upload import shapes, wish
from sign_upload.shapes import Beginning, Continuation, Step, media_type, plain_name, read
from sign_upload.signing import MIN_PART_BYTES, MOST_PARTS, part_size

MIB = 2**20
NAMES = ("method", "key", "uploadId", "partNumber", "slot", "record", "name", "size", "type")
METHODS = ("PUT", "POST", "GET", "DELETE", "put", "HEAD", "")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(["blood", "a/0000", "u", "1", *METHODS]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
BODIES = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.fixed_dictionaries(
        {"method": st.sampled_from(METHODS), "key": st.text(min_size=1, max_size=9)},
        optional={
            "uploadId": st.text(max_size=5) | LEAVES,
            "partNumber": LEAVES,
            "slot": LEAVES,
            "record": LEAVES,
            "name": st.text(max_size=300) | LEAVES,
            "size": LEAVES,
            "type": st.text(max_size=50) | LEAVES,
        },
    ),
)


def outcome(call):
    """Return what *call* returns or refuses with; anything else that it raises is a defect."""
    try:
        return call()
    except IntakeError as error:
        return error


def beginning(*, in_parts, record=0, name="a.pdf", declared_type="application/pdf"):
    return Beginning("k", in_parts, "blood", record, name, 5, declared_type)


@given(BODIES)
def test_whatever_is_asked_is_one_of_six_shapes_or_a_refusal(body):
    asked = outcome(lambda: read(body))
    if isinstance(asked, IntakeError):
        assert asked.status in {400, 403, 422}
    elif isinstance(asked, Continuation):
        method = {"part": "PUT", "parts": "GET", "complete": "POST", "abort": "DELETE"}
        assert body["method"] == method[asked.step.value]
        assert ("partNumber" in body and body["partNumber"] is not None) == (
            asked.step is Step.PART
        )
        assert asked.upload_id == body["uploadId"]
    else:
        assert body.get("uploadId") is None
        assert body.get("partNumber") is None
        assert body["method"] == ("POST" if asked.in_parts else "PUT")
        assert asked.size >= 0
        assert asked.name.isprintable()
        assert len(asked.name) <= 255


@given(st.binary(max_size=200) | BODIES.map(lambda body: json.dumps(body).encode()))
def test_no_body_of_a_button_crashes(body):
    for type_ in (
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/plain",
    ):
        raw = body.decode("utf-8", "replace")
        request = Request("POST", "", "", {}, {}, {"content-type": type_}, raw_body=raw)
        wanted = outcome(lambda: wish.read(request))  # noqa: B023  called at once
        if isinstance(wanted, IntakeError):
            assert wanted.status < 500
        else:
            assert wanted.do in {wish.DECLARE, wish.DONE, wish.CONFIRM}


def test_the_six_shapes():
    about = {"slot": "blood", "record": 0, "name": "a.pdf", "size": 5, "type": "application/pdf"}
    upload = {"key": "i/0000", "uploadId": "u"}

    assert read({"method": "PUT", "key": "k", "contentType": "x/y", **about}) == beginning(
        in_parts=False
    )
    assert read({"method": "POST", "key": "k", **about}) == beginning(in_parts=True)
    assert read({"method": "PUT", "partNumber": 7, **upload}) == Continuation(
        Step.PART, "i/0000", "u", 7
    )
    assert read({"method": "GET", **upload}) == Continuation(Step.PARTS, "i/0000", "u")
    assert read({"method": "POST", **upload}) == Continuation(Step.COMPLETE, "i/0000", "u")
    assert read({"method": "DELETE", **upload}) == Continuation(Step.ABORT, "i/0000", "u")


def test_a_client_may_send_its_own_fields_along():
    # Uppy's page spreads the file's facts over every request.
    asked = {"method": "GET", "key": "i/0000", "uploadId": "u", "slot": "blood", "size": 5, "x": []}

    assert read(asked) == Continuation(Step.PARTS, "i/0000", "u")


def test_what_a_client_leaves_open_is_as_if_it_had_left_it_out():
    asked = {"method": "POST", "key": "k", "uploadId": None, "partNumber": None, "record": None}

    begun = read({**asked, "slot": "blood", "size": 5, "name": None, "type": None})

    unknown = {"record": None, "name": "", "declared_type": shapes.UNKNOWN_TYPE}
    assert begun == beginning(in_parts=True, **unknown)


def test_a_refusal_s_repr_holds_no_name():
    begun = read({"method": "PUT", "key": "Jane.pdf", "slot": "blood", "size": 5, "name": "Jane"})

    assert "Jane" not in repr(begun)


@pytest.mark.parametrize("body", [None, 7, "PUT", [], {}, {"method": "PUT"}, {"key": "x"}])
def test_what_is_no_request_is_malformed(body):
    with pytest.raises(MalformedError):
        read(body)


def test_a_file_without_a_kind_is_told_so_and_not_that_its_key_is_wrong():
    with pytest.raises(UnknownRequirementError):
        read({"method": "PUT", "key": "k", "size": 5})


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("scan.pdf", "scan.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\x\\y.pdf", "y.pdf"),
        ("..", ".."),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\u2066b\u2069", "a_b_"),
        ("a\r\nb\0c\x85d\u2028e", "a__b_c_d_e"),
        (
            "\u0e1c\u0e25\u0e40\u0e25\u0e37\u0e2d\u0e14.pdf",
            "\u0e1c\u0e25\u0e40\u0e25\u0e37\u0e2d\u0e14.pdf",
        ),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("", ""),
        ("folder/", ""),
        ("  scan.pdf ", "scan.pdf"),
    ],
)
def test_a_name_is_what_people_see(given_, shown):
    assert plain_name(given_) == shown


def test_a_long_name_keeps_its_end():
    assert plain_name("x" * 500 + ".pdf") == "x" * 251 + ".pdf"


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("application/pdf", "application/pdf"),
        ("Text/HTML; charset=utf-8", "text/html"),
        ("", shapes.UNKNOWN_TYPE),
        ("pdf", shapes.UNKNOWN_TYPE),
        ("a/b\r\nx: y", shapes.UNKNOWN_TYPE),
        ("a/" + "b" * 200, shapes.UNKNOWN_TYPE),
    ],
)
def test_a_type_is_a_media_type_or_unknown(declared, kept):
    assert media_type(declared) == kept


# ---- Parts ----------------------------------------------------------------------------------


@given(st.integers(1, 5 * 10**12))
def test_parts_make_the_whole_file_as_uppy_cuts_it(size):
    full = max(MIN_PART_BYTES, -(-size // MOST_PARTS))
    parts = -(-size // full)

    assert 1 <= parts <= MOST_PARTS
    last = part_size(size, parts)
    assert (parts - 1) * full + last == size
    if parts > 1:
        assert part_size(size, 1) == part_size(size, parts - 1) == full >= MIN_PART_BYTES
    for number in (0, -1, parts + 1, MOST_PARTS + 1):
        with pytest.raises(NotSignedError):
            part_size(size, number)


@pytest.mark.parametrize(
    ("size", "part", "expected"),
    [
        (1, 1, 1),
        (5 * MIB, 1, 5 * MIB),
        (5 * MIB + 1, 2, 1),
        (2 * 2**30, 409, 5 * MIB),
        (2 * 2**30, 410, 3 * MIB),
        (100_000 * MIB, 10_000, 10 * MIB),
    ],
)
def test_a_part_has_five_mib_or_a_ten_thousandth(size, part, expected):
    assert part_size(size, part) == expected
