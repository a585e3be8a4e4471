"""Where the operator switched a captcha on: asked once for each post, and it refuses nobody."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from intake.aws.clients import client
from intake.canary import FORM as CANARY
from tests.plain_browser import Page
from tests.steps.clinic import ROOT
from tests.steps.cloudfront import API
from tests.steps.test_bots import Door

SECRET, PARAMETER = "0x-the-widgets-secret", "/clinic/captcha"
TOKEN = {"cf-turnstile-response": "made by the widget"}
SOLVED: dict[str, Any] = {"success": True, "hostname": API, "action": "inquiry"}


class Maker:
    """The captcha's maker: `asked` is what came, `told` what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.paths: list[str] = []
        self.told: dict[str, Any] | bytes = SOLVED
        self.status, self.headers, self.seconds = 200, {}, 0.0
        maker = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                maker.asked.append(parse_qs(body.decode()))
                maker.paths.append(self.path)
                time.sleep(maker.seconds)
                told = maker.told
                content = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(maker.status)
                for name, value in maker.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server.server_port}/siteverify"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, **changes: Any) -> None:
        """Answer something else."""
        self.told = SOLVED | changes


@pytest.fixture
def maker() -> Iterator[Maker]:
    opened = Maker()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


@pytest.fixture
def door(aws, maker):
    client("ssm").put_parameter(Name=PARAMETER, Value=SECRET, Type="SecureString", Overwrite=True)
    switch_on(aws, maker)
    return Door(aws)


def switch_on(aws, maker, **changes):
    on = {"CAPTCHA": "turnstile", "CAPTCHA_SITE_KEY": "0x-public", "CAPTCHA_VERIFY_URL": maker.url}
    aws.configure(**on | {"CAPTCHA_SECRET_PARAMETER": PARAMETER} | changes)


def test_who_solved_it_is_let_in_and_the_maker_hears_no_more_than_it_needs(door, maker):
    door.post(**TOKEN)

    assert (len(door.inquiries), door.waiting) == (1, 0)
    (asked,) = maker.asked
    assert asked.keys() == {"secret", "response", "idempotency_key"}
    assert (asked["secret"], asked["response"]) == ([SECRET], ["made by the widget"])
    assert not [row for row in door.inquiries if "made by" in str(row)]


@pytest.mark.parametrize(
    "told",
    [
        {"success": False, "error-codes": ["timeout-or-duplicate"]},
        {"success": False, "error-codes": ["invalid-input-response"]},
        {"success": False},
        # Brought about by tokens of another site's widget, or by those that a maker publishes.
        {"success": False, "error-codes": ["sitekey-secret-mismatch"]},
        {"success": False, "error-codes": ["not-using-dummy-passcode"]},
        {"success": False, "error-codes": ["bad-request"]},
        {"hostname": "evil.example"},
        {"hostname": None},
        {"action": "newsletter"},
    ],
)
def test_who_did_not_solve_it_here_waits_and_is_told_the_same(door, maker, told):
    person = door.post(**TOKEN)
    maker.says(**told)
    bot = door.post(**TOKEN)

    assert (bot["statusCode"], bot["headers"]) == (person["statusCode"], person["headers"])
    assert json.loads(bot["body"]).keys() == json.loads(person["body"]).keys()
    assert door.waiting == 1


def test_a_token_that_the_maker_can_not_even_read_is_the_senders(door, maker):
    maker.status = 400
    answer = door.post(**TOKEN)

    assert (answer["statusCode"], door.waiting) == (200, 1)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"success": False, "error-codes": ["sitekey-secret-mismatch"]}, "sitekey-secret-mismatch"),
        ({"success": False, "error-codes": ["patient@x.example", 7]}, "not solved"),
        ({"hostname": "evil.example"}, "another host"),
    ],
)
def test_an_operator_whose_keys_do_not_match_can_read_why_everybody_waits(door, maker, told, why):
    maker.says(**told)
    door.post(**TOKEN)

    (line,) = [each for each in door.clinic.logged() if each["message"] == "inquiry accepted"]
    assert (line["suspect"], line["captcha"]) == (["captcha_failed"], why)
    assert "patient@x" not in door.clinic.log.getvalue()


@pytest.mark.parametrize("token", [{}, {"cf-turnstile-response": ""}, {"_captcha": "x"}])
def test_who_sends_none_waits_and_nobody_is_asked(door, maker, token):
    door.post(**token)

    assert (door.waiting, maker.asked) == (1, [])


