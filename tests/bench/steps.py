"""The real steps under the environment that template.yaml gives them, outside of Lambda."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local import sealed
from tests.bench.children import ROOT
from tests.bench.plan import Environment


@dataclass(frozen=True)
class Context:
    """What Powertools reads of Lambda's context."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-2:123456789012:function:bench"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"


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


def accept(handler: Any, form: str, answers: Mapping[str, Any]) -> None:
    """Have accept_inquiry's *handler* accept a JSON post of *answers*, or raise RuntimeError."""
    answer = handler.handle(_post(form, answers), Context())
    if answer["statusCode"] != 200:
        raise RuntimeError(f"not accepted: {answer['body']}")


def _post(form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that the HTTP API makes of a JSON post (payload 2.0)."""
    body = json.dumps(answers, ensure_ascii=False)
    return {
        "version": "2.0",
        "routeKey": "POST /f/{form}",
        "rawPath": f"/f/{form}",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "content-length": str(len(body.encode())),
        },
        "requestContext": {
            "domainName": "clinic.example",
            "http": {"method": "POST", "path": f"/f/{form}"},
        },
        "pathParameters": {"form": form},
        "body": body,
        "isBase64Encoded": False,
    }
