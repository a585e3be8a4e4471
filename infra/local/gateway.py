"""The HTTP API: routes, limits, CORS and the few answers it gives by itself."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from infra.local.authorizer import (
    Authorized,
    Authorizers,
    ForbiddenError,
    KeysOf,
    UnauthorizedError,
    published,
)
from infra.local.blueprint import Blueprint, Route
from infra.local.functions import (
    EventTooLargeError,
    FunctionFailedError,
    Functions,
    StillRunningError,
)
from infra.local.http_event import Arrived, Response, UnusableReplyError, as_event, as_response
from infra.local.journal import Journal

MOST_BODY_BYTES = 10 * 1024 * 1024
MOST_HEAD_BYTES = 10_240
"""Request line and headers together."""

LONGEST_SECONDS = 30.0
"""An HTTP API waits no longer for a function, and no quota raises it."""

_CORS = "access-control-"
# Of the connection, not of the message: the gateway's front end sets its own.
_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "date"}


def own(status: int, message: str) -> Response:
    """Return an answer of the gateway itself; an HTTP API's cannot be changed."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Response(status, [("content-type", "application/json")], body)


class Gateway:
    """Answers as an HTTP API would, by the template's routes."""

    def __init__(
        self,
        blueprint: Blueprint,
        functions: Functions,
        journal: Journal,
        keys_of: KeysOf = published,
    ) -> None:
        """Sort the routes so that the most specific is tried first; *keys_of* knows issuers."""
        self._functions, self._journal = functions, journal
        self._authorizers = Authorizers(keys_of)
        self._cors = blueprint.cors
        self._names = {f.arn: f.logical_id for f in blueprint.functions.values()}
        self.routes = sorted(blueprint.routes, key=_generality)
        self._patterns = [(route, _pattern(route.path)) for route in self.routes]

    def answer(self, arrived: Arrived) -> Response:
        """Return the response to *arrived*."""
        origin = arrived.merged_headers.get("origin")
        if self._cors is not None and arrived.method == "OPTIONS":
            return Response(204, self._cors_headers(origin, preflight=True), b"")
        response = self._limited(arrived)
        if self._cors is None:
            return response
        kept = [(name, value) for name, value in response.headers if not name.startswith(_CORS)]
        headers = kept + self._cors_headers(origin, preflight=False)
        return Response(response.status, headers, response.body)

    def _limited(self, arrived: Arrived) -> Response:
        head = len(arrived.method) + len(arrived.target) + len(arrived.protocol) + 4
        head += sum(len(name) + len(value) + 4 for name, value in arrived.headers)
        if head > MOST_HEAD_BYTES:
            return own(431, "Request Header Fields Too Large")
        if len(arrived.body) > MOST_BODY_BYTES:
            return own(413, "Request Entity Too Large")
        route, parameters = self._route(arrived)
        if route is None:
            return own(404, "Not Found")
        return self._invoke(arrived, route, parameters)

    def _route(self, arrived: Arrived) -> tuple[Route | None, Mapping[str, str]]:
        for route, pattern in self._patterns:
            if route.method not in {arrived.method, "ANY"}:
                continue
            # Matched before decoding, so an encoded slash does not split a parameter.
            if match := pattern.fullmatch(arrived.target.partition("?")[0]):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None, {}

    def _authorized(self, arrived: Arrived, route: Route) -> Authorized | None:
        if route.authorizer is None:
            return None
        header = arrived.merged_headers.get(route.authorizer.header)
        return self._authorizers.check(route.authorizer, route.scopes, header)

    def _invoke(self, arrived: Arrived, route: Route, parameters: Mapping[str, str]) -> Response:
        name = self._names[route.function_arn]
        try:
            event = as_event(arrived, route, parameters, self._authorized(arrived, route))
        except UnauthorizedError as error:
            self._journal.happened("unauthorized", route.key, route.key, str(error))
            return own(401, "Unauthorized")
        except ForbiddenError as error:
            self._journal.happened("forbidden", route.key, route.key, str(error))
            return own(403, "Forbidden")
        try:
            answer = self._functions.invoke(route.function_arn, event, at_most=LONGEST_SECONDS)
            response = as_response(answer)
        except EventTooLargeError:
            self._journal.failed("http", name, "the event is over Lambda's 6 MB")
            return own(413, "Request Entity Too Large")
        except StillRunningError:
            return own(503, "Service Unavailable")
        except (FunctionFailedError, UnusableReplyError):
            return own(500, "Internal Server Error")
        self._journal.happened("http", route.key, name, str(response.status))
        headers = [(n, v) for n, v in response.headers if n not in _HOP_BY_HOP]
        headers.append(("apigw-requestid", event["requestContext"]["requestId"]))
        return Response(response.status, headers, response.body)

    def _cors_headers(self, origin: str | None, *, preflight: bool) -> list[tuple[str, str]]:
        cors = self._cors or {}
        if origin is None or not _allows(_listed(cors.get("allowOrigins")), origin):
            return []
        any_origin = "*" in _listed(cors.get("allowOrigins"))
        headers = [(f"{_CORS}allow-origin", "*" if any_origin else origin)]
        if not any_origin:
            headers.append(("vary", "origin"))
        if cors.get("allowCredentials"):
            headers.append((f"{_CORS}allow-credentials", "true"))
        if exposed := _listed(cors.get("exposeHeaders")):
            headers.append((f"{_CORS}expose-headers", ",".join(exposed)))
        if preflight:
            headers += [
                (f"{_CORS}allow-methods", ",".join(_listed(cors.get("allowMethods")))),
                (f"{_CORS}allow-headers", ",".join(_listed(cors.get("allowHeaders")))),
                (f"{_CORS}max-age", str(cors.get("maxAge", 0))),
            ]
        return headers


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(part) for part in value or []]


def _allows(origins: Iterable[str], origin: str) -> bool:
    return any(
        allowed in {"*", origin} or (allowed.endswith("*") and origin.startswith(allowed[:-1]))
        for allowed in origins
    )


def _generality(route: Route) -> tuple[bool, bool, int, bool]:
    """Order routes as an HTTP API picks: plain, with a parameter, greedy, `$default`."""
    return (
        route.path == "$default",
        "+}" in route.path,
        route.path.count("{"),
        route.method == "ANY",
    )


def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(r".*", re.DOTALL)
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile(
        "".join(
            f"(?P<{part.strip('{+}')}>{'.+' if part.endswith('+}') else '[^/]+'})"
            if part.startswith("{")
            else re.escape(part)
            for part in parts
        )
    )
