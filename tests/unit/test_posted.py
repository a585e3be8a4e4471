"""Posted bodies of every content type, as the same answers, or refused without a word of them."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accept_inquiry import posted
from accept_inquiry.body import MAX_FIELDS, MAX_FILES, MAX_TEXT
from accept_inquiry.posted import MAX_BODY
from intake.errors import (
    EmptyError,
    IntakeError,
    MalformedError,
    TooLargeError,
    TooManyFilesError,
    UnsupportedTypeError,
)
from intake.http import Request

URLENCODED = "application/x-www-form-urlencoded"
CANARY = "Jane Canary"
ANSWERS = {
    "patient": {"full_name": "Ada Example", "country_of_residence": "NO"},
    "message": "My hips hurt.",
    "records": [{"requirement": "blood"}, {"requirement": "radiology", "is_images": True}],
}
FIELDS = [
    ("patient.full_name", "Ada Example"),
    ("patient.country_of_residence", "NO"),
    ("message", "My hips hurt."),
    ("records.0.requirement", "blood"),
    ("records.1.requirement", "radiology"),
    ("records.1.is_images", "on"),
]


@pytest.fixture(scope="session")
def form(forms):
    """Return a form that asks for nothing: what is missing is the contract's business."""
    real = forms.get("general-inquiry")
    return replace(real, tree={**real.tree, "required": []})


@pytest.fixture
def read(form):
    """Return a reader of one body."""

    def run(body, content_type="application/json", **headers):
        sent = Request(
            method="POST",
            route="POST /f/{form}",
            path="/f/general-inquiry",
            parameters={},
            query={},
            headers={"content-type": content_type} | headers,
            raw_body=base64.b64encode(body).decode(),
            is_base64=True,
        )
        return posted.read(form, sent)

    return run


def multipart(*parts, boundary="b0und4ry", end="--"):
    """Return (body, content type): parts are (name, value) or (name, file name, bytes)."""
    lines = []
    for name, value, *content in parts:
        file = f'; filename="{value}"\r\nContent-Type: application/pdf' if content else ""
        data = content[0] if content else value.encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        lines.append(head.encode() + data + b"\r\n")
    body = b"".join(lines) + f"--{boundary}{end}\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def as_json(value):
    return json.dumps(value).encode()


def refused(error, read, *request, **headers):
    with pytest.raises(error) as refusal:
        read(*request, **headers)
    assert refusal.value.__cause__ is None
    assert CANARY not in repr(refusal.value.params)
    return refusal.value


def test_every_content_type_says_the_same(read):
    flat = dict(FIELDS) | {"records.1.is_images": True}

    assert read(as_json(ANSWERS)).answers == ANSWERS
    assert read(as_json(flat)).answers == ANSWERS
    assert read(urlencode(FIELDS).encode(), URLENCODED).answers == ANSWERS
    assert read(*multipart(*FIELDS)).answers == ANSWERS


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"{}", b'{"_gotcha": "x", "_next": "y"}'])
def test_a_body_without_answers_is_refused_as_empty(read, body):
    refused(EmptyError, read, body)


def test_so_is_a_form_with_nothing_but_steering_fields(read):
    refused(EmptyError, read, b"_id=1&_language=th", URLENCODED)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/xml",
        "application/json5",
        "multipart/mixed; boundary=x",
        "application/x-www-form-urlencodedx",
        "image/png",
    ],
)
def test_other_content_types_are_refused(read, content_type):
    refused(UnsupportedTypeError, read, b"a=1", content_type)


def test_a_body_is_refused_by_its_announced_or_its_real_size(read):
    announced = {"content-length": str(MAX_BODY + 1)}

    assert refused(TooLargeError, read, b"{}", **announced).params == {"limit": MAX_BODY}
    refused(TooLargeError, read, *multipart(("records.0.file", "a.pdf", b"x" * MAX_BODY)))
    refused(TooLargeError, read, b'{"message": "' + b"x" * MAX_TEXT + b'"}')
    refused(TooLargeError, read, b"message=" + b"x" * MAX_TEXT, URLENCODED)
    refused(TooLargeError, read, *multipart(("message", "x" * (MAX_TEXT + 1))))


@pytest.mark.parametrize("length", ["", "x", "-1", "1e9", "\u0661", "9" * 5_000])
def test_a_content_length_that_is_no_number_breaks_nothing(read, length):
    with suppress(TooLargeError):
        assert read(as_json(ANSWERS), **{"content-length": length}).answers == ANSWERS


# --- JSON ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"x"',
        b"null",
        b"7",
        b'{"a": 1, "a": 2}',
        b'{"a.b": 1, "a": 2}',
        b'{"a": 2, "a.b": 1}',
        b'{"a": {"b": 1}, "a.b": 2}',
        b'{"' + b"a." * 20 + b'b": 1}',
        b'{"a": NaN}',
        "\u0e01".encode("utf-16"),
    ],
)
def test_json_that_contradicts_itself_is_refused(read, body):
    refused(MalformedError, read, body)


