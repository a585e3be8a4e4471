"""A sender thinks again: another address, a correction, a consent, and at last all of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.forms import Forms
from tests.journey.axe import violations
from tests.journey.person import DESK, PHONE, Person

pytestmark = pytest.mark.browser
TOP = Path(__file__).parents[2]
FORM = "general-inquiry"
EXAMPLE = TOP / "schemas" / "forms" / FORM / "examples" / "valid" / "only-what-is-required.json"
WRONG, RIGHT = "amna@patients.example", "amina@patients.example"
NOTE = "It is the left knee, not the right one."
LOOKS = os.environ.get("LOOKS")  # a folder for pictures of what people see


@pytest.fixture
def windows(browser: Browser) -> Iterator[Any]:
    """Open windows, with a script or without."""
    contexts = []

    def window(size: dict[str, int], *, script: bool) -> Person:
        context = browser.new_context(viewport=size, locale="en-GB", java_script_enabled=script)
        contexts.append(context)
        return Person(context.new_page())

    yield window
    for context in contexts:
        context.close()


def sent(world: Any) -> str:
    """Send the form as a website does, with two consents; return the sender's page."""
    answers = json.loads(EXAMPLE.read_text("utf-8"))["answers"]
    contact = Forms(TOP / "schemas").get(FORM).notice("contact_about_inquiry", "en")
    assert contact is not None
    answers["contact"]["email"] = WRONG
    answers["consents"].append(
        {
            "purpose": "contact_about_inquiry",
            "decision": "granted",
            "notice_sha256": contact.sha256,
        }
    )
    told = world.post(f"/f/{FORM}", answers, Accept="application/json")
    assert told.status == 200, told.text
    return str(told.json["upload"]["url"])


def mailed_link(world: Any, to: str) -> str:
    letter = world.inbox.wait_for(to, "We received your inquiry")
    (link,) = [word for word in letter["Text"].split() if "/u/" in word]
    return str(link)


def look(page: Page, name: str) -> None:
    """Hold the page to what everybody can use; keep a picture where somebody wants to look."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    if LOOKS:
        page.screenshot(path=f"{LOOKS}/{name}.png", full_page=True)


def corrects(world: Any, person: Person) -> None:
    """Have the receipt go to the right address; the link in the wrong one opens nothing then."""
    page, old = person.page, mailed_link(world, WRONG)
    look(page, "1-before")
    person.follows("Wrong? Correct it")
    person.types("amina", "The right email address")
    person.presses("Send the receipt there")
    look(page, "2-refused")
    expect(page.locator("#email-error")).to_contain_text("name@example.com")
    person.types(RIGHT, "The right email address")
    person.presses("Send the receipt there")
    assert RIGHT in person.reads()
    new = mailed_link(world, RIGHT)
    assert world.get(old.removeprefix(world.url)).status == 404
    assert world.get(new.removeprefix(world.url)).status == 200


def takes_back_a_consent(person: Person) -> None:
    """Add a correction in words, then take back one consent; both without a script."""
    page = person.page
    page.get_by_text("Correct or add something").click()
    person.types(NOTE, "What should be corrected?")
    person.presses("Send the correction")
    page.get_by_text("Withdraw the inquiry or a consent").click()
    look(page, "3-changed")
    page.get_by_role("link", name=re.compile("Take back.*contact me")).click()
    look(page, "4-ask-consent")
    person.presses("Yes, take it back")
    assert "call the clinic" in page.locator("#changed").inner_text()
    assert NOTE not in person.reads()


def told_of(world: Any) -> str:
    """Return the case's address out of the one letter about all of it."""
    world.move_clock(5)
    told = world.inbox.wait_for(world.team, "Changed by the sender")
    assert NOTE not in told["Text"] + told["HTML"]
    assert RIGHT not in told["Text"] + told["HTML"]
    (case,) = [word for word in told["Text"].split() if "/team/#" in word]
    return str(case)


def withdraws(person: Person, link: str) -> None:
    """End it, with the script."""
    person.page.goto(link)
    person.page.get_by_text("Withdraw the inquiry or a consent").click()
    for name, press in (
        ("5-desk", lambda: person.follows("Withdraw the inquiry")),
        ("6-ask-withdraw", lambda: person.presses("Yes, withdraw the inquiry")),
        ("7-withdrawn", None),
    ):
        look(person.page, name)
        assert violations(person.page) == []
        if press:
            press()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("You withdrew")
    assert person.page.locator("form").count() == 0


def doctor_reads(doctor: Person, case: str) -> None:
    """Follow the letter's link: each change is there, and the worklist is empty."""
    doctor.page.goto(case)
    doctor.presses("Sign in")
    doctor.presses("doctor")
    changed = doctor.page.locator("#changed")
    expect(changed.locator("li")).to_have_count(4)
    expect(changed.locator("li").first).to_contain_text("withdrawn")
    said = changed.inner_text()
    assert RIGHT in said
    assert NOTE in said
    assert "Do not contact the sender" in said
    assert "taken back" in doctor.page.locator(".answers").inner_text()
    doctor.page.get_by_text("History").click()
    assert "by the link in the sender's browser" in doctor.reads()
    look(doctor.page, "8-case")
    assert violations(doctor.page) == []
    doctor.follows("Worklist")
    expect(doctor.page.get_by_role("heading", level=1)).to_contain_text("Worklist")
    assert doctor.page.locator(".rows > li").count() == 0


def test_a_sender_puts_things_right_and_the_team_sees_each(world: Any, windows: Any) -> None:
    link = sent(world)
    person = windows(PHONE, script=False)
    person.page.goto(link)
    corrects(world, person)
    takes_back_a_consent(person)
    case = told_of(world)
    withdraws(windows(DESK, script=True), link)
    assert "Withdrawn" in world.inbox.wait_for(world.team, "Withdrawn")["Subject"]
    doctor_reads(windows(DESK, script=True), case)
