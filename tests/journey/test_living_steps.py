"""A long form in steps, on a phone: back and forth, without a net, and kept for later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journey.axe import violations
from tests.journey.frail_clinic import CLINIC, FORMS, Clinic, cut, to
from tests.journey.person import PHONE, Person

pytestmark = pytest.mark.browser
Visit = Callable[..., tuple[Person, Clinic]]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One device, in whose page nothing may go wrong."""
    wrong: list[str] = []
    opened = browser.new_context(viewport=PHONE, locale="en-GB")  # type: ignore[arg-type]
    opened.on("weberror", lambda error: wrong.append(str(error.error)))
    yield opened
    opened.close()
    assert wrong == []


@pytest.fixture
def visit(context: BrowserContext) -> Visit:
    """Open a form, also once more on the same device."""

    def open_form(name: str = "rheumatoid-arthritis") -> tuple[Person, Clinic]:
        clinic = Clinic(FORMS.get(name))
        page = context.new_page()
        page.route("**/*", clinic.answer)
        page.goto(f"{CLINIC}/f/x")
        return Person(page), clinic

    return open_form


def heading(page: Page) -> Any:
    return page.locator(".steps h2")


def next_step(page: Page) -> None:
    page.get_by_role("button", name="Next").click()


def tell_of_the_illness(person: Person) -> None:
    person.picks("Psoriatic arthritis", "Which illness is it about?")
    person.ticks("Family doctor", "Who made the diagnosis?")


def test_steps_go_on_when_what_is_needed_is_there_and_back_by_the_browser(visit: Visit) -> None:
    person, clinic = visit()
    page = person.page
    expect(heading(page)).to_have_text("Step 1 of 7: The illness", use_inner_text=True)

    next_step(page)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert violations(page) == []
    link = summary.get_by_role("link", name="Choose the illness")
    link.click()
    expect(page.get_by_label("Which illness is it about?")).to_be_focused()
    tell_of_the_illness(person)
    next_step(page)
    expect(heading(page)).to_have_text("Step 2 of 7: Treatments so far", use_inner_text=True)
    expect(heading(page)).to_be_focused()
    expect(summary).to_have_count(0)
    assert violations(page) == []

    page.go_back()
    expect(heading(page)).to_have_text("Step 1 of 7: The illness", use_inner_text=True)
    page.go_forward()
    expect(heading(page)).to_have_text("Step 2 of 7: Treatments so far", use_inner_text=True)
    page.get_by_role("button", name="Back").click()
    expect(heading(page)).to_have_text("Step 1 of 7: The illness", use_inner_text=True)
    expect(page.get_by_label("Which illness is it about?")).to_have_value("psoriatic_arthritis")
    # No answer is in an address, and none was sent.
    assert page.url == f"{CLINIC}/f/x"
    assert clinic.times("POST /f/x") == 0


def test_each_line_says_which_question_and_which_card_it_is_about(visit: Visit) -> None:
    person, _ = visit()
    lines = person.page.get_by_role("alert").get_by_role("listitem")

    next_step(person.page)
    expect(lines).to_have_text(
        ["Choose the illness that this is about.", "Choose who made the diagnosis."]
    )
    tell_of_the_illness(person)
    next_step(person.page)
    person.presses("Add one more: Treatment")
    for n in range(2):
        person.page.get_by_label("Kind of treatment").nth(n).select_option(label="Cell therapy")
    next_step(person.page)
    missing = "Choose whether you have this treatment now."
    expect(lines).to_have_text([f"Treatment {n}: {missing}" for n in (1, 2)])


def test_enter_sends_nothing_and_goes_nowhere(visit: Visit) -> None:
    person, clinic = visit()
    page = person.page

    page.locator('[id="clinical.primary_condition.diagnosed_on.year"]').press("Enter")

    expect(heading(page)).to_have_text("Step 1 of 7: The illness", use_inner_text=True)
    assert clinic.times("POST /f/x") == 0


def test_a_question_is_asked_only_where_another_answer_makes_sense_of_it(visit: Visit) -> None:
    person, _ = visit()
    page = person.page
    activity = page.locator('[id="clinical.disease_activity"]')
    expect(activity).to_be_hidden()

    person.picks("Rheumatoid arthritis", "Which illness is it about?")
    expect(activity).to_be_visible()
    pain = activity.locator('[name$="pain_nrs"]')
    pain.fill("7")
    person.picks("Psoriatic arthritis", "Which illness is it about?")
    expect(activity).to_be_hidden()
    posted = "() => [...new FormData(document.querySelector('#form')).keys()].join()"
    assert "pain_nrs" not in page.evaluate(posted)
    person.picks("Rheumatoid arthritis", "Which illness is it about?")

    expect(pain).to_have_value("7")
    assert "pain_nrs" in page.evaluate(posted)


