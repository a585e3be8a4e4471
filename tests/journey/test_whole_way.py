"""The whole way: form, files of any size, letter, sign-in, and a file in the doctor's hands."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journey import test_story as story
from tests.journey.axe import violations
from tests.journey.person import DESK, PHONE, Person
from tests.journey.uppy.website import Kept
from tests.records import scans, small

pytestmark = pytest.mark.browser
MB = 1_000_000
LARGE = 150 * MB
ARCHIVE = "CD สมชาย.zip"
PROGRAM = "เข่า.dcm"


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Person]]:
    """Open a window, with a script or without; nothing may go wrong in it unnoticed."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_window(size: dict[str, int], *, script: bool = True) -> Person:
        context = browser.new_context(
            viewport=size, locale="en-GB", java_script_enabled=script, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        return Person(page)

    yield open_window
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hospital's CD, packed: 15 images of 10 MB that nothing makes smaller, and a report."""
    path = tmp_path_factory.mktemp("cd") / ARCHIVE
    day = datetime.now(UTC).date() - timedelta(days=20)
    one = scans.Slice(name="Example^Somchai", born="19680327", date=f"{day:%Y%m%d}", noise=True)
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in scans.study(one.as_(side=2240), 15):
            packed.writestr(name, content)
        packed.writestr("REPORT.PDF", small.pdf())
    assert path.stat().st_size > LARGE
    return path


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan that Windows would run as a program."""
    path = tmp_path_factory.mktemp("odd") / PROGRAM
    path.write_bytes(b"MZ".ljust(128, b"\0") + scans.made(scans.Slice())[128:])
    return path


def fill_in(person: Person, world: Any) -> None:
    person.page.goto(f"{world.url}/f/rheumatoid-arthritis")
    world.take_time()
    story.tell_of_the_illness(person)
    story.tell_of_oneself(person)
    story.date_the_records(person)


def looks_again(person: Person, world: Any) -> str:
    """Come back once all is checked, and read of it; return the reference."""
    world.settle(60)
    person.page.reload()
    told = person.reads()
    assert "It is here" in told
    assert "MRI, knee, 15 images" in told
    assert "being looked at by our staff" in told
    assert "Nothing is missing" in told
    return person.page.locator(".reference").inner_text()


def letter_link(world: Any, reference: str) -> str:
    """Return the one link of the team's letter."""
    letter = world.inbox.wait_for(world.team, reference)
    (link,) = [word for word in letter["Text"].split() if word.startswith("http")]
    assert link in letter["HTML"]
    return str(link)


def open_case(person: Person, link: str, account: str) -> None:
    """Follow the letter's link, and sign in at the provider."""
    person.page.goto(link)
    person.presses("Sign in")
    person.presses(account)
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("INQ-")


def numbers(world: Any) -> dict[str, int]:
    """Return the number of each file by its name; a browser signs several at once."""
    return {row["name"]: int(row["n"]) + 1 for row in Kept(world).files()}


def saves(page: Page, name: str) -> tuple[str, bytes]:
    """Press the button beside one file; return what the browser named and saved it."""
    row = page.locator(".files > li").filter(has_text=name)
    with page.expect_download() as saving:
        row.get_by_role("button", name="Open").click()
    return saving.value.suggested_filename, Path(str(saving.value.path())).read_bytes()


def test_large_files_go_up_from_a_phone_and_a_doctor_opens_one(
    world: Any,
    visit: Callable[..., Person],
    records: dict[str, Path],
    archive: Path,
    program: Path,
) -> None:
    person = visit(PHONE)
    page = person.page
    fill_in(person, world)
    person.attaches(records["pdf"], "Blood test")
    person.attaches(records["jpeg"], "Urine test")
    radiology = person.part("X-ray, MRI").locator("input[type=file]").first
    radiology.set_input_files([records["dicom"], archive, program])
    assert violations(page) == []
    person.presses("Send the inquiry")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your answers have arrived")
    expect(page.get_by_role("progressbar", name=archive.name)).to_be_visible()
    assert violations(page) == []

    page.wait_for_url("**/u/**", timeout=180_000)
    reference = looks_again(person, world)
    assert violations(page) == []

    link = letter_link(world, reference)
    assert link == f"{world.url}/team/#{reference}"
    letters = [letter["Subject"] for letter in world.inbox.letters(world.team)]
    assert len(letters) == 1, letters  # one letter tells of all five files
    doctor = visit(DESK)
    open_case(doctor, link, "doctor")
    assert story.NAME in doctor.reads()
    assert violations(doctor.page) == []
    name, saved = saves(doctor.page, records["dicom"].name)
    number = numbers(world)
    assert name == f"{reference}_radiology_{number[records['dicom'].name]:02d}.dcm"
    assert saved == records["dicom"].read_bytes()
    name, saved = saves(doctor.page, ARCHIVE)
    assert name == f"{reference}_radiology_{number[ARCHIVE]:02d}.zip"
    assert saved == archive.read_bytes()
    # What may be a program waits for whoever may decide on it.
    kept_back = doctor.page.locator(".files > li").filter(has_text=PROGRAM)
    assert kept_back.get_by_role("button").count() == 0

    supervisor = visit(DESK)
    open_case(supervisor, link, "supervisor")
    supervisor.page.get_by_role("button", name=f"Let through: {PROGRAM}").click()
    supervisor.page.get_by_role("dialog").get_by_role("button", name="Let it through").click()
    expect(supervisor.page.get_by_role("dialog")).to_have_count(0)
    world.settle(60)
    supervisor.page.reload()  # signs in again by itself
    name, saved = saves(supervisor.page, PROGRAM)
    # By its ending nothing would open it.
    assert name == f"{reference}_radiology_{number[PROGRAM]:02d}.bin"
    assert saved == program.read_bytes()
    assert world.state()["failures"] == []
    secrets = [story.NAME, story.EMAIL, ARCHIVE, PROGRAM, records["pdf"].name]
    assert not any(secret in world.log() for secret in secrets)


def test_large_files_go_up_without_a_script_too(
    world: Any,
    visit: Callable[..., Person],
    records: dict[str, Path],
    archive: Path,
    program: Path,
) -> None:
    person = visit(PHONE, script=False)
    page = person.page
    fill_in(person, world)
    person.attaches(records["pdf"], "Blood test")
    person.presses("Send the inquiry")
    assert "/u/" in page.url
    said = "Your file has arrived"
    for kind, path in (
        ("Urine test", records["jpeg"]),
        ("X-ray, MRI, CT or ultrasound", records["dicom"]),
        ("X-ray, MRI, CT or ultrasound", archive),
        ("X-ray, MRI, CT or ultrasound", program),
    ):
        page.get_by_label("What is it?").select_option(label=kind)
        person.presses("Continue")
        page.get_by_label("Choose the file").set_input_files(path)
        with page.expect_navigation(timeout=180_000):  # as long as the file takes
            page.get_by_role("button", name="Send the file").click(no_wait_after=True)
        assert said in person.reads()
        said = "Your files have arrived"
    person.presses("That is all")
    reference = looks_again(person, world)

    receipt = world.inbox.wait_for(story.EMAIL, reference)
    (link,) = [word for word in receipt["Text"].split() if "/u/" in word]
    page.goto(link)
    person.presses("Yes, it is my address")
    doctor = visit(DESK)
    open_case(doctor, letter_link(world, reference), "doctor")
    said = doctor.reads()
    assert "not confirmed yet" not in said
    files = doctor.page.locator(".files > li")
    assert files.get_by_role("button", name="Open").count() == 4
    assert files.filter(has_text="kept back").count() == 1  # what may be a program
    assert world.state()["failures"] == []
