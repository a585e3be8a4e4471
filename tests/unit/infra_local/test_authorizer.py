"""The gateway takes the tokens that AWS takes, and no other; each refusal has its valid twin."""

import base64
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from infra.local.blueprint import Blueprint, Function, JwtAuthorizer, Route
from infra.local.gateway import Gateway
from infra.local.http_event import Arrived
from infra.local.journal import Journal

ISSUER = "https://sign-in.example"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
ARN = "arn:aws:lambda:eu-west-2:123456789012:function:step"
STEP = Function("Step", "step", ARN, "s.h.h", 10, 128, "functions/", (), {})
STAFF = JwtAuthorizer("StaffTokens", ISSUER, ("the-clinic", "another"), "authorization")
MISSING = object()


class Published:
    """An issuer's keys, and how often somebody asked for them."""

    def __init__(self, *keys):
        self.keys, self.asked = list(keys), 0

    def __call__(self, issuer):
        assert issuer == ISSUER
        self.asked += 1
        return [key.as_dict(private=False) for key in self.keys]


class Lambda:
    """Says yes, and remembers the event."""

    event = None

    def invoke(self, _arn, event, *, at_most):
        self.event = event
        return {"statusCode": 200, "headers": {"x-limit": str(at_most)}}


def claims(**changes):
    now = int(time.time())
    given = {
        "iss": ISSUER,
        "aud": "the-clinic",
        "sub": "8d2f",
        "exp": now + 60,
        "iat": now,
        "nbf": now,
        "scope": "openid clinic-intake/cases",
    }
    return {name: value for name, value in (given | changes).items() if value is not MISSING}


def signed(key=KEY, algorithm="RS256", kid="one", **changes):
    header = {"alg": algorithm} | ({"kid": kid} if kid else {})
    return jwt.encode(header, claims(**changes), key, [algorithm])


@pytest.fixture
def ask():
    published = Published(KEY)
    function = Lambda()
    routes = [
        Route("GET", "/cases", ARN, STAFF, ("clinic-intake/cases", "clinic-intake/all")),
        Route("GET", "/anybody", ARN, STAFF),
        Route("GET", "/team", ARN),
    ]
    blueprint = Blueprint(functions={"Step": STEP}, routes=routes)
    gateway = Gateway(blueprint, function, Journal(), published)

    def ask(token=None, target="/cases", header=None):
        value = header if token is None else f"Bearer {token}"
        headers = [("Authorization", value)] if value is not None else []
        response = gateway.answer(Arrived("GET", target, [("Host", "h"), *headers], b""))
        return response, function.event

    ask.published = published
    return ask


def refused(answer, status, message):
    response, event = answer
    return (response.status, json.loads(response.body), event) == (
        status,
        {"message": message},
        None,
    )


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", ""])
def test_a_good_token_reaches_the_function_with_or_without_its_scheme(ask, scheme):
    response, event = ask(header=f"{scheme}{signed()}")

    told = event["requestContext"]["authorizer"]["jwt"]
    assert response.status == 200
    assert told["claims"]["sub"] == "8d2f"
    assert told["scopes"] == ["openid", "clinic-intake/cases"]


def test_claims_arrive_as_strings(ask):
    given = {
        "cognito:groups": ["doctors", "ra-doctors"],
        "level": 3,
        "part": 0.5,
        "mfa": True,
        "empty": [],
        "nobody": None,
        "address": {"b": 2, "a": [1]},
    }
    _, event = ask(signed(**given))

    told = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert {name: told[name] for name in given} == {
        "cognito:groups": "[doctors ra-doctors]",
        "level": "3",
        "part": "0.5",
        "mfa": "true",
        "empty": "[]",
        "nobody": "<nil>",
        "address": "map[a:[1] b:2]",
    }
    assert told["exp"].isdigit()


def test_a_route_without_scopes_takes_any_and_tells_none(ask):
    response, event = ask(signed(scope=MISSING), "/anybody")

    assert response.status == 200
    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] is None


def test_an_open_route_asks_for_nothing_and_tells_nothing(ask):
    response, event = ask(target="/team")

    assert response.status == 200
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["elsewhere", "another"]},
        {"aud": MISSING, "client_id": "the-clinic"},
        {"nbf": MISSING, "iat": MISSING},
        {"scope": MISSING, "scp": ["clinic-intake/all"]},
    ],
)
def test_what_issuers_do_differently_is_taken(ask, changes):
    assert ask(signed(**changes))[0].status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://sign-in.elsewhere"},
        {"iss": MISSING},
        {"aud": "elsewhere"},
        {"aud": MISSING},
        {"aud": "elsewhere", "client_id": "the-clinic"},
        {"exp": int(time.time()) - 1},
        {"exp": MISSING},
        {"exp": "2099"},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
    ],
)
def test_other_claims_are_unauthorized(ask, changes):
    assert refused(ask(signed(**changes)), 401, "Unauthorized")


def in_parts(algorithm):
    parts = [json.dumps(part).encode() for part in ({"alg": algorithm, "kid": "one"}, claims())]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def unsigned():
    return in_parts("none") + "."


def signed_with_the_public_key():
    text = in_parts("HS256")
    signature = hmac.digest(KEY.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def tampered():
    head, body, signature = signed().split(".")
    other = signed(sub="somebody else").split(".")[1]
    assert other != body
    return f"{head}.{other}.{signature}"


@pytest.mark.parametrize(
    "make",
    [
        unsigned,
        signed_with_the_public_key,
        tampered,
        lambda: signed(OTHER),
        lambda: signed(kid="two"),
        lambda: signed(kid=None),
        lambda: signed(algorithm="RS384"),
        lambda: "no.token.at-all",
        lambda: "",
    ],
)
def test_other_signatures_are_unauthorized(ask, make):
    assert refused(ask(make()), 401, "Unauthorized")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic ZG9jdG9yOg=="])
def test_no_token_is_unauthorized(ask, header):
    assert refused(ask(header=header), 401, "Unauthorized")


@pytest.mark.parametrize("changes", [{"scope": "openid"}, {"scope": MISSING}, {"scope": ""}])
def test_a_token_for_something_else_is_forbidden(ask, changes):
    assert refused(ask(signed(**changes)), 403, "Forbidden")


def test_keys_are_fetched_again_when_the_issuer_has_a_new_one(ask):
    new = RSAKey.generate_key(2048, {"kid": "new"})
    for _ in range(2):
        assert ask(signed())[0].status == 200
    assert ask.published.asked == 1

    ask.published.keys.append(new)

    assert ask(signed(new, kid="new"))[0].status == 200
    assert ask.published.asked == 2