def test_dotted_names_and_nesting_may_be_mixed(read):
    body = {"patient": {"full_name": "Ada"}, "patient.country_of_residence": "NO"}

    assert read(as_json(body)).answers == {
        "patient": {"full_name": "Ada", "country_of_residence": "NO"}
    }


def test_numbered_names_are_a_list_in_their_order(read):
    body = {f"records.{n}.requirement": str(n) for n in (10, 2, 0)}

    assert [record["requirement"] for record in read(as_json(body)).answers["records"]] == [
        "0",
        "2",
        "10",
    ]


@pytest.mark.parametrize("index", ["1" * 5_000, "0" * 5_000, "\u0661", "-1", ""])
def test_an_absurd_index_breaks_nothing(read, index):
    answers = read(as_json({f"records.{index}.requirement": "blood"})).answers

    assert "records" in answers


# --- urlencoded ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"message=%ff",
        b"message=%c3",
        b"message=%ed%a0%80",  # half a surrogate pair
        b"%ff=x",
        "message=ชื่อ".encode("tis-620"),
        b"message=a&message=b",
        b"message=a&message.b=c",
        b"patient.full_name=a&patient.full_name=b",
        b"records.x.requirement=blood",
        b"records.-1.requirement=blood",
        b"records.101.requirement=blood",
        b"records.1.requirement=blood&records.01.requirement=urine",
        b"a." * 20 + b"b=1",
        b"&".join(b"a%d=1" % n for n in range(MAX_FIELDS + 1)),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(read, body):
    refused(MalformedError, read, body, URLENCODED)


def test_plus_percent_and_thai_are_decoded(read):
    body = urlencode([("message", "1 + 1 = 100 %\r\nชื่อ & นามสกุล")]).encode()

    assert read(body, URLENCODED).answers == {"message": "1 + 1 = 100 %\nชื่อ & นามสกุล"}


def test_a_percent_sign_that_escapes_nothing_is_itself(read):
    assert read(b"message=100%25+%zz", URLENCODED).answers == {"message": "100% %zz"}


def test_a_charset_beside_the_type_changes_nothing(read):
    assert read(b"message=x", f"{URLENCODED}; charset=UTF-8").answers == {"message": "x"}


# --- multipart -------------------------------------------------------------------------------


def test_a_file_goes_to_its_record_by_position_or_by_requirement(read):
    post = read(
        *multipart(
            *FIELDS,
            ("records.1.file", "MRI Jane.dcm", b"\0" * 132),
            ("blood", "blood.pdf", b"%PDF-1"),
        )
    )

    assert [(file.record, file.requirement, file.name) for file in post.files] == [
        (1, "radiology", "MRI Jane.dcm"),
        (0, "blood", "blood.pdf"),
    ]
    assert post.files[1].content == b"%PDF-1"
    assert post.files[1].sha256 == hashlib.sha256(b"%PDF-1").digest()
    assert post.files[1].content_type == "application/pdf"
    assert post.answers == ANSWERS


def test_a_requirement_takes_its_first_announced_record(read):
    records = [(f"records.{n}.requirement", "blood") for n in range(2)]
    post = read(*multipart(*records, ("blood", "a.pdf", b"x"), ("records.1.file", "b.pdf", b"y")))

    assert [file.record for file in post.files] == [0, 1]


def test_a_record_keeps_its_file_when_empty_groups_before_it_go(read):
    post = read(
        *multipart(
            ("records.0.requirement", ""),
            ("records.4.requirement", "photo"),
            ("records.7.requirement", "blood"),
            ("records.7.file", "blood.pdf", b"x"),
        )
    )

    assert post.answers == {"records": [{"requirement": "photo"}, {"requirement": "blood"}]}
    assert [(file.record, file.requirement) for file in post.files] == [(1, "blood")]


def test_a_file_input_left_alone_is_no_file(read):
    assert read(*multipart(("message", "x"), ("records.0.file", "", b""))).files == ()


def test_an_empty_file_is_one(read):
    (file,) = read(*multipart(*FIELDS, ("blood", "empty.pdf", b""))).files

    assert (file.name, file.content) == ("empty.pdf", b"")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("urine", ""),  # no kind of this form
        ("diagnosis_letter", "diagnosis_letter"),  # not announced
        ("records.0.scan", ""),
        (CANARY, ""),
        ("file", ""),
        ("", ""),
    ],
)
def test_a_file_without_a_record_is_a_problem_and_not_lost(read, name, field):
    post = read(*multipart(*FIELDS, (name, "a.pdf", b"x"), ("blood", "b.pdf", b"y")))

    (problem,) = post.problems
    assert (problem.field, problem.code) == (field, "FILE_WITHOUT_RECORD")
    assert CANARY not in repr(problem)
    assert [file.name for file in post.files] == ["b.pdf"]


def test_two_files_without_a_record_are_told_once_for_each_place(read):
    strays = [("photo", "a.pdf", b"x"), ("photo", "b.pdf", b"x"), ("x", "c.pdf", b"x")]

    post = read(*multipart(*FIELDS, *strays, ("diagnosis_letter", "d.pdf", b"x")))

    assert [problem.field for problem in post.problems] == ["", "diagnosis_letter"]


