"""What goes wrong in front of a real form: nothing typed is lost, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journey.person import PHONE, Person
from tests.journey.test_living_form import ask_a_question
from tests.journey.uppy.website import Kept

pytestmark = pytest.mark.browser
# Two directions and signs of four bytes in one name, and one as long as a name may not be.
MIXED = "Somchai سمير 𠮷野 👩"
LONG = "ส" * 200
TOKEN_DAYS = 60


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=PHONE, locale="en-GB")  # type: ignore[arg-type]
    yield opened
    opened.close()


def open_form(world: Any, context: BrowserContext) -> Person:
    page = context.new_page()
    page.goto(f"{world.url}/f/general-inquiry?_language=en")
    return Person(page)


def test_names_of_all_scripts_arrive_as_typed_and_too_long_ones_stay_to_be_shortened(
    world: Any, context: BrowserContext
) -> None:
    person = open_form(world, context)
    page = person.page
    ask_a_question(person)
    person.types(LONG, "Full name of the patient")
    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_contain_text("at most 120 characters")
    expect(page.get_by_label("Full name of the patient")).to_have_value(LONG)

    person.types(MIXED, "Full name of the patient")
    # Offline in the middle of sending, and pressed twice when the net is back.
    context.set_offline(True)
    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_contain_text("Not sent yet")
    expect(page.get_by_label("Full name of the patient")).to_have_value(MIXED)
    context.set_offline(False)
    page.get_by_role("button", name="Send the inquiry").dblclick()
    page.wait_for_url("**/u/**")

    (inquiry,) = Kept(world).inquiries()
    assert MIXED in str(inquiry)


def test_two_tabs_send_two_inquiries_and_each_is_whole(world: Any, context: BrowserContext) -> None:
    first, second = open_form(world, context), open_form(world, context)
    ask_a_question(first)
    ask_a_question(second)
    second.types("And my hip?", "What is your question?")

    for person in (first, second):
        person.presses("Send the inquiry")
        person.page.wait_for_url("**/u/**")

    told = [str(each) for each in Kept(world).inquiries()]
    assert sorted("And my hip?" in each for each in told) == [False, True]


def test_a_page_from_before_a_consent_text_changed_says_so_and_keeps_all_else(
    world: Any, context: BrowserContext
) -> None:
    person = open_form(world, context)
    page = person.page
    ask_a_question(person)
    page.evaluate("document.querySelector('[name$=notice_sha256]').value = 'ab'.repeat(32)")

    person.presses("Send the inquiry")

    expect(page.get_by_role("alert")).to_be_focused()
    assert not page.get_by_label("I agree").first.is_checked()
    expect(page.get_by_label("Full name of the patient")).to_have_value("Somchai Example")
    person.agrees("I agree")
    person.presses("Send the inquiry")
    page.wait_for_url("**/u/**")
    assert len(Kept(world).inquiries()) == 1


def test_a_trap_that_the_browser_filled_in_is_answered_as_ever(
    world: Any, context: BrowserContext
) -> None:
    person = open_form(world, context)
    page = person.page
    ask_a_question(person)
    page.evaluate("document.querySelector('.trap input').value = 'Example Ltd'")

    person.presses("Send the inquiry")

    page.wait_for_url("**/u/**")
    expect(page.locator(".reference")).to_contain_text("INQ-")
    # Kept for a person to look at, not dropped.
    assert len(Kept(world).inquiries()) == 1


@pytest.mark.parametrize("days", [-1, 1])
def test_a_device_whose_clock_is_a_day_off_sends_as_any_other(
    world: Any, context: BrowserContext, days: int
) -> None:
    context.clock.install(time=datetime.now(UTC) + timedelta(days=days))
    person = open_form(world, context)
    ask_a_question(person)
    world.take_time()
    person.presses("Send the inquiry")

    person.page.wait_for_url("**/u/**")
    (inquiry,) = Kept(world).inquiries()
    assert "quarantined_at" not in inquiry


def test_who_goes_back_after_sending_and_sends_the_same_again_has_sent_it_once(
    world: Any, context: BrowserContext
) -> None:
    person = open_form(world, context)
    page = person.page
    ask_a_question(person)
    world.take_time()
    person.presses("Send the inquiry")
    page.wait_for_url("**/u/**")
    first = page.locator(".reference").inner_text()

    page.go_back()
    page.get_by_role("button", name="Send the inquiry").wait_for()
    ask_a_question(person)
    person.presses("Send the inquiry")

    page.wait_for_url("**/u/**")
    expect(page.locator(".reference")).to_have_text(first)
    assert len(Kept(world).inquiries()) == 1


def test_what_is_too_old_says_so_and_a_form_left_open_for_weeks_still_sends(
    start_world: Any, context: BrowserContext
) -> None:
    world = start_world()
    left_open, person = open_form(world, context), open_form(world, context)
    ask_a_question(person)
    world.take_time()
    person.presses("Send the inquiry")
    person.page.wait_for_url("**/u/**")

    world.move_clock((TOKEN_DAYS + 1) * 24 * 60)

    person.page.reload()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    assert "Somchai" not in person.page.content()
    ask_a_question(left_open)
    left_open.presses("Send the inquiry")
    left_open.page.wait_for_url("**/u/**")
    assert ["quarantined_at" in each for each in Kept(world).inquiries()] == [False, False]
