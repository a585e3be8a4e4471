"""The promise: whatever breaks between an inquiry and its letter, the letter comes, once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from infra.local.queues import name_of
from intake.inquiry import RECEIPT, TEAM_NEW
from tests.fast_pipeline import fast_pipeline
from tests.handlers import ROOT, blueprint
from tests.journey.breaking import killed, no_connection, of, refusal
from tests.pipeline import SEND_EMAIL, Between, Pipeline, nothing

_EXAMPLE = "schemas/forms/general-inquiry/examples/valid/only-what-is-required.json"
ANSWERS = json.loads((ROOT / _EXAMPLE).read_text("utf-8"))["answers"]
BOTH = Counter({TEAM_NEW: 1, RECEIPT: 1})
# The claim, the case, the letter, and what becomes of it.
CALLS = ["dynamodb.UpdateItem", "dynamodb.Query", SEND_EMAIL, "dynamodb.UpdateItem"]
LEASE_MINUTES, VISIBILITY_MINUTES, PROMISE_MINUTES = 2, 3, 5


@pytest.fixture
def deployed() -> Iterator[Pipeline]:
    with fast_pipeline() as opened:
        yield opened


def post(deployed: Pipeline) -> None:
    reply = deployed.send(
        "POST", "/f/general-inquiry", json.dumps(ANSWERS).encode(), content_type="application/json"
    )
    assert reply.status == 200


def queue_of(step: str) -> str:
    arn = blueprint().functions[step].arn
    (trigger,) = [each for each in blueprint().triggers if arn.endswith(each.function)]
    return name_of(trigger.queue_arn)


def letters(deployed: Pipeline) -> Counter[str]:
    return Counter(dict(letter.tags)["letter"] for letter in deployed.mails)


def in_notify_team(number: int, then: Between) -> Between:
    """Break one call of the step's first attempt: the one that begins by claiming its letter."""
    made: list[str] = []

    def between(operation: str, request: Any) -> Any:
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        is_claim = operation == CALLS[0] and b"claimed_at" in body and TEAM_NEW.encode() in body
        if made or is_claim:
            made.append(operation)
            if len(made) == number + 1:
                assert operation == CALLS[number]
                return then(operation, request)
        return None

    return between


def after_it_was_done(deployed: Pipeline, then: Between) -> Between:
    """Break only the way back: AWS did what it was asked."""

    def between(operation: str, request: Any) -> Any:
        deployed.ask(operation, request)
        return then(operation, request)

    return between


def no_answer(_operation: str, request: Any) -> None:
    raise ConnectionClosedError(endpoint_url=request.url)


def test_on_a_good_day_both_letters_come_at_once(deployed: Pipeline) -> None:
    post(deployed)
    deployed.run()

    assert letters(deployed) == BOTH
    deployed.wait(30)
    assert letters(deployed) == BOTH


@pytest.mark.parametrize("way", [no_connection, refusal("AccessDenied", 403)])
def test_queue_down_at_accept_time(deployed: Pipeline, way: Between) -> None:
    deployed.between = of("sqs", way)
    post(deployed)
    deployed.between = nothing
    deployed.run()
    assert letters(deployed) == Counter()

    deployed.wait(1)
    assert letters(deployed) == BOTH
    deployed.wait(30)
    assert letters(deployed) == BOTH


def test_queue_down_for_an_hour(deployed: Pipeline) -> None:
    deployed.between = of("sqs", no_connection)
    post(deployed)
    deployed.wait(60)
    deployed.between = nothing
    deployed.wait(LEASE_MINUTES + 1)

    assert letters(deployed) == BOTH
    deployed.wait(30)
    assert letters(deployed) == BOTH


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(CALLS)), ids=["claim", "read", "send", "note"])
def test_notify_team_killed_at_each_call(deployed: Pipeline, number: int, *, done: bool) -> None:
    way = after_it_was_done(deployed, killed) if done else killed
    deployed.between = in_notify_team(number, way)
    post(deployed)
    deployed.run()
    deployed.between = nothing
    deployed.wait(PROMISE_MINUTES)

    assert letters(deployed) == BOTH
    deployed.wait(30)
    assert letters(deployed) == BOTH


@pytest.mark.parametrize("number", range(len(CALLS)), ids=["claim", "read", "send", "note"])
def test_answer_lost_at_each_call(deployed: Pipeline, number: int) -> None:
    deployed.between = in_notify_team(number, after_it_was_done(deployed, no_answer))
    post(deployed)
    deployed.run()
    deployed.between = nothing
    deployed.wait(PROMISE_MINUTES)

    assert letters(deployed) == BOTH
    deployed.wait(30)
    assert letters(deployed) == BOTH


def test_killed_at_every_call_in_turn(deployed: Pipeline) -> None:
    """Each attempt dies one call later than the one before."""
    post(deployed)
    for number in range(len(CALLS)):
        deployed.between = in_notify_team(number, killed)
        deployed.wait(LEASE_MINUTES + VISIBILITY_MINUTES)
    deployed.between = nothing
    deployed.wait(PROMISE_MINUTES)

    assert letters(deployed) == BOTH
    deployed.wait(30)
    assert letters(deployed) == BOTH


def test_every_message_comes_twice(deployed: Pipeline) -> None:
    post(deployed)
    deployed.run()
    again: list[str] = []
    for body in list(deployed.bodies):
        letter = json.loads(body)["letter"]
        if isinstance(letter, str):  # else: what SES says of it, which comes twice anyway
            deployed.put(queue_of("ReplyToSender" if letter == RECEIPT else "NotifyTeam"), body)
            again.append(letter)
    deployed.wait(30)

    assert Counter(again) == BOTH
    assert letters(deployed) == BOTH


def test_answer_and_event_lost_the_repeat_says_so(deployed: Pipeline) -> None:
    """The one case in which a letter comes twice: nobody can know that SES took the first."""
    deployed.fate = ()
    deployed.between = in_notify_team(2, after_it_was_done(deployed, killed))
    post(deployed)
    deployed.run()
    deployed.between, deployed.fate = nothing, ("Send", "Delivery")
    deployed.wait(30)

    assert letters(deployed) == BOTH + Counter({TEAM_NEW: 1})
    said = [letter for letter in deployed.mails if dict(letter.tags)["letter"] == TEAM_NEW]
    repeat = "may be a repeat"
    assert [repeat in letter.part("Text") for letter in said] == [False, True]
