"""All that the API's document allows, and much that it does not, asked of the real handlers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import schemathesis
from joserfc import jwt
from joserfc.jwk import RSAKey
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from infra.local import staff
from infra.local.gateway import Gateway
from infra.local.http_event import Arrived, Response
from infra.local.journal import Journal
from tests.fast_pipeline import FastPipeline, fast_pipeline
from tests.handlers import ROOT, blueprint
from tests.records import small

FORM = "general-inquiry"
_HOUR = 3600
_OF_THE_BODY = {"CONTENT_TYPE", "CONTENT_LENGTH"}
# A hundred times this is a campaign; this is what every change can afford.
EXAMPLES = 10


@dataclass(frozen=True)
class Api:
    """
    A deployed API with an inquiry in it, a link to it, and somebody who is signed in.

    Nothing can be sent to the other link's inquiry any more once it was asked to be withdrawn.
    """

    gateway: Gateway
    pipeline: FastPipeline
    staff_token: str
    link_token: str
    other_link_token: str
    reference: str

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        """Ask it once; header names are given with underscores."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.gateway.answer(Arrived(method, target, named, body))

    def serve(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as WSGI."""
        path, query = str(environ["RAW_URI"]).partition("?")[0], environ["QUERY_STRING"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        target = f"{path}?{query}" if query else path
        asked = Arrived(environ["REQUEST_METHOD"], target, list(_headers(environ)), body)
        answer = self.gateway.answer(asked)
        start(f"{answer.status} Said", answer.headers)
        return [answer.body]


def _headers(environ: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        plain = name.removeprefix("HTTP_").replace("_", "-").lower()
        is_sent = name.startswith("HTTP_") or (name in _OF_THE_BODY and value)
        # Nothing here would unpack what is compressed.
        if is_sent and plain != "accept-encoding":
            yield plain, value


@contextmanager
def deployed() -> Iterator[Api]:
    """Deploy it; one inquiry came, with a file that is checked and clean."""
    key = RSAKey.generate_key(2048, private=True, auto_kid=True)
    with fast_pipeline() as pipeline:
        gateway = Gateway(
            blueprint(),
            pipeline.handlers,
            Journal(),
            keys_of=lambda _issuer: [dict(key.as_dict(private=False))],
        )
        told, other = _inquire(pipeline, "One"), _inquire(pipeline, "Another")
        pipeline.run()
        yield Api(
            gateway,
            pipeline,
            _token(key),
            told["upload"]["url"].rpartition("/")[2],
            other["upload"]["url"].rpartition("/")[2],
            told["reference"],
        )


def _inquire(pipeline: FastPipeline, message: str) -> Any:
    path = ROOT / "schemas" / "forms" / FORM / "examples" / "valid" / "only-what-is-required.json"
    answers = json.loads(path.read_text("utf-8"))["answers"]
    (consent,) = answers.pop("consents")
    fields = {f"consents.0.{name}": value for name, value in consent.items()}
    fields |= {"form_locale": "en", "message": message, "submitter.role": "patient"}
    for group in ("patient", "contact"):
        fields |= {f"{group}.{name}": value for name, value in answers[group].items()}
    fields["records.0.requirement"] = "blood"
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = b'--x\r\nContent-Disposition: form-data; name="records.0.file"; filename="a.pdf"\r\n\r\n'
    body = b"".join([*parts, file, small.pdf_of(2_000), b"\r\n--x--\r\n"])
    answer = pipeline.send(
        "POST",
        f"/f/{FORM}",
        body,
        content_type="multipart/form-data; boundary=x",
        accept="application/json",
    )
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def _token(key: RSAKey) -> str:
    guard = next(route.authorizer for route in blueprint().routes if route.authorizer)
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": guard.issuer,
        "aud": guard.audience[0],
        "iat": now,
        "exp": now + _HOUR,
        "sub": "somebody",
        "scope": staff.SCOPE,
        "cognito:groups": ["supervisors"],
    }
    return str(jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key))


def by_form(document: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the document with a route for each form of *names*, which takes this form alone."""
    known = deepcopy(dict(document))
    route = known["paths"].pop("/f/{form}")
    del route["parameters"]
    for name in names:
        own = deepcopy(route)
        for method in ("get", "post"):
            own[method]["operationId"] += f"-{name}"
        content = own["post"]["requestBody"]["content"]
        content["application/json"]["schema"] = {"$ref": f"#/components/schemas/{name}"}
        for kind in content.values():
            kind["examples"] = {
                each: value for each, value in kind["examples"].items() if each.startswith(name)
            }
        known["paths"][f"/f/{name}"] = own
    return known


def findings(api: Api, document: Mapping[str, Any], examples: int, seed: int) -> list[str]:
    """Ask all that *document* allows, and what it does not; return where it or the code lied."""
    settings = {
        "seed": seed,
        "headers": {"Authorization": f"Bearer {api.staff_token}"},
        "continue-on-failure": True,
        "parameters": {"path.token": api.link_token, "path.case": api.reference},
        "operations": [
            {
                "include-operation-id": "changeInquiry",
                "parameters": {"path.token": api.other_link_token},
            }
        ],
        "generation": {"max-examples": examples, "deterministic": True, "no-shrink": True},
        "phases": {"stateful": {"enabled": False}},
        "checks": {
            # It calls a WSGI application in a way that fails; tokens are asked for apart.
            "ignored_auth": {"enabled": False},
            # Some rules are no schema's: a consent that has to be granted, days in their order.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "304", "3xx", "400", "403", "404", "409", "422"]
            },
        },
    }
    schema = schemathesis.openapi.from_dict(
        dict(document), config=SchemathesisConfig.from_dict(settings)
    )
    schema.app = api.serve
    found = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            found += _failures(event)
    return found


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info:
                failure = check.failure_info.failure
                yield (
                    f"{event.recorder.label}: {check.name}: {failure.title}: {failure.message}\n"
                    f"{check.failure_info.code_sample}"
                )
