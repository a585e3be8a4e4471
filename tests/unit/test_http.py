"""The edge: events in, replies out, and no value of the caller's in any error."""

from __future__ import annotations

import base64
import gzip
import io
import json

import pytest
from aws_lambda_powertools import Logger

from intake import http, refusals
from intake.errors import (
    InvalidAnswersError,
    MalformedError,
    MethodNotAllowedError,
    NotFoundError,
    Problem,
    UnavailableError,
)
from intake.words import Words

CANARY = "Jane Canary"


def event(**changes):
    return {
        "version": "2.0",
        "routeKey": "POST /f/{form}",
        "rawPath": "/f/general-inquiry",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "domainName": "intake.clinic.example",
            "http": {"method": "POST", "path": "/f/general-inquiry"},
        },
        "pathParameters": {"form": "general-inquiry"},
        "isBase64Encoded": False,
        **changes,
    }


def asked(body="", *, is_base64=False, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.request(event(headers=named, body=body, isBase64Encoded=is_base64))


@pytest.fixture
def words(forms):
    form = forms.get("general-inquiry")
    return Words("en", form.catalogues["en"])


@pytest.fixture
def log():
    return io.StringIO()


@pytest.fixture
def answer(log):
    """Return a runner of one request: *work* answers it, refusals become a bare page."""
    # Loggers of one name share the stream of the first.
    logger = Logger(service=f"test_http_{id(log)}", stream=log)

    def run(work, given=None, refuse=lambda _, error: http.reply(error.status, http.HTML, "no")):
        return http.answer(given or event(), logger, work, refuse)

    return run


def test_an_event_is_read_as_the_gateway_wrote_it():
    request = http.request(
        event(headers={"Accept": "text/html"}, rawQueryString="_language=th&x=&y=%26")
    )

    assert (request.method, request.route) == ("POST", "POST /f/{form}")
    assert request.path == "/f/general-inquiry"
    assert request.parameters == {"form": "general-inquiry"}
    assert request.query == {"_language": "th", "x": "", "y": "&"}
    assert request.headers == {"accept": "text/html"}
    assert request.domain == "intake.clinic.example"
    assert request.body == b""


def test_an_event_without_parameters_query_or_body_is_read_too():
    bare = event(routeKey="$default", body=None, pathParameters=None)
    del bare["headers"], bare["rawQueryString"]

    request = http.request(bare)

    assert (request.parameters, request.query, request.headers) == ({}, {}, {})
    assert request.body == b""


def test_what_was_posted_does_not_show_in_a_traceback():
    request = asked(CANARY, cookie=CANARY)

    assert CANARY not in repr(request)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("text/plain", "text/plain"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ('multipart/form-data; boundary="x;y"', "multipart/form-data"),
        (" application/json ", "application/json"),
        ("", ""),
    ],
)
def test_the_content_type_is_read_without_parameters(sent, read):
    assert asked(content_type=sent).content_type == read


