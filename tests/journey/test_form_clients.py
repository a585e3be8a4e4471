"""Form clients as they are published, told our address and nothing else, on another origin."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.uppy.website import ORIGIN, ROOT, Kept, bundle, example, open_site
from tests.records import small

pytestmark = pytest.mark.browser
_PAGE = Path(__file__).parent / "clients"
_FORM = "general-inquiry"
CLIENTS = ("core", "react", "ajax")
EMAIL = "amina@patients.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A website with one page, whose form each of the clients can send."""
    folder = tmp_path_factory.mktemp("site")
    bundle(_PAGE / "page.js", folder / "page.js")
    (folder / "page.html").write_text((_PAGE / "page.html").read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture
def window(browser: Browser, site: Path) -> Iterator[Page]:
    page = open_site(browser, site)
    yield page
    page.context.close()


def fill_in(page: Page, endpoint: str, client: str, **more: str) -> None:
    """Open the page with one of the clients on it, and type."""
    (consent,) = example(_FORM, "only-what-is-required")["consents"]
    given = {"client": client, "endpoint": endpoint, "form": _FORM}
    page.goto(
        f"{ORIGIN}/page.html?{urlencode(given | {'notice': consent['notice_sha256']} | more)}"
    )
    page.get_by_label("Question").fill("Whom should I see?")
    page.get_by_label("Patient").fill("Amina Example")
    page.get_by_label("Country").fill("KE")
    page.get_by_label("Email").fill(EMAIL)


def press_send(page: Page) -> None:
    page.get_by_role("button", name="Send").click()


def is_thanked(page: Page) -> None:
    expect(page.locator("body")).to_contain_text("Thank you")


@pytest.mark.parametrize("client", CLIENTS)
def test_an_error_stands_at_its_field_and_what_is_mended_is_sent_once(
    world: Any, window: Page, client: str
) -> None:
    fill_in(window, world.url, client)
    window.get_by_label("Email").fill("amina at patients")
    press_send(window)

    expect(window.locator('[data-error="contact.email"]')).to_contain_text("name@example.com")
    expect(window.locator("body")).not_to_contain_text("Thank you")
    assert Kept(world).inquiries() == []

    window.get_by_label("Email").fill(EMAIL)
    press_send(window)
    is_thanked(window)

    (inquiry,) = Kept(world).inquiries()
    assert "Whom should I see?" in str(inquiry["answers"])
    letter = world.inbox.wait_for(world.team, "New inquiry")
    assert inquiry["reference"] in letter["Subject"]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_small_file_comes_along_and_a_large_one_is_refused_also_with_a_slash_too_many(
    world: Any, window: Page, client: str, tmp_path: Path
) -> None:
    path = tmp_path / "HIV positiv.pdf"
    path.write_bytes(small.pdf_of(40_000, os.urandom(40_000)))
    fill_in(window, f"{world.url}/", client, file="yes")
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(4_100_000)
    window.get_by_label("Blood test").set_input_files(large)
    press_send(window)
    expect(window.locator('[data-error=""]')).to_contain_text("4 MB")

    window.get_by_label("Blood test").set_input_files(path)
    with window.expect_request("**//f/*"):
        press_send(window)
    is_thanked(window)

    world.settle(60)
    (row,) = Kept(world).files()
    assert (row["requirement"], row["verdict"], row["name"]) == ("blood", "clean", path.name)
    assert Kept(world).contents(Kept(world).records) == [path.read_bytes()]
    assert "files: 1" in world.inbox.wait_for(world.team, "New inquiry")["Text"]


@pytest.mark.parametrize("client", CLIENTS)
def test_what_did_not_arrive_is_never_thanked_for(world: Any, window: Page, client: str) -> None:
    fill_in(window, world.url, client)
    api, said = f"{world.url}/**", window.locator('[data-error=""]')
    window.route(api, lambda route: route.abort("internetdisconnected"))
    press_send(window)
    expect(said).to_contain_text("Failed to fetch")

    # What an HTTP API answers by itself, which no function can change.
    allowed = {"Access-Control-Allow-Origin": ORIGIN, "Content-Type": "application/json"}
    broken = {"status": 500, "headers": allowed, "body": '{"message":"Internal Server Error"}'}
    window.unroute(api)
    window.route(api, lambda route: route.fulfill(**broken))
    press_send(window)
    expect(said).to_contain_text("Unexpected response format")

    window.unroute(api)
    world.break_service("dynamodb", 5)
    press_send(window)
    expect(said).to_contain_text("in a few minutes")
    expect(window.locator("body")).not_to_contain_text("Thank you")
    world.reset()
    assert Kept(world).inquiries() == []


def test_the_same_client_sends_from_node(world: Any) -> None:
    script = """
        const { createClient } = require("@formspree/core");
        const [form, endpoint, data] = process.argv.slice(1);
        createClient().submitForm(form, JSON.parse(data), { endpoint }).then((result) =>
          console.log(JSON.stringify({ ...result, fields: result.getAllFieldErrors?.() })));
    """

    def send(answers: dict[str, Any]) -> dict[str, Any]:
        said = subprocess.run(
            ["node", "-e", script, _FORM, world.url, json.dumps(answers)],
            env={**os.environ, "NODE_PATH": str(ROOT / "infra" / "node_modules")},
            capture_output=True,
            check=True,
        )
        told: dict[str, Any] = json.loads(said.stdout)
        return told

    answers = example(_FORM, "only-what-is-required")
    refused = send({name: given for name, given in answers.items() if name != "message"})
    accepted = send(answers)

    assert refused["kind"] == "error"
    ((field, (error,)),) = refused["fields"]
    assert (field, error["code"]) == ("message", "REQUIRED_FIELD_MISSING")
    assert accepted["kind"] == "success"
    assert accepted["next"].startswith(f"{world.url}/u/")
    assert len(Kept(world).inquiries()) == 1


def test_a_script_that_says_nothing_of_json_is_not_sent_on(world: Any, window: Page) -> None:
    fill_in(window, world.url, "core")
    told = window.evaluate(
        """async (address) => {
          const data = new FormData(document.querySelector("form"));
          data.set("_next", `${location.origin}/thanks.html`);
          const answer = await fetch(address, { method: "POST", body: data });
          return { redirected: answer.redirected, ...(await answer.json()) };
        }""",
        f"{world.url}/f/{_FORM}",
    )

    (inquiry,) = Kept(world).inquiries()
    assert (told["redirected"], told["reference"]) == (False, inquiry["reference"])
    assert told["next"] == f"{ORIGIN}/thanks.html"


def test_a_plain_form_elsewhere_is_given_back_with_what_was_typed(
    world: Any, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(
        f"""<!doctype html><meta charset="utf-8"><title>Ask</title>
        <form action="{world.url}/f/{_FORM}" method="post" novalidate>
        <label>Question <textarea name="message"></textarea></label>
        <label>Email <input type="email" name="contact.email"></label>
        <button>Send</button></form>""",
        "utf-8",
    )
    page = open_site(browser, tmp_path, java_script_enabled=False)
    page.goto(f"{ORIGIN}/index.html")
    page.get_by_label("Question").fill("What helps against 100 % <b>?")
    page.get_by_label("Email").fill("amina at patients")
    with page.expect_response(f"{world.url}/f/{_FORM}") as answered:
        press_send(page)

    assert answered.value.status == 422
    expect(page).to_have_url(f"{world.url}/f/{_FORM}")
    assert page.title().startswith("Error:")
    expect(page.locator("[name=message]")).to_have_value("What helps against 100 % <b>?")
    expect(page.locator('[name="contact.email"]')).to_have_value("amina at patients")
    page.context.close()
    assert Kept(world).inquiries() == []
