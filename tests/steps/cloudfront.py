"""CloudFront before the HTTP API, as infra/hosting.yaml lays it: so a viewer's request arrives."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

from infra.local.blueprint import Route
from infra.local.http_event import Arrived, as_event
from infra.local.template import Stack
from tests.handlers import PLACE, ROOT

HOST = "intake.clinic.example"
API = "abc.execute-api.eu-west-2.amazonaws.com"
EDGE = "130.176.0.9"
_GIVEN = {
    "Prefix": "intake",
    "HostDomain": HOST,
    "ApiDomain": API,
    "OriginSecretArn": PLACE.arn("secretsmanager", f"secret:{PLACE.stack}-OriginSecret"),
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
    "WebAclArn": "",
    "PriceClass": "PriceClass_All",
    "SecretsRound": "1",
}


@cache
def _laid(kind: str) -> dict[str, Any]:
    """Return the only resource of a *kind*, with all its references resolved."""
    stack = Stack(ROOT / "infra/hosting.yaml", PLACE, _GIVEN)
    (one,) = (each for each in stack.resources() if each.kind == f"AWS::CloudFront::{kind}")
    return dict(one.properties)


def added() -> dict[str, str]:
    """Return the headers that CloudFront writes over those of the same name."""
    origins = _laid("Distribution")["DistributionConfig"]["Origins"]
    (api,) = (one for one in origins if one["Id"] == "api")
    return {one["HeaderName"]: one["HeaderValue"] for one in api["OriginCustomHeaders"]}


def origin_secret() -> str:
    """Return what the functions are told, too."""
    return added()["x-origin-verify"]


@cache
def _edge(headers: str, viewer: str) -> str:
    event = {"viewer": {"ip": viewer}, "request": {"headers": json.loads(headers)}}
    code = f"{_laid('Function')['FunctionCode']};console.log(JSON.stringify(handler(event)))"
    run = f"const event = {json.dumps(event)};{code}"
    return subprocess.run(["node", "-e", run], capture_output=True, text=True, check=True).stdout


def passed_on(headers: dict[str, str], viewer: str) -> dict[str, str]:
    """Return the headers of a viewer's request as the gateway gets them."""
    sent = json.dumps({name.lower(): {"value": value} for name, value in headers.items()})
    left_out = {name.lower() for name in _policy()["HeadersConfig"]["Headers"]} | {"cookie"}
    edged = json.loads(_edge(sent, viewer))["headers"]
    kept = {name: one["value"] for name, one in edged.items() if name not in left_out}
    return {**kept, **added(), "host": API}


def _policy() -> dict[str, Any]:
    policy: dict[str, Any] = _laid("OriginRequestPolicy")["OriginRequestPolicyConfig"]
    assert policy["HeadersConfig"]["HeaderBehavior"] == "allExcept"
    assert policy["CookiesConfig"]["CookieBehavior"] == "none"
    return policy


def posted(body: bytes, headers: dict[str, str], source: str) -> dict[str, Any]:
    """Return the event that the gateway makes of a form's post, with *headers* as they arrived."""
    arrived = Arrived("POST", "/f/general-inquiry", list(headers.items()), body, source)
    route = Route("POST", "/f/{form}", "")
    return as_event(arrived, route, {"form": "general-inquiry"})
