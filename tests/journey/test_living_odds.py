"""The living form where a browser refuses something, and where people go back and forth."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.journey.frail_clinic import hold, to
from tests.journey.person import Person
from tests.journey.test_living_form import a_file, ask_a_question, sends
from tests.journey.test_living_steps import Visit, context, visit
from tests.records import scans

__all__ = ["context", "visit"]  # fixtures
pytestmark = pytest.mark.browser
BLOCK = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("blocked", "SecurityError"); },
})"""
FILL = """() => {
  for (let more = 2 ** 22; more >= 1; more /= 2) {
    try { localStorage.full = (localStorage.full ?? "") + "x".repeat(more); } catch {}
  }
}"""
KEEP = "Keep my answers on this device"


def on_step(page: Page, n: int) -> None:
    """Wait until this step is shown."""
    expect(page.get_by_role("heading", name=f"Step {n} of 7")).to_be_visible()


def turn_to(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def tell_of_the_illness(person: Person) -> None:
    person.picks("Psoriatic arthritis", "Which illness is it about?")
    person.ticks("Family doctor", "Who made the diagnosis?")


def test_where_nothing_can_be_kept_nothing_is_offered_and_all_is_sent(
    context: BrowserContext, visit: Visit
) -> None:
    context.add_init_script(BLOCK)
    person, clinic = visit("general-inquiry")

    expect(person.page.locator("html.living")).to_have_count(1)
    expect(person.page.get_by_label(KEEP)).to_have_count(0)
    ask_a_question(person)
    sends(person)

    person.page.wait_for_url("**/u/token")
    assert len(clinic.keys) == 1


@pytest.mark.parametrize("refuse", [BLOCK, FILL], ids=["blocked", "full"])
def test_what_arrived_is_never_called_not_sent_though_storage_fails_later(
    visit: Visit, refuse: str
) -> None:
    person, clinic = visit("general-inquiry")
    page = person.page
    page.get_by_label(KEEP).check()
    page.evaluate(refuse)

    ask_a_question(person)
    page.locator("textarea").first.press("Tab")
    expect(page.get_by_label(KEEP)).not_to_be_checked()
    sends(person)

    page.wait_for_url("**/u/token")
    assert len(clinic.keys) == 1


def test_steps_need_no_storage(context: BrowserContext, visit: Visit) -> None:
    context.add_init_script(BLOCK)
    person, _ = visit()
    tell_of_the_illness(person)

    turn_to(person.page, "Next")
    on_step(person.page, 2)


def test_who_goes_on_with_kept_answers_is_where_they_left(visit: Visit) -> None:
    person, _ = visit()
    page = person.page
    page.get_by_label(KEEP).check()
    tell_of_the_illness(person)
    turn_to(page, "Next")
    on_step(page, 2)
    page.get_by_label("Kind of treatment").first.select_option(label="Cell therapy")

    page.reload()
    # Before all that they have read already.
    offer = page.get_by_role("button", name="Go on", exact=True)
    assert offer.bounding_box()["y"] < page.locator(".intro").bounding_box()["y"]  # type: ignore[index]
    offer.click()

    on_step(page, 2)
    expect(page.locator(".steps h2")).to_be_focused()


def test_what_was_wrong_in_a_step_is_not_said_in_another(visit: Visit) -> None:
    person, _ = visit()
    page = person.page
    tell_of_the_illness(person)
    turn_to(page, "Next")
    on_step(page, 2)
    page.locator('[name$=".started.year"]').first.fill("12")
    turn_to(page, "Next")
    expect(page.get_by_role("alert")).to_be_focused()

    page.go_back()

    on_step(page, 1)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert not page.title().startswith("Error")


def test_next_asks_for_the_date_of_a_record_that_has_a_file(visit: Visit) -> None:
    person, _ = visit()
    page = person.page
    card = person.part("Blood test")
    turn_to(page, "Next")
    on_step(page, 5)
    turn_to(page, "Back")
    card.locator("input[type=file]").first.set_input_files([a_file()])
    turn_to(page, "Next")

    summary = page.get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_count(1)
    expect(summary).to_contain_text("Blood test")
    summary.get_by_role("link").click()
    expect(card.get_by_label("Day").first).to_be_focused()
    card.get_by_label("Month").first.fill("3")
    card.get_by_label("Year").first.fill("2026")
    turn_to(page, "Next")
    on_step(page, 5)


def test_who_promises_a_record_is_asked_until_when_and_nobody_else(visit: Visit) -> None:
    person, _ = visit()
    page = person.page
    card = person.part("Urine test")
    card.locator("summary").click()
    until = card.get_by_role("group", name="When do you expect to have it?")
    expect(until).to_have_count(0)
    card.get_by_label("I will send it later").check()
    expect(until).to_be_visible()
    turn_to(page, "Next")

    summary = page.get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_count(1)
    expect(summary).to_contain_text("Tell us when you expect to have this record")
    until.get_by_label("Month").fill("3")
    until.get_by_label("Year").fill("2027")
    turn_to(page, "Next")
    on_step(page, 5)


def test_a_lost_connection_is_told_while_files_are_sent(
    context: BrowserContext, visit: Visit
) -> None:
    person, clinic = visit("general-inquiry")
    held: list[Route] = []
    clinic.trouble += [hold(to("/sign"), held)]
    ask_a_question(person)
    person.presses("Add one more: Record")
    person.picks("Doctor's letter", "Kind of record", "Record 1")
    person.part("Record 1").locator("input[type=file]").first.set_input_files([a_file()])
    sends(person)
    status = person.page.locator("main > [role=status]")
    expect(status).to_contain_text("0 of 1")

    context.set_offline(True)
    expect(status).to_contain_text("Nothing is lost")
    context.set_offline(False)
    expect(status).to_contain_text("0 of 1")
    held[0].abort()

    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_another_language_says_the_same_of_the_files(visit: Visit, tmp_path: Any) -> None:
    person, clinic = visit()
    page = person.page
    card = person.part("X-ray, MRI, CT or ultrasound")
    files = []
    for n in range(25):
        path = tmp_path / f"IM{n}"
        path.write_bytes(scans.made(scans.Slice(n=n + 1)))
        files.append(path)
    card.locator("input[type=file]").first.set_input_files(files)
    expect(card).to_contain_text("25 files")
    expect(card).to_contain_text("We filled in")

    clinic.locale = "de"
    page.get_by_role("link", name="Deutsch").click()

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator(".records")).to_contain_text("25 Dateien")
    expect(page.locator(".records")).to_contain_text("eingetragen")
    expect(page.locator(".steps h2")).to_contain_text("von 7", use_inner_text=True)
