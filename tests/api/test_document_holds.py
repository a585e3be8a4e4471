"""
What GET /openapi.json says is what the API does, whatever is sent to it.

`API_EXAMPLES=300 API_SEED=2` asks longer, and every form; see CONTRIBUTING.md.
"""

from __future__ import annotations

import gzip
import json
import os
from copy import deepcopy
from urllib.parse import urlencode

import pytest

from tests.api.asked import EXAMPLES, FORM, by_form, deployed, findings

LONGER = int(os.environ.get("API_EXAMPLES", "0"))
SEED = int(os.environ.get("API_SEED", "1"))


@pytest.fixture(scope="module")
def api():
    with deployed() as one:
        yield one


@pytest.fixture(scope="module")
def document(api):
    return json.loads(api.ask("GET", "/openapi.json").body)


def test_whatever_is_sent_is_answered_as_the_document_says(api, document):
    forms = document["components"]["parameters"]["form"]["schema"]["enum"]

    found = findings(api, by_form(document, forms if LONGER else [FORM]), LONGER or EXAMPLES, SEED)

    assert not found, f"{len(found)} findings, the first:\n" + "\n\n".join(found[:5])
    assert "crashed" not in api.pipeline.handlers.log.getvalue()


def test_a_document_that_lies_is_found_out(api, document):
    lying = deepcopy(document)
    lying["paths"] = {"/team": lying["paths"]["/team"], "/cases": lying["paths"]["/cases"]}
    lying["components"]["responses"]["Page"]["content"] = {"text/plain": {}}
    lying["components"]["schemas"]["Worklist"]["required"].append("colour")
    del lying["paths"]["/cases"]["get"]["responses"]["404"]

    found = " ".join(findings(api, lying, 3, SEED))

    assert "GET /team: content_type_conformance" in found
    assert "GET /cases: response_schema_conformance" in found
    assert "GET /cases: status_code_conformance" in found


def test_without_a_token_the_gateway_answers_as_the_document_says(api, document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters" or "security" not in operation:
                continue
            target = path.replace("{case}", api.reference).replace("{n}", "0")
            answer = api.ask(method.upper(), target)
            assert answer.status == 401
            assert json.loads(answer.body) == {"message": "Unauthorized"}
            assert "application/json" in operation["responses"]["401"]["content"]


# ---- What no schema says ----------------------------------------------------------------------

SITE, STRANGER = "https://www.clinic.example", "https://elsewhere.example"
SENT = "content-type,formspree-client,formspree-session-data,idempotency-key"
POST = f"/f/{FORM}"
WRONG = {"form_locale": "en", "contact.email": "Zoë at patients"}
JSON_BODY = json.dumps(WRONG, ensure_ascii=False)
FORM_BODY = urlencode(WRONG)


def test_an_allowed_site_may_send_what_form_clients_send(api):
    answer = api.ask(
        "OPTIONS",
        POST,
        origin=SITE,
        access_control_request_method="POST",
        access_control_request_headers=SENT,
    )

    told = dict(answer.headers)
    assert (answer.status, told["access-control-allow-origin"]) == (204, SITE)
    assert set(SENT.split(",")) <= set(told["access-control-allow-headers"].split(","))
    assert {"GET", "POST"} <= set(told["access-control-allow-methods"].split(","))
    assert "access-control-allow-credentials" not in told


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_another_site_is_allowed_nothing(api, method):
    answer = api.ask(method, POST, JSON_BODY.encode(), origin=STRANGER, accept="application/json")

    assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    if method == "POST":
        assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (403, "BLOCKED")


@pytest.mark.parametrize(
    ("type_", "body", "status"),
    [
        ("application/json", JSON_BODY.encode(), 422),
        ("application/json; charset=utf-8", JSON_BODY.encode(), 422),
        ('APPLICATION/JSON;charset="UTF-8"', JSON_BODY.encode(), 422),
        ("application/x-www-form-urlencoded;charset=UTF-8", FORM_BODY.encode(), 422),
        ("application/x-www-form-urlencoded", b"message=%ff", 400),
        ("multipart/form-data", b"x", 400),  # without a boundary
        ("application/ld+json", JSON_BODY.encode(), 415),
        ("text/plain;charset=UTF-8", JSON_BODY.encode(), 415),
        ("", JSON_BODY.encode(), 415),
    ],
)
def test_a_body_is_read_by_its_type_and_is_utf_8(api, type_, body, status):
    answer = api.ask("POST", POST, body, content_type=type_, accept="application/json")

    assert (answer.status, json.loads(answer.body)["status"]) == (status, status)


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        ("*/*", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/problem+json"),
        ("application/json, text/javascript, */*; q=0.01", "application/problem+json"),
    ],
)
def test_a_refusal_comes_as_it_is_wanted(api, accept, type_):
    told = {"content_type": "application/x-www-form-urlencoded", "accept": accept}
    answer = api.ask("POST", POST, FORM_BODY.encode(), **told)

    assert (answer.status, dict(answer.headers)["content-type"]) == (422, type_)


def test_what_everybody_may_keep_is_compressed_and_what_is_asked_with_head_is_refused(api):
    packed = api.ask("GET", "/openapi.json", accept_encoding="gzip;q=0.5")
    plain = api.ask("GET", "/openapi.json", accept_encoding="gzip;q=0, identity")
    head = api.ask("HEAD", POST)

    assert gzip.decompress(packed.body) == plain.body
    assert (head.status, dict(head.headers)["allow"]) == (405, "GET, POST")