@pytest.mark.parametrize(
    ("headers", "wants_json"),
    [
        ({}, False),
        ({"accept": "*/*"}, False),
        ({"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, False),
        ({"accept": "text/html, application/json"}, False),
        ({"accept": "application/json"}, True),
        ({"accept": "Application/JSON"}, True),
        ({"accept": "application/json, text/plain, */*"}, True),
        ({"accept": "application/json, text/html"}, True),
        ({"x-requested-with": "XMLHttpRequest"}, True),
        ({"x-requested-with": "xmlhttprequest", "accept": "text/html"}, True),
        ({"x-requested-with": "com.example.app"}, False),
        ({"sec-fetch-mode": "cors", "accept": "*/*"}, True),
        ({"sec-fetch-mode": "same-origin", "accept": "*/*"}, True),
        ({"sec-fetch-mode": "cors", "accept": "text/html"}, False),
        ({"sec-fetch-mode": "navigate", "accept": "*/*"}, False),
        ({"content-type": "application/json"}, True),
        ({"content-type": "application/json; charset=utf-8", "accept": "text/html"}, True),
        ({"content-type": "multipart/form-data; boundary=x"}, False),
        ({"content-type": "multipart/form-data; boundary=x", "accept": "application/json"}, True),
    ],
)
def test_scripts_get_json_and_browsers_get_pages(headers, wants_json):
    assert http.request(event(headers=headers)).wants_json is wants_json


def test_a_body_comes_as_text_or_base64():
    content = "ชื่อ=\N{GRINNING FACE}".encode()

    assert asked(content.decode()).body == content
    assert asked(base64.b64encode(content).decode(), is_base64=True).body == content


@pytest.mark.parametrize("body", ["a", "!!!!", "YWJj\n", "ชื่อ"])
def test_what_is_no_base64_is_refused(body):
    with pytest.raises(MalformedError) as refusal:
        _ = asked(body, is_base64=True).body

    assert refusal.value.__cause__ is None


def test_half_a_character_in_an_event_reaches_the_parser_and_not_the_log():
    assert asked("\ud800").body == b"\xed\xa0\x80"


def test_every_reply_forbids_storing_sniffing_indexing():
    for reply in (
        http.reply(200, http.HTML, "x"),
        http.json_reply(200, {}),
        http.html_reply(200, "x", "default-src 'none'"),
        http.see_other("https://clinic.example/thanks"),
    ):
        assert reply["headers"]["Cache-Control"] == "no-store"
        assert reply["headers"]["Referrer-Policy"] == "same-origin"
        assert reply["headers"]["X-Content-Type-Options"] == "nosniff"
        assert "noindex" in reply["headers"]["X-Robots-Tag"]


def test_pages_carry_their_policy_and_redirects_their_address():
    page = http.html_reply(422, "<p>", "default-src 'none'", Retry_After="30")

    assert page["statusCode"] == 422
    assert page["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert page["headers"]["Content-Security-Policy"] == "default-src 'none'"
    assert page["headers"]["Retry-After"] == "30"
    there = http.see_other("https://clinic.example/thanks")
    assert (there["statusCode"], there["body"]) == (303, "")
    assert there["headers"]["Location"] == "https://clinic.example/thanks"


def test_json_says_whether_it_is_a_problem_and_keeps_letters_as_they_are():
    fine = http.json_reply(200, {"ok": True, "name": "ชื่อ"})

    assert fine["headers"]["Content-Type"] == "application/json"
    assert fine["body"] == '{"ok":true,"name":"ชื่อ"}'
    problem = http.json_reply(404, {"title": "No"})
    assert problem["headers"]["Content-Type"] == "application/problem+json"


def test_one_body_serves_three_kinds_of_reader(words):
    error = InvalidAnswersError(
        (
            Problem("contact.email", "format", "TYPE_EMAIL", "email"),
            Problem("message", "maxLength", "TOO_LONG", "max_length", {"limit": 2000}),
            Problem("", "additionalProperties", "UNKNOWN_FIELD", "additional_properties"),
        )
    )

    body = refusals.body(error, words, "/f/general-inquiry")

    # RFC 9457
    assert body["type"] == "urn:clinic-intake:problem:invalid_answers"
    assert body["status"] == 422
    assert body["instance"] == "/f/general-inquiry"
    assert body["title"] == body["error"]  # Formspree clients
    assert body["detail"] == body["message"]  # Uppy
    assert body["ok"] is False
    assert [(one["code"], one["field"], one["pointer"]) for one in body["errors"]] == [
        ("TYPE_EMAIL", "contact.email", "/contact/email"),
        ("TOO_LONG", "message", "/message"),
        ("UNKNOWN_FIELD", "", ""),
    ]
    assert all(one["message"] and "{" not in one["message"] for one in body["errors"])
    assert "2000" in body["errors"][1]["message"].replace(",", "")


def test_a_refusal_of_the_whole_has_one_entry_with_its_code(words):
    body = refusals.body(NotFoundError(), words, "")

    assert body["errors"] == [{"code": "NOT_FOUND", "message": body["detail"]}]


def test_refusals_that_need_a_header_have_it():
    assert refusals.headers(MethodNotAllowedError(allow="GET, POST")) == {"Allow": "GET, POST"}
    assert refusals.headers(UnavailableError()) == {"Retry_After": "30"}
    assert refusals.headers(NotFoundError()) == {}


def test_a_refusal_is_logged_by_code_and_answered(answer, log):
    def work(_request):
        raise MalformedError

    assert answer(work)["statusCode"] == 400
    line = json.loads(log.getvalue())
    assert line["message"] == "refused"
    assert (line["code"], line["status"], line["route"]) == ("MALFORMED", 400, "POST /f/{form}")


def test_an_outage_is_logged_louder_and_with_its_cause(answer, log):
    def work(_request):
        raise UnavailableError("PutItem ThrottlingException")

    assert answer(work)["statusCode"] == 503
    line = json.loads(log.getvalue())
    told = [line[name] for name in ("level", "message", "code", "error")]
    assert told == ["WARNING", "refused", "TRY_AGAIN", "PutItem ThrottlingException"]


@pytest.mark.parametrize("wants", ["application/json", "text/html"])
def test_the_last_resort_says_nothing_of_what_broke(answer, log, wants):
    def work(request):
        raise ValueError(request.raw_body)

    reply = answer(work, event(body=CANARY, headers={"accept": wants}))

    assert reply["statusCode"] == 500
    assert CANARY not in json.dumps(reply)
    assert CANARY not in log.getvalue()
    line = json.loads(log.getvalue())
    assert (line["message"], line["error"]) == ("crashed", "ValueError")
    assert line["where"].startswith("test_http.py:")
    if wants == "application/json":
        body = json.loads(reply["body"])
        assert (body["ok"], body["status"], body["errors"][0]["code"]) == (False, 500, "INTERNAL")
        assert body["error"] == body["title"]
    else:
        assert reply["headers"]["Content-Type"] == http.HTML
        assert "default-src 'none'" in reply["headers"]["Content-Security-Policy"]
        assert "<h1>" in reply["body"]


def test_a_refusal_that_cannot_be_worded_ends_at_the_last_resort_too(answer, log):
    def work(_request):
        raise NotFoundError

    def refuse(_request, _error):
        raise KeyError(CANARY)

    reply = answer(work, refuse=refuse)

    assert reply["statusCode"] == 500
    assert CANARY not in log.getvalue() + reply["body"]


# ---- Compressed -----------------------------------------------------------------------------


LONG = http.html_reply(200, "<p>สวัสดี</p>" * 200, "default-src 'none'", Vary="Accept-Language")


@pytest.mark.parametrize(
    "accepted", ["gzip", "gzip, deflate, br, zstd", "deflate, GZIP;q=0.5", "br;q=1.0, gzip;q=0.8"]
)
def test_who_takes_gzip_gets_the_same_page_in_a_tenth_of_the_bytes(accepted):
    sent = http.compressed(asked(accept_encoding=accepted), LONG)

    packed = base64.b64decode(sent["body"])
    assert gzip.decompress(packed).decode() == LONG["body"]
    assert len(packed) < len(LONG["body"].encode()) / 10
    assert sent["isBase64Encoded"] is True
    assert sent["headers"] == LONG["headers"] | {
        "Content-Encoding": "gzip",
        "Vary": "Accept-Language, Accept-Encoding",
    }


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip"])
def test_who_does_not_take_gzip_gets_it_as_it_is(accepted):
    sent = http.compressed(asked(accept_encoding=accepted), LONG)

    assert sent == LONG | {
        "headers": LONG["headers"] | {"Vary": "Accept-Language, Accept-Encoding"}
    }


def test_what_is_short_anyway_is_not_compressed():
    sent = http.compressed(asked(accept_encoding="gzip"), http.html_reply(200, "<p>x</p>", "x"))

    assert (sent["body"], sent["headers"]["Vary"]) == ("<p>x</p>", "Accept-Encoding")
    assert "isBase64Encoded" not in sent
