"""A folder of a disc, dropped onto the living form: its images go as one, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.journey.axe import violations
from tests.journey.dropping import NOT_IMAGES, a_disc, drop
from tests.journey.frail_clinic import cut, hold, say, to
from tests.journey.person import DESK, Person
from tests.journey.test_living_form import a_file, ask_a_question, sends, visit

__all__ = ["visit"]  # a fixture
pytestmark = pytest.mark.browser
DAY = date(2026, 9, 14)
IMAGES = 24


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_disc(tmp_path_factory.mktemp("cd") / "CD0914", IMAGES, DAY)


@pytest.fixture
def form(visit: Any) -> Any:
    """The short form with a card for something else, on a desktop."""
    person, clinic = visit(size=DESK)
    person.picks("Something else", "Kind of record", "Record 1")
    ask_a_question(person)
    return person, clinic


def card(person: Person) -> Locator:
    return person.part("Record 1")


def test_a_dropped_folder_is_one_line_and_its_images_alone_are_sent(form: Any, disc: Path) -> None:
    person, clinic = form

    drop(card(person), disc)

    listed = card(person).get_by_role("listitem")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text(f"CD0914 · {IMAGES} files")
    expect(card(person).get_by_role("status")).to_contain_text(f"do not need them: {NOT_IMAGES}.")
    assert violations(person.page) == []
    sends(person)
    person.page.wait_for_url("**/u/token")
    names = [each["name"] for each in clinic.signed]
    assert (clinic.whole, len(names)) == (IMAGES, IMAGES)
    assert all(name.startswith("IM") for name in names)
    assert len({each["key"] for each in clinic.signed}) == IMAGES
    assert {(each["slot"], each["record"]) for each in clinic.signed} == {("other", 0)}


def test_its_progress_is_one_line(form: Any, disc: Path) -> None:
    person, clinic = form
    held: list[Route] = []
    drop(card(person), disc)
    expect(card(person).get_by_role("listitem")).to_have_count(1)
    after_nine = lambda route: clinic.whole >= 9 and to("/object")(route)  # noqa: E731
    clinic.trouble += [hold(after_nine, held) for _ in range(3)]

    sends(person)

    row = person.page.locator(".rows li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"Sent: 9 of {IMAGES} files")
    assert violations(person.page) == []
    while len(held) < 3:
        person.page.wait_for_timeout(50)
    row.get_by_role("button", name="Pause: CD0914").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Go on: CD0914").click()
    person.page.wait_for_url("**/u/token")
    assert clinic.done == 1


def test_what_fails_is_told_once_and_tried_again_at_once(form: Any, disc: Path) -> None:
    person, clinic = form
    drop(card(person), disc)
    expect(card(person).get_by_role("listitem")).to_have_count(1)
    told = {"ok": False, "error": "No", "message": "Come again later.", "errors": []}
    clinic.trouble += [say(to("/sign"), 413, json=told) for _ in range(5)]

    sends(person)

    summary = person.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("listitem")).to_have_count(1)
    row = person.page.locator(".rows li")
    expect(row).to_contain_text(f"Sent: {IMAGES - 5} of {IMAGES} files")
    assert row.inner_text().count("Come again later.") == 1
    summary.get_by_role("button", name="Try all again").click()
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == IMAGES


def test_a_folder_goes_on_by_itself_when_the_connection_is_back(form: Any, disc: Path) -> None:
    person, clinic = form
    drop(card(person), disc)
    expect(card(person).get_by_role("listitem")).to_have_count(1)
    clinic.trouble += [cut(to("/object")) for _ in range(9)]

    sends(person)

    row = person.page.locator(".rows li")
    expect(row).to_contain_text("Could not be sent.")
    person.page.evaluate("dispatchEvent(new Event('online'))")
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == IMAGES


def test_a_folder_is_removed_as_a_whole(form: Any, disc: Path) -> None:
    person, clinic = form
    drop(card(person), disc)
    listed = card(person).get_by_role("listitem")
    expect(listed).to_have_count(1)
    card(person).locator("input[type=file]").set_input_files([a_file()])
    expect(listed).to_have_count(2)

    listed.first.get_by_role("button", name="Remove: CD0914").click()

    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("letter.pdf")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_the_same_folder_twice_goes_once_and_that_is_said(form: Any, disc: Path) -> None:
    person, clinic = form
    drop(card(person), disc)
    expect(card(person).get_by_role("listitem")).to_have_count(1)

    drop(card(person), disc)

    expect(card(person).get_by_role("status")).to_contain_text("Left out, as it is here already")
    expect(card(person).get_by_role("listitem")).to_have_count(1)
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == IMAGES


def test_a_folder_can_be_chosen_with_a_button(form: Any, disc: Path) -> None:
    person, clinic = form

    with person.page.expect_file_chooser() as chooser:
        card(person).get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(disc)

    expect(card(person).get_by_role("listitem")).to_contain_text(f"CD0914 · {IMAGES} files")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == IMAGES


def test_a_folder_without_a_scan_says_where_they_are(form: Any, tmp_path: Path) -> None:
    person, _ = form
    (tmp_path / "Viewer").mkdir()
    (tmp_path / "Viewer" / "start.exe").write_bytes(b"MZ" * 200)

    drop(card(person), tmp_path / "Viewer")

    status = card(person).get_by_role("status")
    expect(status).to_contain_text("We found no scans in “Viewer”.")
    expect(card(person).get_by_role("listitem")).to_have_count(0)


def test_a_folder_of_photos_and_pdfs_goes_too(form: Any, tmp_path: Path) -> None:
    person, clinic = form
    folder = tmp_path / "From the portal"
    folder.mkdir()
    kinds = {"report.pdf": b"%PDF-1.7", "page.jpg": b"\xff\xd8\xff\xe0", "desktop.ini": b"[x]"}
    for name, start in {**kinds, ".hidden": b"\0"}.items():
        (folder / name).write_bytes(start.ljust(999, b"x"))

    drop(card(person), folder)

    expect(card(person).get_by_role("listitem")).to_contain_text("From the portal · 2 files")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert sorted(each["name"] for each in clinic.signed) == ["page.jpg", "report.pdf"]


def test_more_images_than_an_inquiry_takes_are_refused_before_the_first(
    form: Any, tmp_path: Path
) -> None:
    person, _ = form
    folder = tmp_path / "CD"
    folder.mkdir()
    for n in range(1001):
        (folder / f"IM{n:05}").write_bytes(b"\0" * 128 + b"DICM%d" % n)

    drop(card(person), folder)

    expect(card(person).get_by_role("status")).to_contain_text("“CD” holds more files")
    expect(card(person).get_by_role("listitem")).to_have_count(0)


def test_many_files_that_are_chosen_at_once_are_one_line(form: Any) -> None:
    person, clinic = form
    many = [a_file(f"{n}.pdf", 1000 + n) for n in range(13)]

    card(person).locator("input[type=file]").set_input_files(many)

    expect(card(person).get_by_role("listitem")).to_contain_text("13 files · 0.1 MB")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 13


def test_a_single_file_can_be_dropped(form: Any, disc: Path) -> None:
    person, clinic = form

    drop(card(person), disc / "IMAGES" / "S0" / "IM00000")

    expect(card(person).get_by_role("listitem")).to_contain_text("IM00000")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_what_is_dropped_beside_a_card_does_not_take_the_page_away(form: Any, disc: Path) -> None:
    person, _ = form
    before = person.page.url

    drop(person.page.locator("h1"), disc / "IMAGES" / "S0" / "IM00000")

    expect(card(person).get_by_role("listitem")).to_have_count(0)
    assert person.page.url == before
    assert "Somchai" in person.page.get_by_label("Full name of the patient").input_value()


def test_a_folder_with_a_hostile_name_is_only_ever_text(form: Any, tmp_path: Path) -> None:
    person, _ = form
    folder = a_disc(tmp_path / "<img src=x onerror=alert(1)>&lt;", 2, DAY)

    drop(card(person), folder)

    expect(card(person).get_by_role("listitem")).to_contain_text("<img src=x")
    assert person.page.locator("main img").count() == 0
