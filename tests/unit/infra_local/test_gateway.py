import base64
import json

import pytest

from infra.local.blueprint import Blueprint, Function, Route
from infra.local.functions import EventTooLargeError, FunctionFailedError, StillRunningError
from infra.local.gateway import Gateway
from infra.local.http_event import Arrived
from infra.local.journal import Journal

ARN = "arn:aws:lambda:eu-west-2:123456789012:function:step"
STEP = Function("Step", "step", ARN, "s.h.h", 10, 128, "functions/", (), {})
HOST = [("Host", "127.0.0.1:8080")]


class Lambda:
    """Answers what it is told to, and remembers the event."""

    def __init__(self, answer):
        self.answer, self.event = answer, None

    def invoke(self, arn, event, *, at_most):
        assert (arn, at_most) == (ARN, 30)
        self.event = event
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def ask():
    def ask(method="GET", target="/f/a", body=b"", headers=(), answer=None, cors=None, routes=()):
        function = Lambda({"statusCode": 200} if answer is None else answer)
        paths = routes or (("GET", "/f/{form}"), ("POST", "/f/{form}"), ("ANY", "$default"))
        blueprint = Blueprint(
            functions={"Step": STEP}, routes=[Route(m, p, ARN) for m, p in paths], cors=cors
        )
        gateway = Gateway(blueprint, function, Journal())
        response = gateway.answer(Arrived(method, target, HOST + list(headers), body))
        return response, function.event

    return ask


def test_an_event_has_every_field_of_payload_2(ask):
    _, event = ask(
        target="/f/a%20b?x=1&x=2&y=%C3%A9",
        headers=[("Cookie", "a=1; b=2"), ("X-Two", "1"), ("X-Two", "2"), ("User-Agent", "me")],
    )

    context = event["requestContext"]
    assert (event["version"], event["routeKey"]) == ("2.0", "GET /f/{form}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/f/a b", "x=1&x=2&y=%C3%A9")
    assert event["queryStringParameters"] == {"x": "1,2", "y": "é"}
    assert event["pathParameters"] == {"form": "a b"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-two"] == "1,2"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["isBase64Encoded"] is False
    assert "body" not in event
    assert context["http"] == {
        "method": "GET",
        "path": "/f/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "me",
    }
    assert set(context) == {
        *("accountId", "apiId", "domainName", "domainPrefix", "http", "requestId"),
        *("routeKey", "stage", "time", "timeEpoch"),
    }
    assert (context["domainName"], context["stage"]) == ("127.0.0.1:8080", "$default")


def test_what_is_absent_is_absent(ask):
    _, event = ask(target="/else")

    assert event["routeKey"] == "$default"
    for name in ("cookies", "queryStringParameters", "pathParameters", "body"):
        assert name not in event


@pytest.mark.parametrize(
    ("kind", "is_binary"),
    [
        ("application/json", False),
        ("application/json; charset=utf-8", False),
        ("text/plain", False),
        ("application/xml", False),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=x", True),
        ("application/pdf", True),
        (None, True),
    ],
)
def test_bodies_arrive_as_text_or_in_base64_by_their_type(ask, kind, is_binary):
    headers = [("Content-Type", kind)] if kind else []
    _, event = ask("POST", body="é".encode(), headers=headers)

    expected = base64.b64encode("é".encode()).decode() if is_binary else "é"
    assert (event["isBase64Encoded"], event["body"]) == (is_binary, expected)


@pytest.mark.parametrize(
    ("answer", "status", "kind", "body"),
    [
        ({"statusCode": 201, "body": "é"}, 201, "text/plain;charset=UTF-8", "é".encode()),
        (
            {"statusCode": "200", "headers": {"Content-Type": "text/html"}, "body": "x"},
            200,
            "text/html",
            b"x",
        ),
        (
            {"statusCode": 200, "isBase64Encoded": True, "body": "AAE="},
            200,
            "text/plain;charset=UTF-8",
            b"\0\1",
        ),
        ({"hello": "you"}, 200, "application/json", b'{"hello": "you"}'),
        ("hello", 200, "application/json", b'"hello"'),
    ],
)
def test_answers_become_responses(ask, answer, status, kind, body):
    response, _ = ask(answer=answer)

    assert (response.status, response.body) == (status, body)
    assert dict(response.headers)["content-type"] == kind


def test_cookies_become_a_header_each(ask):
    response, _ = ask(answer={"statusCode": 200, "cookies": ["a=1", "b=2"]})

    assert [v for n, v in response.headers if n == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        (FunctionFailedError(), 500, "Internal Server Error"),
        (StillRunningError(), 503, "Service Unavailable"),
        (EventTooLargeError(), 413, "Request Entity Too Large"),
        ({"statusCode": "ok"}, 500, "Internal Server Error"),
        ({"statusCode": 200, "body": {"a": 1}}, 500, "Internal Server Error"),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "?"}, 500, "Internal Server Error"),
        ({"statusCode": 200, "body": "x" * 6_300_000}, 500, "Internal Server Error"),
    ],
)
def test_the_gateway_speaks_for_a_function_that_does_not(ask, answer, status, message):
    response, _ = ask(answer=answer)

    assert (response.status, json.loads(response.body)) == (status, {"message": message})


