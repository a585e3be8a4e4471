"""Whatever staff's browsers, or somebody with their token, send: an answer, and never a 5xx."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.steps.mailroom import CANARY
from tests.steps.staff import (
    CLAIM,
    DOCTOR,
    REFERENCE,
    SUPERVISOR,
    Office,
    a_case,
    a_file,
    an_event,
    failed_letter,
)

ROUTES = (
    "POST /cases/{case}/open",
    "POST /cases/{case}/files/{n}/open",
    "POST /cases/{case}/actions",
)
ACTIONS = (
    "release",
    "reject",
    "answered",
    "reopen",
    "let_through",
    "refuse",
    "resend",
    "waive",
    "unwaive",
)
texts = st.text(max_size=60)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
odd_actions = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(ACTIONS) | trees,
        "revision": st.integers(0, 3) | trees,
        "file": st.integers(0, 2) | trees,
        "letter": st.sampled_from(["receipt", "team_new"]) | trees,
        "requirement": st.sampled_from(["blood", "photo"]) | trees,
        "why": texts | trees,
    },
)
bodies = texts | trees.map(json.dumps) | odd_actions.map(json.dumps)
claims = st.dictionaries(st.sampled_from(["sub", "username", CLAIM, "scope"]) | texts, trees)
many = settings(
    max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def office(aws, monkeypatch):
    """Open the office, with one case in it."""
    office = Office(aws, monkeypatch)
    office.store(a_case(), a_file(0), a_file(1, "withheld"), failed_letter())
    return office


@many
@given(route=st.sampled_from(ROUTES), body=bodies, case=st.just(REFERENCE) | texts, n=texts)
def test_no_body_and_no_address_breaks_anything(office, route, body, case, n):
    told = office.send(an_event(route, SUPERVISOR, body, case=case, n=n))

    assert told.status < 500
    if told.status >= 400:
        assert told.headers["Content-Type"] == "application/problem+json"


@many
@given(query=st.dictionaries(st.sampled_from(["form", "list", "after", "_language"]), texts))
def test_no_query_breaks_the_list(office, query):
    told = office.list(DOCTOR, "&".join(f"{name}={quote(text)}" for name, text in query.items()))

    assert told.status in {200, 404}


@many
@given(claims=claims)
def test_no_claim_gives_more_than_its_groups(office, claims):
    event = an_event(ROUTES[0], None, {}, case=REFERENCE)
    event["requestContext"]["authorizer"]["jwt"]["claims"] = claims

    told = office.send(event)

    assert told.status in {401, 404}
    assert CANARY not in told.raw


@many
@given(authorizer=trees, context=st.booleans())
def test_no_authorizer_of_another_shape_lets_anybody_in(office, authorizer, context):
    event = an_event(ROUTES[0], None, {}, case=REFERENCE)
    given_ = {"jwt": authorizer} if context else authorizer
    event["requestContext"]["authorizer"] = given_

    assert office.send(event).status == 401


def test_of_all_that_was_tried_nothing_is_in_the_log(office):
    office.send(an_event(ROUTES[2], SUPERVISOR, {"action": "Kanarie"}, case="Kanarie"))
    office.list(DOCTOR, "form=Kanarie&list=Kanarie&after=Kanarie")

    assert "Kanarie" not in office.clinic.log.getvalue()
