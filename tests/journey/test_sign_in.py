"""Staff sign in at a real provider, and only its tokens open the way to a case."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import expect

from tests.journey.person import chromium

TOP = Path(__file__).parents[2]
UNAUTHORIZED = (401, {"message": "Unauthorized"})
FORBIDDEN = (403, {"message": "Forbidden"})


def said(answer):
    return answer.status, answer.json


def parts(token):
    """Return a token's header and claims."""
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def forged(token, **changes):
    """Return the same token signed by somebody else, under the provider's key id."""
    header, claims = parts(token)
    key = RSAKey.generate_key(2048, {"kid": header["kid"]})
    return jwt.encode(header, claims | changes, key, ["RS256"])


@pytest.fixture(scope="session")
def tokens(running_world):
    return running_world.sign_in("doctor")


def test_a_member_of_the_team_gets_in_and_is_known_by_name(world):
    answer = world.staff("GET", "/cases", account="coordinator")

    assert answer.status == 200
    assert answer.json["who"] == {"name": "coordinator", "role": "coordinator"}


def test_a_token_says_who_and_what_for_and_nothing_about_anybody_else(world):
    header, claims = parts(world.sign_in("ra-doctor")["access_token"])

    assert header["alg"] == "RS256"
    assert claims["scope"] == "clinic-intake/cases"
    assert (claims["username"], claims["cognito:groups"]) == ("ra-doctor", ["ra-doctors"])
    assert "cognito:groups" not in parts(world.sign_in("visitor")["access_token"])[1]


def test_who_signs_in_twice_is_the_same_person(world):
    first, second = (parts(world.sign_in("doctor")["access_token"])[1] for _ in range(2))

    assert first["sub"] == second["sub"]
    assert first["jti"] != second["jti"]


@pytest.mark.parametrize("token", ["", "nothing", "a.b.c"])
def test_without_a_token_nothing_is_told(world, token):
    assert said(world.staff("GET", "/cases", token=token)) == UNAUTHORIZED


def test_tokens_that_the_provider_did_not_sign_are_refused(world, tokens):
    good = tokens["access_token"]

    for bad in (forged(good), forged(good, **{"cognito:groups": ["supervisors"]}), good[:-8]):
        assert said(world.staff("GET", "/cases", token=bad)) == UNAUTHORIZED


def test_an_id_token_is_for_the_page_and_not_for_the_api(world, tokens):
    assert said(world.staff("GET", "/cases", token=tokens["id_token"])) == UNAUTHORIZED


def test_a_token_without_the_scope_is_for_something_else(world):
    token = world.sign_in("doctor", scope="openid")["access_token"]

    assert said(world.staff("GET", "/cases", token=token)) == FORBIDDEN


def test_another_worlds_tokens_are_refused(world, start_world):
    token = start_world().sign_in("doctor")["access_token"]

    assert said(world.staff("GET", "/cases", token=token)) == UNAUTHORIZED


def test_a_token_lasts_an_hour_of_this_world_and_the_provider_keeps_its_time(world):
    token = world.sign_in("doctor")["access_token"]
    world.move_clock(59)
    in_time = world.staff("GET", "/cases", token=token)
    world.move_clock(2)
    late = world.staff("GET", "/cases", token=token)

    assert (in_time.status, said(late)) == (200, UNAUTHORIZED)
    assert world.staff("GET", "/cases").status == 200


def test_a_code_is_worth_nothing_without_what_it_was_asked_with(world):
    with pytest.raises(AssertionError, match="invalid_grant"):
        world.sign_in("doctor", code_challenge="A" * 43)


def test_only_the_case_page_may_exchange_codes_in_a_browser(world):
    settings = world.get("/env.json").json["ShowSite"]
    body = urllib.parse.urlencode({"client_id": settings["STAFF_CLIENT_ID"], "code": "none"})

    def allowed(origin):
        answer = world.elsewhere(
            f"{settings['STAFF_ISSUER']}/token", "POST", body.encode(), {"Origin": origin}
        )
        return answer.status, answer.headers["Access-Control-Allow-Origin"]

    assert allowed(world.url) == (400, world.url)
    assert allowed("https://elsewhere.example")[1] is None


def test_the_provider_ends_with_its_world_however_that_ends(start_world):
    world = start_world()
    issuer = world.get("/env.json").json["ShowSite"]["STAFF_ISSUER"]
    assert world.elsewhere(f"{issuer}/jwks").status == 200

    world.process.send_signal(signal.SIGKILL)
    world.process.wait(30)

    assert is_gone(urllib.parse.urlsplit(issuer).port)


def is_gone(port):
    """Whether nobody listens on a port, or soon nobody does."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)):
                return True
        time.sleep(0.05)
    return False


def test_a_machine_without_node_is_told_what_to_do(tmp_path):
    environment = {**os.environ, "PORT": "0", "AWS_PORT": "0", "PATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "infra.local"],
        cwd=TOP,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "node is not on PATH" in ended.stderr
    assert "make run" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def page():
    """A browser's page, in which no policy may be broken."""
    broken = []
    with chromium() as browser:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if "Policy" in said.text else None)
        yield page
        context.close()
    assert broken == []


def asked_for(page):
    """Return how the page's next request for a case is addressed."""
    with page.expect_request(lambda request: "/cases/" in request.url) as waiting:
        page.get_by_role("button", name="doctor", exact=False).first.click()
    return waiting.value


@pytest.mark.browser
def test_the_case_that_was_asked_for_survives_the_sign_in(world, page):
    page.goto(f"{world.url}/team#INQ-2345-6789")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    assert page.url.startswith(world.get("/env.json").json["ShowSite"]["STAFF_ISSUER"])

    request = asked_for(page)

    assert request.url == f"{world.url}/cases/INQ-2345-6789/open"
    assert request.response().status == 404  # nobody has sent it
    assert request.all_headers()["authorization"].startswith("Bearer eyJ")
    assert page.url == f"{world.url}/team#INQ-2345-6789"
    assert "eyJ" not in json.dumps(page.evaluate("[{...localStorage}, {...sessionStorage}]"))


@pytest.mark.browser
def test_who_signs_out_can_come_back_as_somebody_else(world, page):
    page.goto(f"{world.url}/team")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="visitor").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()  # the provider asks once more
    page.wait_for_url(f"{world.url}/team**")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    page.get_by_role("button", name="supervisor").click()
    expect(page.get_by_text("supervisor").first).to_be_visible()
    assert page.url.startswith(f"{world.url}/team")
