"""What the README for website owners says and shows works, as it stands there."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journey.uppy.website import INTAKE, ORIGIN, README, blocks, example, open_site
from tests.plain_browser import Page as Read

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


def test_the_two_lines_can_be_tried_from_another_origin_on_one_machine(
    browser: Browser, tmp_path: Path, start_world: Any
) -> None:
    text = README.read_text("utf-8")
    (named,) = re.findall(r"`ALLOWED_ORIGINS=(\S+) make run`", text)
    (command,) = re.findall(r"`python3 (-m http\.server [^`]+)`", text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    assert named.endswith(":8000")
    assert f"`{named}`" in text  # where it says to look
    origin = named.replace("8000", port)
    world = start_world(ALLOWED_ORIGINS=origin)
    (lines, *_) = [each.text for each in Read(world.get("/site/embed").text).all("code")]
    (tmp_path / "index.html").write_text(lines, "utf-8")
    served = [sys.executable, *command.replace("8000", port).split()]
    with subprocess.Popen(served, cwd=tmp_path, stdout=DEVNULL, stderr=DEVNULL) as server:
        page = browser.new_page()
        _wait_for(port)
        page.goto(origin)
        expect(page.locator("clinic-inquiry form")).to_be_visible()
        page.close()
        server.terminate()


def _wait_for(port: str) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", int(port))):
            return
        time.sleep(0.05)


def test_what_a_sender_may_change_afterwards_does_what_the_table_says(world: Any) -> None:
    text = README.read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (`.+?`) \|", text, re.MULTILINE)
    acts = {do: re.findall(r"`(\w+)`", names) for do, names in rows}
    sent = world.post("/f/general-inquiry", example("general-inquiry", "only-what-is-required"))
    link = sent.json["upload"]["url"].removeprefix(world.url)
    given = {
        "email": "right@patients.example",
        "seen": str(world.get(link, Accept="application/json").json["addressCorrections"]),
        "message": "It is the left knee.",
        "purpose": "health_data_review",
        "sure": "yes",
    }

    told = []
    for do, names in acts.items():
        act = {"do": do} | {name: given[name] for name in names}
        answer = world.post(link, act, Accept="application/json")
        assert answer.status == 200, (do, answer.text)
        told = [each["what"] for each in answer.json["changes"]]

    assert list(acts) == ["correct_address", "add_note", "take_back_consent", "withdraw"]
    assert told == ["address", "note", "withdrawn"]  # the third ended it, the fourth did nothing


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
