"""GET /team and GET /site/{file}."""

from __future__ import annotations

import base64
import gzip
import hashlib
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
from intake import captcha
from intake.forms import Forms
from intake.pages import assets
from show_site.handler import logger
from tests.plain_browser import Page

ROOT = Path(__file__).parents[2]
FORMS = Forms(ROOT / "schemas")
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
        "PUBLIC_URL": "https://intake.clinic.example",
        "UPLOADS_ORIGIN": "https://uploads.example",
        "CAPTCHA": "none",
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
    for asked, locale in {
        "th-TH,th;q=0.9,en;q=0.8": "th",
        "zh-CN,zh;q=0.9": "zh-Hans",
        "ja": "ja",
        "ar-EG,en;q=0.1": "ar",
        "de-AT": "de",
    }.items():
        reply = ask(accept_language=asked)

        page = Page(reply["body"]).one("html")
        assert (page["lang"], page["dir"]) == (locale, "rtl" if locale == "ar" else "ltr")
        assert reply["headers"]["Vary"] == "Accept-Language, Accept-Encoding"
        catalogue = ROOT / "schemas" / "shared" / "locales" / f"{locale}.json"
        words = json.loads(catalogue.read_text("utf-8"))["case_page"]
        assert html.escape(words["title"]) in reply["body"]


def test_a_browser_gets_page_and_files_compressed():
    page = ask()

    for path, whole in [("/team", page), *((one, ask(one)) for one in addresses(page["body"]))]:
        reply = ask(path, accept_encoding="gzip, deflate, br")
        if len(whole["body"].encode()) < 1024:
            continue
        assert reply["headers"]["Content-Encoding"] == "gzip"
        assert gzip.decompress(base64.b64decode(reply["body"])).decode() == whole["body"]


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


def test_what_the_api_speaks_is_for_everybody_and_kept_for_a_while():
    reply = ask("/openapi.json", accept_language="th")

    headers = reply["headers"]
    assert (reply["statusCode"], headers["Content-Type"]) == (200, "application/json")
    assert headers["Cache-Control"] == "public, max-age=3600"
    assert json.loads(reply["body"])["openapi"].startswith("3.1")
    again = ask("/openapi.json", if_none_match=headers["ETag"])
    assert (again["statusCode"], again["body"]) == (304, "")
    assert again["headers"]["ETag"] == headers["ETag"]
    assert ask("/openapi.json", if_none_match='W/"another"')["statusCode"] == 200


def test_what_the_api_speaks_is_small_on_the_way():
    reply = ask("/openapi.json", accept_encoding="br, gzip")

    packed = base64.b64decode(reply["body"])
    assert reply["isBase64Encoded"] is True
    assert reply["headers"]["Content-Encoding"] == "gzip"
    assert reply["headers"]["Vary"] == "Origin, Accept-Encoding"
    assert gzip.decompress(packed).decode() == ask("/openapi.json")["body"]
    assert len(packed) < 40_000


def test_what_the_api_speaks_tells_nothing_of_the_deployment():
    text = ask("/openapi.json")["body"]

    for given in ("issuer.example", "team-page", "clinic-intake/cases", "sign-in.example", "A&B"):
        assert given not in text
    for form in Forms(ROOT / "schemas").names():
        assert f'"{Forms(ROOT / "schemas").get(form).meta["honeypot"]}"' not in text


def test_nobody_pays_for_it_who_does_not_ask():
    ask("/team")
    _, document = show_site.handler.wiring()
    assert "text" not in vars(document)

    ask("/openapi.json")
    assert "text" in vars(document)


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


def test_the_page_for_other_websites_shows_lines_that_lead_to_what_is_served():
    opened = Page(ask("/site/embed")["body"])

    codes = [each.text for each in opened.all("code")]
    offered = [name for name in FORMS.offered() if any(f"/f/{name}" in code for code in codes)]
    assert offered == list(FORMS.offered())
    api = "https://intake.clinic.example"
    for code in codes[:-1]:
        shown = Page(code)
        script, element = shown.one("script"), shown.one("clinic-inquiry")
        served = ask(script["src"].removeprefix(api))
        assert served["statusCode"] == 200
        digest = base64.b64encode(hashlib.sha256(served["body"].encode()).digest()).decode()
        assert script["integrity"] == f"sha256-{digest}"
        # Without it a browser checks no hash of another origin's file.
        assert script.has("crossorigin")
        assert element["api"] == api
        assert shown.one("a")["href"] == f"{api}/f/{element['form']}"
    assert codes[-1].split("; ") == [
        f"script-src {api}",
        f"style-src {api}",
        f"connect-src {api} https://uploads.example",
        f"form-action {api}",
    ]


@pytest.mark.parametrize("maker", captcha.VENDORS)
def test_the_policy_to_have_lets_the_captcha_in_where_there_is_one(monkeypatch, maker):
    monkeypatch.setenv("CAPTCHA", maker)
    show_site.handler.wiring.cache_clear()

    policy = [each.text for each in Page(ask("/site/embed")["body"]).all("code")][-1]

    named = {each.partition(" ")[0]: each.split(" ")[1:] for each in policy.split("; ")}
    its = set(captcha.VENDORS[maker].origins.split())
    let_in = [name for name, origins in named.items() if its <= set(origins)]
    assert let_in == ["script-src", "style-src", "connect-src", "frame-src"]


def test_it_speaks_the_reader_s_language_and_asks_for_nothing():
    reply = ask("/site/embed", accept_language="th")

    assert Page(reply["body"]).one("html")["lang"] == "th"
    assert not Page(reply["body"]).all("script")


def test_other_sites_may_have_the_script_and_the_style_of_the_forms():
    for path in (assets.script_path(), assets.element_style_path(), "/site/clinic-inquiry.js"):
        reply = ask(path)

        assert reply["statusCode"] == 200
        assert reply["headers"]["Access-Control-Allow-Origin"] == "*"
        assert reply["headers"]["Vary"] == "Origin, Accept-Encoding"
    assert ask("/site/clinic-inquiry.js")["body"] == assets.script()
    # Under a name that stays, it must not stay old.
    assert reply["headers"]["Cache-Control"] == "public, max-age=300"
