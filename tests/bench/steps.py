"""The real steps under the environment that template.yaml gives them, outside of Lambda."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from infra.local import sealed
from tests.bench.children import ROOT
from tests.bench.plan import Environment

OK = 200


@dataclass(frozen=True)
class Context:
    """What Powertools reads of Lambda's context."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-2:123456789012:function:bench"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Return that there is time enough."""
        return 30_000


def wired(step: str, environment: Environment) -> Any:
    """
    Import the handler of *step* and connect it under *environment*; return its module.

    This process can't reach the real AWS any more.
    """
    sealed.seal(environment["AWS_ENDPOINT_URL"])
    os.environ.update(environment)
    handler = importlib.import_module(f"{step}.handler")
    handler.wiring()
    return handler


def example(form: str, name: str) -> dict[str, Any]:
    """Return the answers of a valid example."""
    path = ROOT / "schemas" / "forms" / form / "examples" / "valid" / f"{name}.json"
    answers: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["answers"]
    return answers


def accept(handler: Any, form: str, answers: Mapping[str, Any]) -> Any:
    """Have accept_inquiry's *handler* accept a JSON post of *answers*; return what it answers."""
    return carried_out(handler, "POST /f/{form}", {"form": form}, answers)


def sign(handler: Any, token: str, asked: Mapping[str, Any]) -> Any:
    """Have sign_upload's *handler* sign what is *asked* behind a link; return what it answers."""
    return carried_out(handler, "POST /u/{token}/sign", {"token": token}, asked)


def carried_out(
    handler: Any,
    route: str,
    parameters: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    **context: Any,
) -> Any:
    """Send a step's *handler* what the HTTP API makes of a request; raise unless it says 200."""
    answer = handler.handle(_event(route, parameters, body, context), Context())
    if answer["statusCode"] != OK:
        raise RuntimeError(f"{route}: {answer['statusCode']} {answer['body']}")
    return json.loads(answer["body"])


def _event(
    route: str,
    parameters: Mapping[str, str],
    body: Mapping[str, Any] | None,
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the event (payload 2.0); *parameters* that the route does not name are its query."""
    method, _, path = route.partition(" ")
    in_path = {name: value for name, value in parameters.items() if f"{{{name}}}" in path}
    query = {name: value for name, value in parameters.items() if name not in in_path}
    text = None if body is None else json.dumps(body, ensure_ascii=False)
    headers = {
        "content-type": "application/json",
        "content-length": str(len((text or "").encode())),
    }
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path.format_map(in_path),
        "rawQueryString": urlencode(query),
        "headers": headers if text else {},
        "requestContext": {
            "domainName": "clinic.example",
            "http": {
                "method": method,
                "path": path.format_map(in_path),
                "sourceIp": "192.0.2.7",
            },
            **context,
        },
        "pathParameters": in_path,
        "body": text or None,
        "isBase64Encoded": False,
    }