def test_an_absurd_place_for_a_file_is_refused(read):
    refused(MalformedError, read, *multipart(*FIELDS, (f"records.{'1' * 4_000}.file", "a", b"x")))


def test_a_file_for_a_record_that_was_not_described_leaves_its_place_to_the_schema(read):
    post = read(*multipart(*FIELDS, ("records.5.file", "a.pdf", b"x")))

    assert post.answers["records"] == [*ANSWERS["records"], {}]
    assert post.files[0].record == 2


def test_more_files_than_a_post_may_hold_are_refused(read):
    files = [("blood", f"{n}.pdf", b"x") for n in range(MAX_FILES + 1)]

    assert len(read(*multipart(*FIELDS, *files[:-1])).files) == MAX_FILES
    error = refused(TooManyFilesError, read, *multipart(*FIELDS, *files))
    assert error.params == {"limit": MAX_FILES}


def test_a_file_name_is_kept_as_sent_but_for_its_length(read):
    name = "ผลเลือด " + "x" * 300 + ".pdf"
    (file,) = read(*multipart(*FIELDS, ("blood", name, b"x"))).files

    assert file.name == name[-255:]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary="),
        (b"no boundary at all", "multipart/form-data; boundary=b"),
        multipart(*FIELDS, end=""),  # cut off
        (multipart(*FIELDS)[0][:-30], multipart()[1]),
        (b"--b\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (b"--b\r\nnonsense\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n\xff\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (
            b"--b\r\n" + b"X: y\r\n" * 50 + b"\r\nx\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
        (
            b"--b\r\nX: " + b"y" * 10_000 + b"\r\n\r\nx\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_bad_multipart_is_refused(read, body, content_type):
    refused(MalformedError, read, body, content_type)


def test_more_parts_than_any_form_has_are_refused(read):
    refused(MalformedError, read, *multipart(*[("allergies", "x")] * (MAX_FIELDS + 1)))


def test_what_was_posted_does_not_show_in_a_traceback(read):
    post = read(
        *multipart(
            ("records.0.requirement", "blood"),
            ("message", CANARY),
            ("_id", CANARY),
            ("blood", CANARY, b"x"),
        )
    )

    assert CANARY not in repr(post)
    assert CANARY not in repr(post.files)


# --- all -------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", URLENCODED, "multipart/form-data"])
def test_steering_fields_are_taken_out(read, content_type):
    fields = [
        ("message", "x"),
        ("_gotcha", "bot"),
        ("homepage_link", "http://spam.example"),
        ("_next", "https://clinic.example/thanks"),
        ("_language", "th"),
        ("_id", "key-1"),
        ("_replyto", "a@b.example"),
        ("_subject", "Hello"),
        ("_unheard_of", "x"),
        ("_to", "me@evil.example"),
        ("webhook", "https://evil.example"),
    ]
    post = {
        "application/json": lambda: read(as_json(dict(fields))),
        URLENCODED: lambda: read(urlencode(fields).encode(), URLENCODED),
        "multipart/form-data": lambda: read(*multipart(*fields)),
    }[content_type]()

    assert post.answers == {"message": "x", "_replyto": "a@b.example"}
    assert post.controls == {
        "_gotcha": "bot",
        "homepage_link": "http://spam.example",
        "_next": "https://clinic.example/thanks",
        "_language": "th",
        "_id": "key-1",
    }
    assert post.ignored == ("_to", "webhook")


def test_equal_looking_text_is_equal(read):
    decomposed = "Zu\u0308rich"

    for post in (
        read(as_json({"message": decomposed, "a": [decomposed]})),
        read(urlencode([("message", decomposed), ("a.0", decomposed)]).encode(), URLENCODED),
        read(*multipart(("message", decomposed))),
    ):
        assert post.answers["message"] == "Z\u00fcrich"


@given(
    body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
    content_type=st.sampled_from(
        ["application/json", URLENCODED, "multipart/form-data; boundary=b", "text/plain"]
    ),
)
def test_no_body_makes_anything_but_answers_or_a_refusal(form, body, content_type):
    request = Request(
        "POST",
        "POST /f/{form}",
        "/",
        {},
        {},
        {"content-type": content_type},
        raw_body=base64.b64encode(body).decode(),
        is_base64=True,
    )
    with suppress(IntakeError):
        posted.read(form, request)


def test_a_card_whose_file_is_still_to_come_is_a_record(forms):
    form = forms.get("rheumatoid-arthritis")
    fields = [("records.0.requirement", "blood"), ("records.1.requirement", "urine")]
    fields += [("_files", "records.1.file unheard.of 7 records.2.file")]
    request = Request(
        "POST", "", "", {}, {}, {"content-type": URLENCODED}, raw_body=urlencode(fields)
    )

    read = posted.read(form, request)

    assert read.answers["records"] == [{"requirement": "urine"}, {}]
    assert "unheard" not in read.answers
    assert (read.files, read.problems) == ((), ())
