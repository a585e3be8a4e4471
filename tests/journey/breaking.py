"""Ways in which a call to AWS can go wrong, each as talkative as it may ever be."""

from __future__ import annotations

import json
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError
from moto.core.botocore_stubber import MockRawResponse

from tests.handlers import Killed
from tests.pipeline import Between


def refusal(code: str, status: int) -> Between:
    """Have AWS refuse, and quote all that it was asked in its message, as SES and S3 do."""

    def answer(_operation: str, request: Any) -> AWSResponse:
        text = f"{request.url} {request.body!r} {dict(request.headers)}"
        body = json.dumps({"__type": code, "message": text})
        headers = {"x-amzn-errortype": code, "content-type": "application/json"}
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    return answer


def no_connection(_operation: str, request: Any) -> None:
    """Reach nobody."""
    raise EndpointConnectionError(endpoint_url=f"{request.url} {request.body!r}")


def bug(_operation: str, request: Any) -> None:
    """Raise what no step expects, with everything in its text."""
    raise ValueError(f"{request.url} {request.body!r} {dict(request.headers)}")


def killed(_operation: str, _request: Any) -> None:
    """End the process."""
    raise Killed


def of(prefix: str, then: Between) -> Between:
    """Break the operations whose names begin with *prefix*."""

    def between(operation: str, request: Any) -> Any:
        return then(operation, request) if operation.startswith(prefix) else None

    return between


def at_call(number: int, then: Between) -> Between:
    """Break one call, counted from now on."""
    left = [number]

    def between(operation: str, request: Any) -> Any:
        left[0] -= 1
        return then(operation, request) if left[0] == -1 else None

    return between
