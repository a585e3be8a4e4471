"""What the README for website owners says and shows works, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journey.uppy.website import INTAKE, ORIGIN, README, blocks, open_site

pytestmark = pytest.mark.browser
MOST_LINES = 90


def test_it_is_short_and_every_block_of_it_is_run_by_a_test() -> None:
    text, _, _ = README.read_text("utf-8").partition("\n## From a script")  # test_curl.py runs that

    assert len(text.splitlines()) <= MOST_LINES
    assert re.findall(r"^```(\w+)$", text, re.MULTILINE) == [
        "html",
        "html",
        "js",
    ]  # test_uppy.py runs the script


def test_the_link_leads_to_the_form(world: Any) -> None:
    links = set(re.findall(rf'<a href="{INTAKE}([^"]+)">', README.read_text("utf-8")))
    (link,) = links
    page = world.get(link)

    assert page.status == 200
    assert "<form" in page.text

    (language,) = re.findall(r"`(\?_language=th)`", README.read_text("utf-8"))
    assert '<html lang="th"' in world.get(link + language).text


def test_the_two_lines_show_the_form_and_the_page_that_it_names_has_them_for_each(
    world: Any, browser: Browser, tmp_path: Path
) -> None:
    lines = blocks("html")[0].replace(INTAKE, world.url)
    (tmp_path / "index.html").write_text(
        f'<!doctype html><html lang="th"><meta charset="utf-8"><title>Ask</title>{lines}', "utf-8"
    )
    page = open_site(browser, tmp_path)
    page.goto(f"{ORIGIN}/index.html")

    # In the page's language, with the ids that the README promises.
    expect(page.locator("#clinic-inquiry-1-form")).to_be_visible()
    expect(page.get_by_role("button", name="ส่งแบบฟอร์ม")).to_be_visible()
    page.context.close()
    (embed,) = set(re.findall(rf"`{INTAKE}(/site/embed)`", README.read_text("utf-8")))
    assert "clinic-inquiry" in world.get(embed).text


@pytest.mark.parametrize("script", [False, True], ids=["without a script", "with scripts on"])
def test_the_form_on_a_page_of_ones_own_is_accepted(
    world: Any, browser: Browser, tmp_path: Path, *, script: bool
) -> None:
    form = blocks("html")[1]
    (tmp_path / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>Ask</title>{form.replace(INTAKE, world.url)}',
        "utf-8",
    )
    page = open_site(browser, tmp_path, java_script_enabled=script)
    page.goto(f"{ORIGIN}/index.html")
    page.get_by_label("Question").fill("Whom should I see?")
    page.get_by_label("Patient").fill("Amina Example")
    page.get_by_label("Country").select_option(label="Kenya")
    page.get_by_label("Email").fill("amina@patients.example")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send").click()

    expect(page).to_have_url(re.compile(rf"{world.url}/u/\w+"))
    expect(page.locator(".reference")).to_contain_text("INQ-")
    page.context.close()
    world.settle(60)
    assert world.inbox.wait_for(world.team, "New inquiry")


def test_scripts_get_the_answer_that_it_describes(world: Any) -> None:
    described = re.search(r'`(\{"ok": true.+?)`', README.read_text("utf-8"), re.DOTALL)
    assert described
    fields = {
        "consents.0.decision": "granted",
        "message": "Whom should I see?",
        "patient.full_name": "Amina Example",
        "patient.country_of_residence": "KE",
        "contact.email": "amina@patients.example",
    }
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', blocks("html")[1])
    answer = world.post("/f/general-inquiry", fields | dict(hidden), Accept="application/json")

    assert answer.status == 200, answer.text
    told = answer.json
    for name in re.findall(r'"(\w+)"', described[1]):
        assert name in {**told, **told["upload"], **told["requirements"][0]}