def test_the_clinics_other_sites_may_show_it(door, maker):
    maker.says(hostname="www.clinic.example")
    door.post(**TOKEN)

    assert door.waiting == 0


def test_hcaptcha_knows_no_action(aws, door, maker):
    switch_on(aws, maker, CAPTCHA="hcaptcha")
    maker.told = {"success": True, "hostname": API}
    door.post(**{"h-captcha-response": "x", "g-recaptcha-response": "x"})

    assert (len(door.inquiries), door.waiting) == (1, 0)


def test_a_repeat_is_not_checked_again(door, maker):
    for _ in range(3):
        door.post(message="The same.", **TOKEN)

    assert (len(door.inquiries), len(maker.asked)) == (1, 1)


def test_a_double_click_that_overtakes_itself_asks_for_the_same(door, maker):
    # As two at once would: neither finds the other's inquiry.
    for number in range(2):
        door.post(message="The same.", **TOKEN, headers=_with_key(str(number)))
    door.post(message="Another.", **TOKEN)

    first, second, other = [asked["idempotency_key"] for asked in maker.asked]
    assert first == second != other


def _with_key(key):
    return {"content-type": "application/json", "idempotency-key": key}


def test_who_was_caught_and_solves_it_then_is_heard(door):
    door.post(message="The same.")
    door.post(message="The same.", **TOKEN)

    assert (len(door.inquiries), door.waiting) == (2, 1)


def _redirects(maker):
    maker.status, maker.headers = 302, {"Location": f"{maker.url}/elsewhere"}


def _floods(maker):
    maker.told = b'{"success": false, "x": "' + b"x" * 100_000 + b'"}'


def _is_no_json(maker):
    maker.told = b"<html>Please wait"


def _says_nothing(maker):
    maker.told = {"error-codes": []}


def _is_down(maker):
    maker.status = 503


def _is_slow(maker):
    maker.seconds = 5.0


def _was_given_a_wrong_secret(maker):
    maker.says(success=False, **{"error-codes": ["invalid-input-secret"]})


@pytest.mark.parametrize(
    "trouble",
    [
        _redirects,
        _floods,
        _is_no_json,
        _says_nothing,
        _is_down,
        _is_slow,
        _was_given_a_wrong_secret,
    ],
)
def test_nobody_pays_for_a_maker_that_can_not_tell(door, maker, trouble):
    trouble(maker)
    began = time.monotonic()
    answer = door.post(**TOKEN)

    assert time.monotonic() - began < 3.5
    assert (answer["statusCode"], door.waiting) == (200, 0)
    assert "captcha_unknown" in door.inquiries[0]["flags"]
    [line] = [line for line in door.clinic.logged() if line["level"] == "WARNING"]
    assert line["errors"][0].startswith("captcha ")
    assert maker.paths == ["/siteverify"]
    assert SECRET not in door.clinic.log.getvalue()


def test_nobody_pays_for_a_secret_that_can_not_be_read(aws, door, maker):
    switch_on(aws, maker, CAPTCHA_SECRET_PARAMETER="/clinic/of-yesterday")
    door.post(**TOKEN)

    assert (len(door.inquiries), door.waiting, maker.asked) == (1, 0, [])
    with pytest.raises(ClientError):
        client("ssm").get_parameter(Name="/clinic/of-yesterday")


def test_the_canary_has_no_hands(door, maker):
    path = ROOT / "schemas" / "forms" / CANARY / "examples" / "valid"
    body = json.loads(next(path.glob("*.json")).read_text("utf-8"))["answers"]
    answer = door.post_to(CANARY, body)

    assert answer["statusCode"] == 200
    assert (door.waiting, maker.asked) == (0, [])


def test_a_page_with_problems_shows_the_widget_again_and_may_load_it(door):
    page = door.send(**{"contact.email": "nobody"})

    widget = Page(page["body"]).one("div", data_captcha="turnstile")
    assert (widget["data-sitekey"], widget["data-action"]) == ("0x-public", "inquiry")
    policy = page["headers"]["Content-Security-Policy"]
    for what in ("script-src 'self'", "frame-src", "connect-src 'self'"):
        (part,) = [each for each in policy.split("; ") if each.startswith(what)]
        assert "https://challenges.cloudflare.com" in part


def test_without_a_captcha_no_page_names_a_stranger(aws):
    page = Door(aws).send(**{"contact.email": "nobody"})

    assert "cloudflare" not in page["body"] + str(page["headers"])
    assert "frame-src" not in page["headers"]["Content-Security-Policy"]
