"""No page makes a browser complain: not of a policy, not of a script, on none of its ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.journey.person import DESK, PHONE, Person
from tests.journey.test_element import HOST, ask
from tests.journey.test_whole_way import open_case
from tests.journey.uppy.website import ORIGIN, open_site
from tests.plain_browser import Page as Read
from tests.records import small

pytestmark = pytest.mark.browser
# What a browser says of any answer that refuses: that is the answer, and the page tells of it.
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4(04|22)")
FILE = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": small.pdf(b"x" * 9999)}


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers said and should not have; at the end there is none."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def heard(complaints: list[str]) -> Callable[[Page], Page]:
    """Listen to all that is said of a window."""

    def listen(page: Page) -> Page:
        def note(said: ConsoleMessage) -> None:
            if said.type in {"error", "warning"} and not _REFUSED.match(said.text):
                complaints.append(f"{page.url}: {said.text}")

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        return page

    return listen


@pytest.fixture
def window(browser: Browser, heard: Callable[[Page], Page]) -> Iterator[Callable[..., Person]]:
    """Open windows of the intake's own pages."""
    contexts = []

    def open_window(size: dict[str, int]) -> Person:
        context = browser.new_context(viewport=size, locale="en-GB")  # type: ignore[arg-type]
        contexts.append(context)
        return Person(heard(context.new_page()))

    yield open_window
    for context in contexts:
        context.close()


def send(page: Page, person: Person) -> None:
    """Fill in the form, wrong first, in another language in between, with a file."""
    ask(person)
    person.types("nope", "Email address")
    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_be_focused()
    for name in ("ไทย", "English"):
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    person.types("somchai@patients.example", "Email address")
    person.picks("Something else", "Kind of record", "Record 1")
    person.part("Record 1").locator("input[type=file]").first.set_input_files([FILE])  # type: ignore[list-item]
    person.presses("Send the inquiry")
    page.wait_for_url(re.compile(r"/u/\w+"))


def test_on_the_way_of_an_inquiry_from_the_form_to_the_case(
    world: Any, window: Callable[..., Person]
) -> None:
    person = window(PHONE)
    page = person.page
    page.goto(f"{world.url}/f/general-inquiry")
    world.take_time()
    send(page, person)
    world.settle(60)
    sender = page.url
    page.reload()
    asking = [link.get_attribute("href") for link in page.locator("main a[href*='?']").all()]
    assert len(asking) > 2
    for link in asking:
        page.goto(f"{world.url}{link}")
    page.goto(sender)
    world.move_clock(20)
    letter = world.inbox.wait_for(world.team, "New inquiry")
    (case,) = [word for word in letter["Text"].split() if "/team/#" in word]

    doctor = window(DESK)
    open_case(doctor, case, "doctor")
    doctor.page.get_by_text("History").click()
    doctor.follows("Worklist")
    expect(doctor.page.get_by_role("heading", level=1)).to_contain_text("Worklist")


@pytest.mark.parametrize(
    "path",
    [
        *("/f/rheumatoid-arthritis", "/f/autoimmune?_language=ar", "/site/embed"),
        *("/f/no-such-form", "/u/no-such-link", "/no-such-page", "/", "/inbox"),
    ],
)
def test_on_a_page_that_just_opens(world: Any, window: Callable[..., Person], path: str) -> None:
    page = window(PHONE).page
    page.goto(f"{world.url}{path}")

    page.wait_for_load_state("load")
    assert page.locator("h1").count() == 1


def test_on_another_site_under_the_policy_that_it_is_told_to_have(
    world: Any, browser: Browser, heard: Callable[[Page], Page], tmp_path: Path
) -> None:
    codes = [each.text for each in Read(world.get("/site/embed").text).all("code")]
    (lines,) = [code for code in codes if "/f/general-inquiry" in code]
    (tmp_path / "index.html").write_text(HOST.format(lines=lines, policy=codes[-1]), "utf-8")
    page = heard(open_site(browser, tmp_path, viewport=PHONE))
    page.goto(f"{ORIGIN}/index.html")
    expect(page.locator("clinic-inquiry form")).to_be_visible()

    send(page, Person(page))
    page.context.close()
