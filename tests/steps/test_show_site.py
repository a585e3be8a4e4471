"""GET /team and GET /site/{file}."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

import show_site.handler
from intake.pages import assets
from show_site.handler import logger
from tests.plain_browser import Page

ROOT = Path(__file__).parents[2]
CANARY = "Canary"
CONTEXT = SimpleNamespace(
    function_name="ShowSite",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-2:123456789012:function:ShowSite",
    aws_request_id="request",
)


def ask(path="/team", **headers):
    event = json.loads((ROOT / "tests" / "events" / "show_site.json").read_text("utf-8"))
    event["rawPath"] = path
    event["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
    event["routeKey"] = "GET /site/{file}" if path.startswith("/site/") else f"GET {path}"
    if path.startswith("/site/"):
        event["pathParameters"] = {"file": path.removeprefix("/site/")}
    return show_site.handler.handle(event, CONTEXT)


def addresses(text):
    return re.findall(r'"(/site/[^"]+)"', text)


@pytest.fixture(autouse=True)
def log(monkeypatch):
    given = {
        "SCHEMAS_DIR": str(ROOT / "schemas"),
        "WEBSITE_DIR": str(ROOT / "infra" / "website" / "team"),
        "CLINIC_NAME": "Clinic <A&B>",
        "CLINIC_ZONE": "Asia/Bangkok",
        "STAFF_ISSUER": "https://issuer.example/pool",
        "STAFF_CLIENT_ID": "team-page",
        "STAFF_SCOPE": "clinic-intake/cases",
        "STAFF_SIGN_IN_ORIGIN": "https://sign-in.example",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    show_site.handler.wiring.cache_clear()
    written = StringIO()
    logger.registered_handler.setStream(written)
    return written


def test_the_team_s_page_is_the_clinic_s():
    reply = ask()

    assert reply["statusCode"] == 200
    assert Page(reply["body"]).one("title").text == "Case page · Clinic <A&B>"


def test_its_policy_lets_it_talk_with_us_and_the_sign_in_alone():
    headers = ask()["headers"]

    assert headers["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src data:",
        "connect-src 'self' https://issuer.example https://sign-in.example",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_it_has_no_script_and_no_style_of_its_own():
    opened = Page(ask()["body"])

    scripts = opened.all("script")
    assert [script["type"] for script in scripts if not script.has("src")] == ["application/json"]
    assert all(script["src"].startswith("/site/") for script in scripts if script.has("src"))
    assert not opened.all("style")
    assert not [each for each in opened.elements if each.has("style")]


def test_it_is_told_what_it_needs_and_nothing_else():
    given = json.loads(Page(ask()["body"]).one("script", id="given").text)

    words = given.pop("words")
    assert given == {
        "clinic": "Clinic <A&B>",
        "clientId": "team-page",
        "issuer": "https://issuer.example/pool",
        "locale": "en",
        "scope": "clinic-intake/cases",
        "zone": "Asia/Bangkok",
    }
    assert words["sign_out"] == "Sign out"


def test_what_it_is_told_can_t_end_the_element_it_stands_in(monkeypatch):
    monkeypatch.setenv("CLINIC_NAME", "</script><script>alert(1)//")
    show_site.handler.wiring.cache_clear()

    opened = Page(ask()["body"])

    assert len(opened.all("script")) == 3
    assert json.loads(opened.one("script", id="given").text)["clinic"].startswith("</script>")


def test_it_speaks_the_reader_s_language():
    reply = ask(accept_language="th-TH,th;q=0.9,en;q=0.8")

    assert Page(reply["body"]).one("html")["lang"] == "th"
    assert reply["headers"]["Vary"] == "Accept-Language"
    words = json.loads((ROOT / "schemas/shared/locales/th.json").read_text("utf-8"))["case_page"]
    assert html.escape(words["title"]) in reply["body"]


def test_every_file_that_the_page_and_its_modules_name_is_there():
    wanted, served = addresses(ask()["body"]), {}
    while wanted:
        address = wanted.pop()
        if address not in served:
            served[address] = ask(address)
            modules = re.findall(r'from "\./([^"]+)"', served[address]["body"])
            wanted += [f"/site/{name}" for name in modules]

    assert len(served) > 5
    assert {reply["statusCode"] for reply in served.values()} == {200}


@pytest.mark.parametrize(("suffix", "type_"), [(".js", "text/javascript"), (".css", "text/css")])
def test_files_are_kept_for_ever_under_their_own_type(suffix, type_):
    for address in addresses(ask()["body"]):
        if address.endswith(suffix):
            headers = ask(address)["headers"]
            assert headers["Content-Type"] == f"{type_}; charset=utf-8"
            assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_forms_script_is_served_as_the_forms_name_it():
    reply = ask(assets.script_path())

    assert reply["statusCode"] == 200
    assert reply["body"] == assets.script()


@pytest.mark.parametrize(
    "name",
    [
        f"{CANARY}.js",
        "team.js",
        "index.html",
        "..%2Findex.html",
        "../index.html",
        "../../../template.yaml",
        "%2e%2e/site.py",
        "/etc/passwd",
        "form.0000000000000000.js",
        "",
        "team.css\0",
        "ready",
    ],
)
def test_any_other_name_is_the_same_nothing(name, log):
    reply = ask(f"/site/{name}")

    assert reply["statusCode"] == 404
    assert reply == ask("/site/nothing.js")
    assert CANARY not in json.dumps(reply)
    assert CANARY not in log.getvalue()


def test_a_script_that_asks_for_nothing_is_told_in_json():
    reply = ask("/site/nothing.js", accept="application/json")

    assert reply["statusCode"] == 404
    assert json.loads(reply["body"])["errors"][0]["code"] == "NOT_FOUND"


def test_a_changed_file_gets_new_names(tmp_path, monkeypatch):
    copy = shutil.copytree(ROOT / "infra" / "website" / "team", tmp_path / "team")
    before = addresses(ask()["body"])
    (copy / "words.js").write_text("// changed", "utf-8")
    monkeypatch.setenv("WEBSITE_DIR", str(copy))
    show_site.handler.wiring.cache_clear()

    after = addresses(ask()["body"])

    assert not set(before) & set(after)


def test_a_website_without_its_libraries_does_not_start(tmp_path, monkeypatch):
    copy = shutil.copytree(ROOT / "infra" / "website" / "team", tmp_path / "team")
    shutil.rmtree(copy / "vendor")
    monkeypatch.setenv("WEBSITE_DIR", str(copy))
    show_site.handler.wiring.cache_clear()

    assert ask()["statusCode"] == 500


def test_it_needs_nothing_of_aws():
    loaded = "import show_site.handler, sys; print('boto3' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        env={"PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"
