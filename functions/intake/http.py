"""The edge: HTTP API events (payload 2.0) in, replies out."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from intake import refusals
from intake.errors import IntakeError, MalformedError, name_of, place_of

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

Reply = dict[str, Any]

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html; charset=utf-8"

# What is sent on every reply. Pages post with `same-origin`: under `no-referrer` a browser sends
# its own form's post with "Origin: null".
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


# Less than a packet's worth is not worth its header.
_LEAST_COMPRESSED = 1024


@dataclass(frozen=True)
class Request:
    """One request, as the HTTP API hands it over."""

    method: str
    route: str  # the template's route, such as "POST /f/{form}" or "$default"
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    domain: str = ""
    raw_body: str = field(default="", repr=False)
    is_base64: bool = False
    source: str = field(default="", repr=False)  # the other end of the gateway's connection

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """The body's bytes; raises MalformedError where they are no base64."""
        if not self.is_base64:
            # A lone surrogate in the event can't come from valid UTF-8.
            return self.raw_body.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(self.raw_body, validate=True)
        except (binascii.Error, ValueError):
            raise MalformedError from None

    @property
    def wants_json(self) -> bool:
        """
        Tell whether a script is asking, not a browser's form.

        A JSON caller is never redirected and never sent a page: form clients then report an
        error although the inquiry arrived, and people send twice.
        """
        accept = self.headers.get("accept", "").lower()
        json_at, html_at = accept.find(JSON), accept.find("text/html")
        # Browsers say so of every fetch() and XMLHttpRequest, which by themselves accept anything.
        is_script = self.headers.get("sec-fetch-mode", "") in {"cors", "same-origin"}
        return (
            (json_at >= 0 and (html_at < 0 or json_at < html_at))
            or (is_script and html_at < 0)
            or self.headers.get("x-requested-with", "").lower() == "xmlhttprequest"
            or self.content_type == JSON
        )


def request(event: Mapping[str, Any]) -> Request:
    """Read an event of payload format 2.0."""
    context = event["requestContext"]
    return Request(
        method=context["http"]["method"],
        route=event.get("routeKey", "$default"),
        path=event.get("rawPath", "/"),
        parameters=event.get("pathParameters") or {},
        query=dict(parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True)),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        domain=context.get("domainName", ""),
        raw_body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
        source=context["http"].get("sourceIp", ""),
    )


def reply(status: int, content_type: str, body: str, **headers: str) -> Reply:
    """Return the reply; header names are given with underscores (Retry_After)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "statusCode": status,
        "headers": {**_HEADERS, "Content-Type": content_type, **named},
        "body": body,
    }


def json_reply(status: int, body: Mapping[str, Any], **headers: str) -> Reply:
    """Return *body* as JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return reply(status, PROBLEM if "title" in body else JSON, text, **headers)


def html_reply(status: int, page: str, policy: str, **headers: str) -> Reply:
    """Return a page under its Content-Security-Policy."""
    return reply(status, HTML, page, Content_Security_Policy=policy, **headers)


def compressed(asked: Request, given: Reply) -> Reply:
    """
    Return *given* as gzip, if who asked takes that: on the way nobody else compresses it.

    An HTTP API never does, and CloudFront only what it may keep. Not for what holds a secret beside
    what a stranger may have written: the length of both together would tell of the secret.
    """
    body = str(given["body"]).encode()
    wanted = _takes_gzip(asked.headers.get("accept-encoding", ""))
    varies = ", ".join(filter(None, (given["headers"].get("Vary"), "Accept-Encoding")))
    headers = {**given["headers"], "Vary": varies}
    if not wanted or len(body) < _LEAST_COMPRESSED:
        return {**given, "headers": headers}
    return {
        **given,
        "headers": {**headers, "Content-Encoding": "gzip"},
        "body": base64.b64encode(gzip.compress(body, 6, mtime=0)).decode("ascii"),
        "isBase64Encoded": True,
    }


def _takes_gzip(accepted: str) -> bool:
    for coding in accepted.lower().split(","):
        name, _, quality = coding.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", quality)
    return False


def see_other(location: str) -> Reply:
    """Send a browser on with GET (303)."""
    return reply(303, HTML, "", Location=location)


def answer(
    event: Mapping[str, Any],
    logger: Logger,
    work: Callable[[Request], Reply],
    refuse: Callable[[Request, IntakeError], Reply],
) -> Reply:
    """
    Run *work*, and *refuse* where it raises a refusal. Anything else becomes our own 500.

    The gateway's own error is a bare {"message": ...} that no form client understands, and a
    traceback would put what a patient wrote into the log: names and place are logged instead.
    """
    asked = request(event)
    try:
        try:
            return work(asked)
        except IntakeError as error:
            refusals.log(logger, asked.route, error)
            return refuse(asked, error)
    except Exception as error:  # noqa: BLE001  the last resort
        where = place_of(error)
        logger.error(  # noqa: TRY400  an exception's text may quote what a patient wrote
            "crashed", error=name_of(error), where=where, route=asked.route
        )
        return _last_resort(asked)


def _last_resort(asked: Request) -> Reply:
    """Answer without catalogue, template or settings: any of them may be what broke."""
    title = "Sorry, something went wrong on our side"
    detail = "Nothing was lost on your side. Please send it again in a few minutes."
    if asked.wants_json:
        body = {
            "type": "urn:clinic-intake:problem:internal",
            "title": title,
            "status": 500,
            "detail": detail,
            "ok": False,
            "error": title,
            "message": detail,
            "errors": [{"code": "INTERNAL", "message": detail}],
        }
        return json_reply(500, body)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{title}</title><h1>{title}</h1><p>{detail}</p>"
        "<p>Go back in your browser: what you typed is usually still there.</p>"
    )
    return html_reply(500, page, "default-src 'none'; frame-ancestors 'none'")