@pytest.mark.parametrize(
    ("body", "target", "status"),
    [
        (b"x" * (10 * 1024 * 1024), "/f/a", 200),
        (b"x" * (10 * 1024 * 1024 + 1), "/f/a", 413),
        (b"", "/f/" + "x" * 10_100, 200),
        (b"", "/f/" + "x" * 10_240, 431),
    ],
)
def test_limits_are_exact(ask, body, target, status):
    response, _ = ask("POST", target, body)

    assert response.status == status


@pytest.mark.parametrize(
    ("method", "target", "key"),
    [
        ("GET", "/f/a", "GET /f/{form}"),
        ("GET", "/f/new", "GET /f/new"),
        ("GET", "/f/a/b", "ANY /f/{rest+}"),
        ("POST", "/f/a", "ANY /f/{rest+}"),
        ("GET", "//f/a", "$default"),
    ],
)
def test_the_most_specific_route_wins(ask, method, target, key):
    routes = [("ANY", "$default"), ("ANY", "/f/{rest+}"), ("GET", "/f/{form}"), ("GET", "/f/new")]
    _, event = ask(method, target, routes=routes)

    assert event["routeKey"] == key


def test_no_route_is_the_gateways_own_404(ask):
    response, event = ask("PUT", routes=[("GET", "/f/{form}")])

    assert (response.status, json.loads(response.body)) == (404, {"message": "Not Found"})
    assert event is None


CORS = {
    "allowOrigins": "https://a.example, https://b.example",
    "allowMethods": ["GET", "POST"],
    "allowHeaders": ["content-type"],
    "maxAge": 7200,
}


def test_preflights_never_reach_a_function(ask):
    response, event = ask("OPTIONS", headers=[("Origin", "https://b.example")], cors=CORS)

    headers = dict(response.headers)
    assert (response.status, event) == (204, None)
    assert headers["access-control-allow-origin"] == "https://b.example"
    assert headers["access-control-allow-methods"] == "GET,POST"
    assert headers["access-control-max-age"] == "7200"


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://a.example", True), ("https://evil.example", False)]
)
def test_the_gateway_replaces_cors_headers_of_functions(ask, origin, allowed):
    answer = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    response, _ = ask(headers=[("Origin", origin)], cors=CORS, answer=answer)

    found = [v for n, v in response.headers if n == "access-control-allow-origin"]
    assert found == ([origin] if allowed else [])


def test_without_a_cors_block_options_is_a_request_like_any_other(ask):
    response, event = ask("OPTIONS")

    assert (response.status, event["routeKey"]) == (200, "$default")
