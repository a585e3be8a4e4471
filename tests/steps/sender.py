"""Somebody with the link to an inquiry: looks, presses buttons, and has uploads signed."""

from __future__ import annotations

import base64
import json
from io import StringIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import sign_upload.handler
from intake.inquiry import File
from sign_upload.desk import logger
from tests.plain_browser import Page
from tests.rights import not_granted
from tests.steps.clinic import Clinic
from tests.steps.mailroom import INQUIRY, NOW

UPLOAD = INQUIRY + "u" * 26
RECEIPT = INQUIRY + "r" * 26
ORIGIN = "https://uploads.s3.eu-west-2.amazonaws.com"
MIB = 2**20
LIMITS = {
    "MAX_FILE_BYTES": str(2 * 2**30),
    "MAX_INQUIRY_BYTES": str(5 * 2**30),
    "MAX_INQUIRY_FILES": "1000",
}


class Sender:
    """Requests as the gateway hands them over. `log` is what the step wrote."""

    def __init__(self, aws: Clinic) -> None:
        self.aws = aws
        self.log = StringIO()
        self.limit()

    def limit(self, **changes: str) -> None:
        """Give the step its environment, as template.yaml would."""
        self.aws.configure(**(LIMITS | changes))
        sign_upload.handler.wiring.cache_clear()
        logger.registered_handler.setStream(self.log)

    def request(
        self, method: str, path: str, token: str, body: str = "", query: str = "", **headers: str
    ) -> dict[str, Any]:
        """Send one request; header names are given with underscores."""
        event = {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path.replace("{token}", token),
            "rawQueryString": query,
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "pathParameters": {"token": token},
            "requestContext": {"http": {"method": method}, "domainName": "forms.clinic.example"},
            "body": body,
            "isBase64Encoded": False,
        }
        if headers.get("content_type", "").startswith(("application/x-www", "multipart/")):
            event |= {"body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True}
        context = SimpleNamespace(
            function_name="SignUpload",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:eu-west-2:123456789012:function:SignUpload",
            aws_request_id="request",
        )
        before = len(self.aws.calls)
        reply: dict[str, Any] = sign_upload.handler.handle(event, context)
        # The emulator grants everything, so what the role lacks has to be noticed here.
        assert not not_granted("sign_upload", self.aws.calls[before:])
        assert reply["statusCode"] < 500 or reply["statusCode"] == 503
        return reply

    def look(self, token: str = UPLOAD, query: str = "", **headers: str) -> dict[str, Any]:
        """Open the page."""
        return self.request("GET", "/u/{token}", token, query=query, **headers)

    def page(self, token: str = UPLOAD, query: str = "", **headers: str) -> Page:
        """Open the page and read it."""
        return Page(self.look(token, query, **headers)["body"])

    def press(self, token: str = UPLOAD, query: str = "", **fields: str) -> dict[str, Any]:
        """Send one of the page's forms."""
        return self.request(
            "POST",
            "/u/{token}",
            token,
            urlencode(fields),
            query,
            content_type="application/x-www-form-urlencoded",
        )

    def ask(self, body: Any, token: str = UPLOAD, **headers: str) -> dict[str, Any]:
        """Have something signed."""
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"content_type": "application/json"} | headers
        return self.request("POST", "/u/{token}/sign", token, text, **headers)

    def sign(self, body: Any, token: str = UPLOAD) -> dict[str, Any]:
        """Have something signed that is signed."""
        reply = self.ask(body, token)
        assert reply["statusCode"] == 200, reply["body"]
        answer: dict[str, Any] = json.loads(reply["body"])
        return answer

    def refused(self, body: Any, token: str = UPLOAD) -> tuple[int, str]:
        """Have something refused; return status and code."""
        reply = self.ask(body, token)
        return reply["statusCode"], json.loads(reply["body"])["errors"][0]["code"]


def whole(key: str = "uppy-1", size: int = 4_200_000, **more: Any) -> dict[str, Any]:
    """Return the first shape: a file in one request."""
    asked = {"method": "PUT", "key": key, "contentType": "application/pdf", "size": size}
    return asked | {"slot": "blood", "name": "scan.pdf", "type": "application/pdf"} | more


def in_parts(key: str = "uppy-2", size: int = 12 * MIB, **more: Any) -> dict[str, Any]:
    """Return the second shape: a file that is sent in parts."""
    asked = {"method": "POST", "key": key, "size": size, "slot": "radiology"}
    return asked | {"name": "MRI/IM0001", "type": ""} | more


def policy_of(fields: dict[str, str]) -> tuple[str, list[Any]]:
    """Return expiry and conditions of a form's policy."""
    policy = json.loads(base64.b64decode(fields["policy"]))
    return policy["expiration"], policy["conditions"]


def parameters_of(url: str) -> dict[str, str]:
    """Return the query of a signed address, by name."""
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def a_file(n: int = 0, requirement: str = "blood", **given: Any) -> File:
    """Return a file that came with the form."""
    return File(
        **{
            "inquiry": INQUIRY,
            "n": n,
            "record": 0,
            "requirement": requirement,
            "version": "v",
            "size": 4_200_000,
            "sha256": "0" * 64,
            "name": "scan.pdf",
            "declared_type": "application/pdf",
            "declared_at": NOW,
            "arrived_at": NOW,
        }
        | given
    )
