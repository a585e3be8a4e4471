"""The story: a person sends an inquiry with records, and the team reads of it. No JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.person import DESK, PHONE, Person

pytestmark = pytest.mark.browser
EMAIL = "somchai@patients.example"
NAME = "สมชาย ตัวอย่าง"


@pytest.fixture
def visit(
    browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Person]]:
    """Open a window; what it showed last is kept if the test fails."""
    pages: list[Page] = []

    def open_window(**size: int) -> Person:
        context = browser.new_context(java_script_enabled=False, viewport=size, locale="en-GB")
        pages.append(context.new_page())
        return Person(pages[-1])

    failed = request.session.testsfailed
    yield open_window
    for n, page in enumerate(pages):
        if request.session.testsfailed > failed:
            page.screenshot(path=tmp_path / f"window{n}.png", full_page=True)
        page.context.close()


def tell_of_the_illness(person: Person) -> None:
    person.picks("Rheumatoid arthritis", "Which illness is it about?")
    person.ticks("Rheumatologist (joint doctor)", "Who made the diagnosis?")
    person.types("Both hands, worse at night.", "Describe the illness in your own words")
    person.ticks("I do not know my DAS28 score")
    basic = "Basic rheumatism medicine (methotrexate, leflunomide, sulfasalazine, …)"
    person.picks(basic, "Kind of treatment", "Treatment 1")
    person.picks("Yes, now", "Do you have it now?", "Treatment 1")
    person.types("Methotrexate 15 mg", "Name of the medicine", "Treatment 1")
    for illness in (
        *("Cancer", "An infection that is being treated", "HIV", "Hepatitis B", "Hepatitis C"),
        "Blood thinners",
    ):
        person.ticks("No", illness)
    person.ticks("Does not apply", "Pregnant or breastfeeding")


def tell_of_oneself(person: Person) -> None:
    person.ticks("I am the patient", "Who are you?")
    person.types(NAME, "Full name of the patient")
    person.dates("27", "3", "1968", "Date of birth")
    person.ticks("Male", "Sex in the passport")
    person.picks("Thailand", "Country where the patient lives")
    person.types(EMAIL, "Email address")
    person.ticks("Email", "How should we contact you?")
    person.picks("Thai", "Which language should we use with you?")
    person.agrees("I agree")


def date_the_records(person: Person) -> None:
    day = datetime.now(UTC).date() - timedelta(days=20)
    for record in ("Blood test", "Urine test", "X-ray, MRI"):
        person.dates(str(day.day), str(day.month), str(day.year), record, "Date on the record")
    person.ticks("This holds the pictures", "X-ray, MRI")


def attach(person: Person, records: dict[str, Path]) -> None:
    person.attaches(records["pdf"], "Blood test")
    person.attaches(records["jpeg"], "Urine test")
    person.attaches(records["dicom"], "X-ray, MRI")


def mistake_and_mend(person: Person, records: dict[str, Path]) -> None:
    """Nothing is sent, the page says what to mend, and what was typed stays."""
    person.dates("31", "2", "1968", "Date of birth")
    attach(person, records)
    person.presses("Send the inquiry")
    expect(person.page).to_have_title(re.compile("^Error: "))
    summary = person.page.get_by_role("alert").or_(person.page.locator("main [tabindex='-1']"))
    assert "Please check these answers" in summary.first.inner_text()
    assert "Please choose your files again" in person.reads()

    summary.first.get_by_role("link").first.click()
    assert "#patient.date_of_birth" in person.page.url
    # Not only the box: what was asked and what is wrong with it are in sight, too.
    question = person.part("Date of birth").locator("legend").bounding_box()
    assert question is not None
    assert question["y"] > -1  # scrolling stops at whole pixels
    assert person.part().get_by_label("Full name of the patient").input_value() == NAME
    person.dates("27", "3", "1968", "Date of birth")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_patient_sends_records_and_the_team_reads_of_it(
    world: Any, visit: Callable[..., Person], records: dict[str, Path], size: dict[str, int]
) -> None:
    person = visit(**size)
    page = person.page
    page.goto(world.url)
    person.follows("Form: rheumatoid-arthritis")
    world.take_time()
    tell_of_the_illness(person)

    # One treatment more: what was typed stays.
    person.presses("Add one more: Treatment")
    kept = person.part("Treatment 1").get_by_label("Name of the medicine").first
    assert kept.input_value() == "Methotrexate 15 mg"
    person.picks("Physiotherapy", "Kind of treatment", "Treatment 2")
    person.picks("Yes, now", "Do you have it now?", "Treatment 2")

    tell_of_oneself(person)
    date_the_records(person)
    mistake_and_mend(person, records)
    assert world.inbox.list()["total"] == 0
    attach(person, records)
    person.presses("Send the inquiry")
    assert "/u/" in page.url
    world.settle()
    page.reload()
    told = person.reads()
    reference = page.locator(".reference").inner_text()
    assert "Your inquiry has arrived" in told
    assert "Ready: 2 of 3" in told
    assert "We have the images, but not the written report." in told
    assert told.count("checked, ready for the doctors") == 3
    assert all(path.name in told for path in records.values())

    # The team's letter: what arrived, and nothing of the patient.
    page.goto(f"{world.url}/inbox")
    person.follows(f"New inquiry {reference}")
    letter = page.locator("#text").inner_text()
    assert "required records: 2 of 3 complete" in letter
    secrets = [NAME, EMAIL, "1968", "Methotrexate", *(path.name for path in records.values())]
    assert not any(secret in person.reads() for secret in secrets)

    # The receipt, and its link.
    page.goto(f"{world.url}/inbox")
    person.follows(f"We received your inquiry {reference}")
    receipt = page.locator("#text").inner_text()
    (link,) = [line for line in receipt.split() if "/u/" in line]
    page.goto(link)
    told = person.reads()
    assert reference in told
    assert told.count("checked, ready for the doctors") == 3
    assert not any(path.name in told for path in records.values())
    assert world.state()["failures"] == []
    # Not the year alone there, which ids have by chance.
    logged = {*secrets, "1968-03-27"} - {"1968"}
    assert not any(secret in world.log() for secret in logged)


def test_a_question_in_thai(
    world: Any, visit: Callable[..., Person], records: dict[str, Path]
) -> None:
    person = visit(**PHONE)
    page = person.page
    page.goto(f"{world.url}/f/general-inquiry")
    person.follows("ไทย")
    world.take_time()
    question = "หมอรักษาเข่าเสื่อมได้ไหมคะ"
    person.presses("เพิ่มอีกหนึ่งรายการ: เอกสาร")
    person.picks("จดหมายจากแพทย์", "ประเภทของเอกสาร", "เอกสาร 1")
    person.types(question, "คุณต้องการสอบถามเรื่องใด")
    person.types(NAME, "ชื่อและนามสกุลของผู้ป่วย")
    person.types(EMAIL, "อีเมล")
    person.presses("ส่งแบบฟอร์ม")
    assert "กรุณาตรวจสอบคำตอบเหล่านี้" in person.reads()
    assert person.part().get_by_label("คุณต้องการสอบถามเรื่องใด").input_value() == question

    person.ticks("ฉันเป็นผู้ป่วย", "คุณเป็นใคร")
    person.picks("ไทย", "ประเทศที่ผู้ป่วยอาศัยอยู่")
    person.ticks("LINE", "คุณต้องการให้เราติดต่อทางใด")
    person.types("+66812345678", "หมายเลขโทรศัพท์")
    person.picks("ไทย", "คุณต้องการให้เราใช้ภาษาใด")
    person.agrees("ฉันยินยอม")
    person.attaches(records["pdf"], "เอกสาร 1")
    person.presses("ส่งแบบฟอร์ม")
    assert "/u/" in page.url
    world.settle()
    page.reload()
    assert "ตรวจสอบแล้ว พร้อมให้แพทย์ดู" in person.reads()

    page.goto(f"{world.url}/inbox")
    person.follows("เราได้รับคำถามของคุณแล้ว")
    (link,) = [word for word in page.locator("#text").inner_text().split() if "/u/" in word]
    page.goto(link)
    assert page.locator("html").get_attribute("lang") == "th"
    page.goto(f"{world.url}/inbox")
    person.follows("New inquiry")
    said = person.reads()
    assert "General inquiry" in said
    assert not any(secret in said for secret in (NAME, EMAIL, question, "LINE"))
