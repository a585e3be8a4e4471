"""GET /f/{form}."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

import show_form.handler
from show_form.handler import logger
from tests.plain_browser import Page

ROOT = Path(__file__).parents[2]
CANARY = "Canary"


def ask(form="rheumatoid-arthritis", query="", **headers):
    event = {
        "version": "2.0",
        "routeKey": "GET /f/{form}",
        "rawPath": f"/f/{form}",
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "pathParameters": {"form": form},
        "requestContext": {"http": {"method": "GET"}, "domainName": "forms.clinic.example"},
    }
    context = SimpleNamespace(
        function_name="ShowForm",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:eu-west-2:123456789012:function:ShowForm",
        aws_request_id="request",
    )
    return show_form.handler.handle(event, context)


@pytest.fixture(autouse=True)
def log(monkeypatch):
    monkeypatch.setenv("SCHEMAS_DIR", str(ROOT / "schemas"))
    monkeypatch.setenv("CLINIC_NAME", "Example Clinic")
    monkeypatch.setenv("FORM_SECRET", "nobody-knows-this")
    monkeypatch.setenv("CAPTCHA", "none")
    monkeypatch.setenv("CAPTCHA_SITE_KEY", "none")
    monkeypatch.setenv("UPLOADS_ORIGIN", "https://uploads.example")
    show_form.handler.wiring.cache_clear()
    written = StringIO()
    logger.registered_handler.setStream(written)
    return written


def test_a_page_may_send_files_to_the_bucket_and_nowhere_else():
    policy = ask()["headers"]["Content-Security-Policy"].split("; ")

    assert "connect-src 'self' https://uploads.example" in policy
    assert "form-action 'self' https://uploads.example" in policy
    assert "script-src 'self'" in policy


def test_a_phone_on_a_slow_network_gets_it_compressed():
    reply, whole = ask(accept_encoding="gzip, deflate, br, zstd"), ask()

    packed = base64.b64decode(reply["body"])
    page = gzip.decompress(packed).decode()
    assert reply["headers"]["Content-Encoding"] == "gzip"
    assert reply["headers"]["Vary"] == whole["headers"]["Vary"]
    assert Page(page).one("form")["action"] == Page(whole["body"]).one("form")["action"]
    assert len(packed) < len(page.encode()) / 4


def test_a_script_that_fetches_it_gets_it_without_the_style_that_it_has_already():
    opened, fetched = ask(sec_fetch_dest="document"), ask(sec_fetch_dest="empty")

    styles = [len(Page(each["body"]).all("style")) for each in (opened, fetched)]
    assert styles == [1, 0]
    assert Page(fetched["body"]).one("form")["action"] == "/f/rheumatoid-arthritis"
    # "Back" must not bring the bare one.
    assert opened["headers"]["Vary"] == "Accept-Language, Sec-Fetch-Dest, Accept-Encoding"


def test_a_form_is_a_page_that_posts_to_its_own_address():
    reply = ask()
    opened = Page(reply["body"])

    assert reply["statusCode"] == 200
    assert opened.one("form")["action"] == "/f/rheumatoid-arthritis"
    assert opened.one("title").text == "Rheumatoid arthritis · Example Clinic"


def test_its_headers_keep_it_to_itself():
    reply = ask()
    headers = reply["headers"]
    style = Page(reply["body"]).one("style").text.encode()

    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    # With no-store, "back" would lose what was typed.
    assert headers["Cache-Control"] == "private, no-cache"
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy


def test_every_visit_gets_an_idempotency_key_of_its_own():
    keys = {Page(ask()["body"]).one("input", name="_id")["value"] for _ in range(3)}

    assert len(keys) == 3


@pytest.mark.parametrize(
    ("query", "accepted", "locale"),
    [
        ("", "th-TH,th;q=0.9,en;q=0.8", "th"),
        ("_language=th", "en", "th"),
        ("_language=xx", "en", "en"),
        ("", "", "en"),
    ],
)
def test_it_speaks_the_reader_s_language(query, accepted, locale):
    reply = ask(query=query, accept_language=accepted)

    assert Page(reply["body"]).one("html")["lang"] == locale


def test_an_unknown_form_is_a_page_that_does_not_repeat_the_name(log):
    reply = ask(f"{CANARY}-form", query=f"x={CANARY}")

    assert reply["statusCode"] == 404
    assert "<h1>" in reply["body"]
    assert CANARY not in json.dumps(reply)
    assert CANARY not in log.getvalue()


def test_a_script_is_told_in_json():
    reply = ask("nothing", accept="application/json")

    assert reply["statusCode"] == 404
    assert json.loads(reply["body"])["errors"][0]["code"] == "FORM_NOT_FOUND"


def test_a_closed_form_says_so(tmp_path, monkeypatch):
    schemas = closed_forms(tmp_path)
    monkeypatch.setenv("SCHEMAS_DIR", str(schemas))
    show_form.handler.wiring.cache_clear()

    reply = ask("general-inquiry")

    assert reply["statusCode"] == 403
    assert not Page(reply["body"]).all("form")
    assert not Page(reply["body"]).all("a")


def closed_forms(folder):
    """Copy the forms, with the general one switched off."""
    for path in (ROOT / "schemas").rglob("*.json"):
        copy = folder / path.relative_to(ROOT / "schemas")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    settings = folder / "forms" / "general-inquiry" / "form.json"
    meta = json.loads(settings.read_text("utf-8"))
    settings.write_text(json.dumps(meta | {"active": False}), "utf-8")
    return folder


def test_it_needs_nothing_of_aws():
    loaded = "import show_form.handler, sys; print('boto3' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        env={"PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"
