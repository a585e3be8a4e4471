"""What a person is told of chosen files before a byte of them is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.journey.axe import violations
from tests.journey.dropping import a_disc, drop
from tests.journey.frail_clinic import CLINIC, FORMS, Clinic
from tests.journey.person import DESK, PHONE, Person
from tests.journey.test_living_form import a_file, sends, visit
from tests.records import small

__all__ = ["visit"]  # a fixture
pytestmark = pytest.mark.browser
OLD = date(2023, 3, 2)
IMAGES = 6
SCANS, BLOOD, URINE = "X-ray, MRI", "Blood test", "Urine test"
OTHER_PERSON = "does not look like the patient's"


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An old MRI of somebody else than the patient."""
    return a_disc(tmp_path_factory.mktemp("cd") / "CD", IMAGES, OLD, "DOE^JANE", "19700115")


def a_picture(name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": small.picture("jpeg")}


def choose(card: Locator, *files: dict[str, Any]) -> None:
    card.locator("input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]


def test_a_disc_says_what_it_holds_how_old_that_is_and_whose(visit: Any, disc: Path) -> None:
    person, clinic = visit("rheumatoid-arthritis", size=DESK)
    person.types("Somchai Example", "Full name of the patient")
    card = person.part(SCANS)

    drop(card, disc)

    line = card.get_by_role("listitem")
    expect(line).to_contain_text(f"MRI · Knee · {IMAGES} images · 2 Mar 2023")
    expect(line).to_contain_text("Older than 180 days")
    expect(line).to_contain_text(OTHER_PERSON)
    expect(line).not_to_contain_text("JANE")
    expect(card.get_by_role("status")).to_contain_text("The written report is still missing")
    assert violations(person.page) == []
    expect(person.page.locator("#other")).to_contain_text(OTHER_PERSON)
    person.types("Jane A. Doe", "Full name of the patient")
    person.page.keyboard.press("Tab")
    expect(person.page.get_by_text(OTHER_PERSON)).to_have_count(0)
    person.part(SCANS)
    # What it says of itself stands there to be checked, and is not put over what was typed.
    expect(card.get_by_label("Kind of picture")).to_have_value("MR")
    expect(card.get_by_label("This holds the pictures")).to_be_checked()
    expect(card.get_by_label("Year").first).to_have_value("2023")
    card.get_by_label("Year").first.fill("2024")
    line.get_by_role("button", name="Remove").click()
    expect(card.get_by_label("Kind of picture")).to_have_value("")
    expect(card.get_by_label("Year").first).to_have_value("2024")
    # Nothing was asked of anybody.
    assert [each for each in clinic.asked if not each.startswith("GET")] == []


@pytest.mark.parametrize("days", [-1, 1])
def test_a_scan_of_today_is_of_today_for_a_clock_that_is_a_day_off(
    visit: Any, tmp_path: Path, days: int
) -> None:
    person, _clinic = visit("rheumatoid-arthritis", size=DESK)
    now = datetime.now(UTC)
    person.page.clock.set_fixed_time(now + timedelta(days=days))
    card = person.part(SCANS)

    drop(card, a_disc(tmp_path / "CD", IMAGES, now.date(), "EXAMPLE^SOMCHAI", "19700115"))

    line = card.get_by_role("listitem")
    expect(line).to_contain_text(f"{IMAGES} images · {now.day} {now:%b}")
    expect(line).not_to_contain_text("Older than")
    expect(card.get_by_label("Year").first).to_have_value(str(now.year))


def test_what_can_not_be_read_is_left_out_and_what_is_here_twice_is_told(
    visit: Any, tmp_path: Path
) -> None:
    person, _ = visit("rheumatoid-arthritis")
    blood, urine = person.part(BLOOD), person.part(URINE)
    report, program = tmp_path / "scan.jpg", tmp_path / "start.pdf"
    report.write_bytes(small.pdf())
    program.write_bytes(b"MZ" * 500)
    needs = person.page.locator("#needs")
    expect(needs).to_contain_text("0 of 3 added. Still missing: Blood test · Urine test")

    blood.locator("input[type=file]").set_input_files([report, program])

    expect(blood.get_by_role("listitem")).to_have_count(1)
    expect(blood.get_by_role("listitem")).to_contain_text("PDF")
    expect(blood.get_by_role("status")).to_contain_text("cannot read this kind of file: start.pdf")
    urine.locator("input[type=file]").set_input_files(report)
    expect(urine.get_by_role("listitem")).to_contain_text("Also added under “Blood test”")
    expect(needs).to_contain_text("2 of 3 added. Still missing: X-ray, MRI")
    person.part(SCANS).locator("summary").click()
    person.part(SCANS).get_by_label("I will send it later").check()
    expect(needs).to_contain_text("Not now: X-ray, MRI")


def test_what_is_posted_is_what_was_typed_and_nothing_that_was_seen(visit: Any, disc: Path) -> None:
    """The same post with a folder that says much of itself and with one that says nothing."""
    posts: list[str] = []
    for name in ("disc", "letter"):
        person, _ = visit(size=DESK)
        person.picks("Something else", "Kind of record", "Record 1")
        card = person.part("Record 1")
        if name == "disc":
            drop(card, disc)
        else:
            choose(card, a_file())
        expect(card.get_by_role("listitem")).to_have_count(1)
        expect(card.get_by_role("listitem")).to_contain_text("MRI" if name == "disc" else "PDF")
        with person.page.expect_request(lambda request: request.method == "POST") as sent:
            sends(person)
        posts.append(sent.value.post_data or "")

    fields = [sorted(set(part_names(post))) for post in posts]
    assert fields[0] == fields[1]
    # A date stands in the boxes, where everybody sees it; all else stays on the device.
    assert '.document_date.year"\r\n\r\n2023\r\n' in posts[0]
    for seen in ("JANE", "1970", "KNEE", "MR\r\n", "2.25.", "1.2.826"):
        assert seen not in posts[0]


def part_names(post: str) -> list[str]:
    return [line for line in post.splitlines() if line.startswith("Content-Disposition")]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Person]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    context.route("**/*", Clinic(FORMS.get("rheumatoid-arthritis"), "en").answer)
    tab = context.new_page()
    tab.goto(f"{CLINIC}/f/x")
    yield Person(tab)
    context.close()


def test_a_phone_takes_photos_one_after_the_other(phone: Person) -> None:
    card = phone.part(BLOOD)
    for n in range(2):
        with phone.page.expect_file_chooser() as chooser:
            card.get_by_role("button", name="Take a photo").click()
        assert chooser.value.element.get_attribute("capture") == "environment"
        photo = a_picture("image.jpg")
        photo["buffer"] += b"\0" * n
        chooser.value.set_files([photo])  # type: ignore[list-item]
        expect(card.get_by_role("listitem")).to_have_count(n + 1)
    expect(card.get_by_role("listitem").last).to_contain_text("JPEG")
