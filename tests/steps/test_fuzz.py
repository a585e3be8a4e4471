"""accept_inquiry: whatever is posted, it is accepted or refused whole, and never a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from infra.local.http_event import as_response
from tests.examples import examples
from tests.handlers import blueprint
from tests.pipeline import Pipeline, pipeline
from tests.steps.hostile import MARK, events

BODIES = 2_000
ACCEPTED = {200, 303}
REFUSED = {400, 403, 404, 405, 409, 413, 415, 422}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Pipeline]:
    with pipeline() as opened:
        yield opened


@settings(
    max_examples=examples(BODIES),
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(event=events())
def test_no_body_makes_a_5xx_and_no_refused_body_leaves_a_trace(
    deployed: Pipeline, event: dict[str, Any]
) -> None:
    deployed.calls.clear()
    log = deployed.handlers.log
    log.truncate(log.seek(0))
    reply = deployed.handlers.invoke(blueprint().functions["AcceptInquiry"].arn, event)

    status = reply["statusCode"]
    assert status in ACCEPTED | REFUSED, log.getvalue()
    assert MARK not in log.getvalue()
    response = as_response(reply)
    assert all(v.isascii() and v.isprintable() for _, v in response.headers)
    if "json" in reply["headers"]["Content-Type"]:
        assert MARK not in reply["body"]
        told = json.loads(reply["body"])
        assert told["ok"] is (status == 200)
    if status in REFUSED:
        assert {call.operation for call in deployed.calls} <= {"dynamodb.GetItem"}
        assert status == 409 or not deployed.calls
