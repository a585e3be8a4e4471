"""The living form in the local world: a bad network costs time, never an inquiry or a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journey import test_story as story
from tests.journey.dropping import a_disc, drop
from tests.journey.person import DESK, PHONE, Person
from tests.journey.test_living_form import ask_a_question
from tests.records import small

pytestmark = pytest.mark.browser
MB = 1_000_000
SMALL, LARGE = "ผลเลือด สมชาย.pdf", "เข่าซ้าย.dcm"


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[], Person]]:
    """Open a phone's window; nothing may go wrong in the page's script."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_window() -> Person:
        contexts.append(browser.new_context(viewport=PHONE, locale="en-GB"))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        person = Person(page)
        page.set_default_timeout(60_000)
        return person

    yield open_window
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report that goes up as a whole, and pictures that go up in three parts."""
    folder = tmp_path_factory.mktemp("files")
    (folder / SMALL).write_bytes(small.pdf(os.urandom(2_500_000)))
    (folder / LARGE).write_bytes(small.dicom(os.urandom(12 * MB)))
    return {"small": folder / SMALL, "large": folder / LARGE}


class Network:
    """What stands between a page and the world."""

    def __init__(self, page: Page, world: Any) -> None:
        self._aws = world.aws_url
        self.down = 0  # how many posts of the form get no answer
        self.lost_parts: list[int] = []
        self.held_part = 0
        self.held: list[Route] = []
        self.parts: list[int] = []  # that were let through
        page.route("**/f/*", self._form)
        page.route(f"{self._aws}/**", self._store)

    def _form(self, route: Route) -> None:
        if route.request.method == "POST" and self.down:
            self.down -= 1
            route.abort("internetdisconnected")
        else:
            route.continue_()

    def _store(self, route: Route) -> None:
        part = int(route.request.url.partition("partNumber=")[2].partition("&")[0] or 0)
        if part in self.lost_parts:
            self.lost_parts.remove(part)
            route.abort("connectionreset")
        elif part and part == self.held_part:
            self.held_part = 0
            self.held.append(route)
        else:
            self.parts += [part] if part else []
            route.continue_()

    def holds(self, page: Page) -> None:
        """Wait until the part to be held is under way: all parts before it have arrived."""
        while not self.held:
            page.wait_for_timeout(50)


def row(page: Page, name: str) -> Any:
    return page.locator(".rows li").filter(has_text=name)


def test_one_inquiry_with_all_its_files_arrives_over_a_bad_network(
    world: Any, visit: Callable[[], Person], files: dict[str, Path]
) -> None:
    person = visit()
    page = person.page
    network = Network(page, world)
    page.goto(f"{world.url}/f/general-inquiry")
    world.take_time()
    person.picks("Something else", "Kind of record", "Record 1")
    person.part("Record 1").locator("input[type=file]").set_input_files(list(files.values()))
    ask_a_question(person)

    network.down = 3
    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_contain_text("Not sent yet")
    assert world.inbox.list()["total"] == 0
    network.lost_parts, network.held_part = [2, 2], 3
    page.get_by_role("button", name="Send the inquiry").dblclick()
    page.get_by_text("Your answers have arrived").wait_for()
    expect(row(page, SMALL)).to_contain_text("Sent. 2.5 MB")
    network.holds(page)
    expect(row(page, LARGE)).to_contain_text("Sending: 10 MB of 12 MB")
    page.get_by_role("button", name=f"Pause: {LARGE}").click()
    expect(row(page, LARGE)).to_contain_text("Paused: 10 MB of 12 MB")
    page.get_by_role("button", name=f"Go on: {LARGE}").click()
    page.wait_for_url("**/u/**")
    world.settle()
    page.reload()

    told = person.reads()
    assert network.parts == [1, 2, 3]
    assert told.count("checked, ready for the doctors") == 2
    assert SMALL in told
    assert LARGE in told
    subjects = [letter["Subject"] for letter in world.inbox.letters(world.team)]
    assert len(subjects) == 1
    assert world.inbox.list()["total"] == 2  # and the receipt
    assert world.state()["failures"] == []
    secrets = [SMALL, LARGE, SMALL.partition(" ")[0], "Somchai"]
    assert not any(secret in world.log() for secret in secrets)


def test_an_upload_that_a_reload_cut_short_goes_on_where_it_was(
    world: Any, visit: Callable[[], Person], files: dict[str, Path]
) -> None:
    person = visit()
    page = person.page
    network = Network(page, world)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{world.url}/f/general-inquiry")
    world.take_time()
    ask_a_question(person)
    person.presses("Send the inquiry")
    page.wait_for_url("**/u/**")

    for held, shown in ((3, "Sending: 10 MB of 12 MB"), (0, "")):
        network.held_part = held
        page.get_by_label("What is it?").select_option(label="Something else")
        page.get_by_label("Choose files").set_input_files(files["large"])
        if not held:
            break
        person.presses("Send files")
        network.holds(page)
        expect(row(page, LARGE)).to_contain_text(shown)
        page.reload()
    with page.expect_navigation():
        person.presses("Send files")
    world.settle()
    page.reload()

    assert network.parts == [1, 2, 3]
    told = person.reads()
    assert told.count(LARGE) == 1
    assert "checked, ready for the doctors" in told


def test_what_is_missing_is_said_and_the_chosen_files_are_sent_in_the_end(
    world: Any, visit: Callable[[], Person], files: dict[str, Path]
) -> None:
    person = visit()
    page = person.page
    page.goto(f"{world.url}/f/rheumatoid-arthritis?_language=en")
    world.take_time()
    story.tell_of_the_illness(person)
    story.tell_of_oneself(person)
    story.date_the_records(person)
    for kind in ("Blood test", "Urine test", "X-ray, MRI"):
        person.attaches(files["small" if "test" in kind else "large"], kind)
    person.presses("Add one more: Treatment")
    expect(person.part("Treatment 2")).to_be_visible()
    person.dates("31", "2", "1968", "Date of birth")

    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator('[id="patient.date_of_birth.day"]')).to_be_focused()
    assert page.locator(".files li").count() == 3
    person.dates("27", "3", "1968", "Date of birth")
    person.presses("Send the inquiry")
    page.wait_for_url("**/u/**")
    world.settle()
    page.reload()

    told = person.reads()
    assert "Ready: 2 of 3" in told
    assert "We have the images, but not the written report." in told
    assert told.count("checked, ready for the doctors") == 3


def test_a_folder_of_a_disc_becomes_one_study_with_nothing_missing(
    world: Any, visit: Callable[[], Person], files: dict[str, Path], tmp_path: Path
) -> None:
    person = visit()
    page = person.page
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    examined = date.today() - timedelta(days=30)  # noqa: DTZ011  any day of last month
    disc = a_disc(tmp_path / "CD", 16, examined, "EXAMPLE^SOMCHAI", "19680327")
    page.goto(f"{world.url}/f/rheumatoid-arthritis?_language=en")
    world.take_time()
    story.tell_of_the_illness(person)
    story.tell_of_oneself(person)
    for kind in ("Blood test", "Urine test"):
        person.dates("2", "11", "2026", kind, "Date on the record")
        person.attaches(files["small"], kind)
    radiology = person.part("X-ray, MRI")
    person.dates("", str(examined.month), str(examined.year), "X-ray, MRI", "Date on the record")
    drop(radiology, disc)
    expect(radiology.get_by_role("listitem")).to_contain_text("CD · 16 files")
    radiology.locator("input[type=file]").first.set_input_files(files["small"])

    person.presses("Send the inquiry")
    page.wait_for_url("**/u/**")
    while not world.state(30)["idle"]:  # one check after the other, 19 times
        page.wait_for_timeout(50)
    page.reload()

    card = page.locator("#record-radiology")
    expect(card).to_contain_text("MRI, knee, 16 images")
    expect(card).to_contain_text("Nothing is missing.")
    expect(card.get_by_role("listitem")).to_have_count(2)  # the study, and the report
    told = person.reads()
    assert "All required records are here." in told
    assert "could not be used" not in told
    assert world.state()["failures"] == []
    assert not any(name in world.log() for name in ("SOMCHAI", "IM00000", "DICOMDIR"))
