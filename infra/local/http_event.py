"""HTTP requests as events of payload format 2.0, and a function's answers as responses."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.authorizer import Authorized
from infra.local.blueprint import Route
from infra.local.identity import ACCOUNT

MOST_REPLY_BYTES = 6_291_556
_TEXT = {"application/json", "application/xml", "application/javascript"}


class UnusableReplyError(Exception):
    """The function's answer is nothing that the gateway can make a response of."""


@dataclass(frozen=True)
class Arrived:
    """A request as it came over the wire: *target* percent-encoded, header names as given."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    peer: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    @property
    def path(self) -> str:
        """
        Return the decoded path, as an HTTP API hands it on.

        It decodes before it looks for the query, so an encoded question mark cuts the path.
        """
        return unquote(self.target.partition("?")[0]).partition("?")[0]

    @property
    def merged_headers(self) -> dict[str, str]:
        """Return headers by lower-case name; repeated ones are joined with a comma."""
        merged: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            merged[key] = f"{merged[key]},{value}" if key in merged else value
        return merged


@dataclass(frozen=True)
class Response:
    """What goes back to the caller."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def as_event(
    arrived: Arrived,
    route: Route,
    parameters: Mapping[str, str],
    authorized: Authorized | None = None,
) -> dict[str, Any]:
    """Return the event that a function gets for *arrived*, which *route* took."""
    headers = arrived.merged_headers
    cookies = headers.pop("cookie", None)
    now = datetime.now(UTC)
    host = headers.get("host", "localhost")
    raw_query = arrived.target.partition("?")[2]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": arrived.path,
        "rawQueryString": raw_query,
        "headers": headers
        | {
            "x-forwarded-for": arrived.peer,
            "x-forwarded-port": host.rpartition(":")[2] if ":" in host else "80",
            "x-forwarded-proto": "http",
            "x-amzn-trace-id": f"Root=1-{int(now.timestamp()):08x}-{uuid.uuid4().hex[:24]}",
        },
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": arrived.method,
                "path": arrived.path,
                "protocol": arrived.protocol,
                "sourceIp": arrived.peer,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex[:15] + "=",
            "routeKey": route.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if authorized is not None:
        told = {"claims": dict(authorized.claims), "scopes": authorized.scopes}
        event["requestContext"]["authorizer"] = {"jwt": told}
    if cookies is not None:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if query := _joined(parse_qsl(raw_query, keep_blank_values=True)):
        event["queryStringParameters"] = query
    if parameters:
        event["pathParameters"] = dict(parameters)
    if arrived.body:
        binary = not _is_text(headers.get("content-type", ""))
        event["isBase64Encoded"] = binary
        event["body"] = (
            base64.b64encode(arrived.body).decode("ascii")
            if binary
            else arrived.body.decode("utf-8", "replace")
        )
    return event


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _is_text(content_type: str) -> bool:
    """
    Whether an HTTP API hands a body of this type on as text.

    Forms, files and bodies without a type arrive in base64.
    """
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT


def as_response(answer: Any) -> Response:
    """Return the response for what a function answered, or raise UnusableReplyError."""
    if not (isinstance(answer, dict) and "statusCode" in answer):
        # Without a status code the gateway infers one: the whole answer is a JSON body.
        inferred = json.dumps(answer, ensure_ascii=False).encode()
        return Response(200, [("content-type", "application/json")], inferred)
    try:
        status = int(answer["statusCode"])
    except (TypeError, ValueError) as error:
        raise UnusableReplyError from error
    headers = answer.get("headers") or {}
    body: Any = answer.get("body")
    if not 100 <= status <= 599 or not isinstance(headers, dict):  # noqa: PLR2004
        raise UnusableReplyError
    if not isinstance(body, str | None):
        raise UnusableReplyError
    given = [(str(name).lower(), str(value)) for name, value in headers.items()]
    given += [("set-cookie", str(cookie)) for cookie in answer.get("cookies") or []]
    if not any(name == "content-type" for name, _ in given):
        given.append(("content-type", "text/plain;charset=UTF-8"))
    content = (body or "").encode()
    if answer.get("isBase64Encoded"):
        try:
            content = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise UnusableReplyError from error
    if len(content) > MOST_REPLY_BYTES:
        raise UnusableReplyError
    return Response(status, given, content)