def test_a_value_in_another_unit_is_asked_about_and_converted(visit: Visit) -> None:
    person, _ = visit()
    page = person.page
    person.picks("Rheumatoid arthritis", "Which illness is it about?")
    crp = page.locator('[name$="crp_mg_l"]')
    crp.fill("1,2")
    crp.press("Tab")

    expect(page.get_by_role("status").filter(has_text="mg/dL")).to_contain_text("12 mg/L")
    assert violations(page) == []
    page.get_by_role("button", name="change it to 12 mg/L").click()

    expect(crp).to_have_value("12")
    expect(page.locator(".slip:visible")).to_have_count(0)


def test_lists_grow_and_shrink_without_a_net(visit: Visit, context: BrowserContext) -> None:
    person, _ = visit()
    page = person.page
    context.set_offline(True)

    person.presses("Add one more: Treatment")
    person.presses("Add one more: Treatment")
    person.types("Methotrexate", "Name of the medicine or treatment", "Treatment 3")
    page.get_by_role("button", name="Remove: Treatment 2").click()

    expect(person.part("Treatment 3")).to_have_count(0)
    box = person.part("Treatment 2").get_by_label("Name of the medicine or treatment")
    expect(box).to_have_value("Methotrexate")


def test_what_the_server_finds_leads_to_the_step_that_asks_it(visit: Visit) -> None:
    person, clinic = visit()
    page = person.page
    person.types("Both hands", "Describe the illness in your own words")

    person.presses("Send the inquiry")

    expect(page.get_by_role("alert")).to_be_focused()
    expect(heading(page)).to_have_text("Step 1 of 7: The illness", use_inner_text=True)
    page.get_by_role("alert").locator('[href="#contact.email"]').click()
    expect(heading(page)).to_have_text("Step 6 of 7: Contact and travel", use_inner_text=True)
    assert clinic.keys == []


def test_another_language_takes_along_what_was_typed(visit: Visit) -> None:
    person, clinic = visit("general-inquiry")
    page = person.page
    person.types("May I come?", "What is your question?")

    page.get_by_role("link", name="ไทย").click()

    expect(page.locator("textarea").first).to_have_value("May I come?")
    assert clinic.keys == []


def test_answers_are_kept_on_the_device_only_for_who_asks(visit: Visit) -> None:
    person, _ = visit("general-inquiry")
    page = person.page
    kept = "() => JSON.stringify({...localStorage})"
    person.types("Secret", "What is your question?")
    assert page.evaluate(kept) == "{}"

    page.get_by_label("Keep my answers on this device").check()
    person.types("Somchai 👩🏽‍⚕️ สมชาย", "Full name of the patient")
    person.picks("Thailand", "Country where the patient lives")
    person.agrees("I agree")
    person.types("Secret, and what is not left yet", "What is your question?")
    assert "not left yet" in page.evaluate(kept)
    person.types("Secret", "What is your question?")
    assert "consents" not in page.evaluate(kept)
    page.close()
    person, clinic = visit("general-inquiry")
    page = person.page
    expect(page.get_by_text("You kept answers on this device on")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("textarea").first).to_have_value("Secret")
    expect(page.get_by_label("Full name of the patient")).to_have_value("Somchai 👩🏽‍⚕️ สมชาย")
    expect(page.get_by_label("Country where the patient lives")).to_have_value("Thailand")
    assert not page.get_by_label(re.compile("^I agree")).first.is_checked()

    person.ticks("I am the patient", "Who are you?")
    person.types("somchai@patients.example", "Email address")
    person.ticks("Email", "How should we contact you?")
    person.picks("Thai", "Which language should we use with you?")
    person.agrees("I agree")
    clinic.trouble += [cut(to("/f/x"))] * 3
    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_contain_text("Not sent yet")
    assert "Secret" in page.evaluate(kept)
    person.presses("Send the inquiry")
    page.wait_for_url("**/u/token")

    assert len(clinic.keys) == 1
    assert page.evaluate(kept) == "{}"


def test_what_was_kept_goes_when_it_is_deleted_or_the_form_is_another(visit: Visit) -> None:
    person, _ = visit("general-inquiry")
    page = person.page
    page.get_by_label("Keep my answers on this device").check()
    person.types("Secret", "What is your question?")
    kept = page.evaluate("() => ({...localStorage})")
    ((name, text),) = kept.items()
    page.evaluate(
        "([name, text]) => localStorage.setItem(name, text)",
        [name, re.sub('"version":"[^"]+"', '"version":"2001-01-01"', text)],
    )

    page.reload()
    assert page.evaluate("() => localStorage.length") == 0
    page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, text])
    page.reload()
    page.get_by_role("button", name="Delete them").click()

    assert page.evaluate("() => localStorage.length") == 0
    expect(page.locator("textarea").first).to_have_value("")


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Thai", "Thailand"),
        ("us", "United States"),
        ("AE", "United Arab Emirates"),
        ("UK", "UK"),  # not Ukraine
        ("united", "united"),
    ],
)
def test_a_country_is_known_by_its_code_and_not_guessed_from_two_letters(
    visit: Visit, typed: str, known: str
) -> None:
    person, _ = visit("general-inquiry")
    box = person.page.get_by_label("Country where the patient lives")
    box.fill(typed)
    box.press("Tab")

    expect(box).to_have_value(known)
