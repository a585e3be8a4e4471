"""The living form in Chromium, with a clinic and a store that fail when they are told to."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from intake.reading.answers import decode
from tests.journey.axe import violations
from tests.journey.frail_clinic import CLINIC, FORMS, PART, REFERENCE, Clinic, cut, hold, say, to
from tests.journey.person import DESK, PHONE, Person, starting

pytestmark = pytest.mark.browser

MB = 1_000_000
WAIT = 30_000
expect.set_options(timeout=WAIT)
PART_SENT = to("/object", "PUT")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., tuple[Person, Clinic]]]:
    """Open a form; nothing may go wrong in the page's script, and nothing break its policy."""
    opened: list[Page] = []
    errors: list[str] = []

    def open_form(
        name: str = "general-inquiry", locale: str = "en", size: dict[str, int] | None = None
    ) -> tuple[Person, Clinic]:
        context = browser.new_context(viewport=size or PHONE, locale="en-GB")  # type: ignore[arg-type]
        clinic = Clinic(FORMS.get(name), locale)
        context.route("**/*", clinic.answer)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on(
            "console",
            lambda said: errors.append(said.text) if "Content Security" in said.text else None,
        )
        opened.append(tab)
        tab.goto(f"{CLINIC}/f/x")
        person = Person(tab)
        tab.set_default_timeout(WAIT)
        return person, clinic

    yield open_form
    for tab in opened:
        tab.context.close()
    assert errors == []


def ask_a_question(person: Person) -> None:
    """Fill in the short form."""
    person.types("May a doctor look at my knee?", "What is your question?")
    person.ticks("I am the patient", "Who are you?")
    person.types("Somchai Example", "Full name of the patient")
    person.picks("Thailand", "Country where the patient lives")
    person.types("somchai@patients.example", "Email address")
    person.ticks("Email", "How should we contact you?")
    person.picks("Thai", "Which language should we use with you?")
    person.agrees("I agree")


def box(person: Person, label: str) -> Locator:
    return person.part().get_by_label(starting(label)).first


def add_a_record(person: Person, *files: dict[str, Any]) -> None:
    """Open a card for a letter, and choose files for it."""
    person.presses("Add one more: Record")
    expect(person.part("Record 1")).to_be_visible()
    person.picks("Doctor's letter", "Kind of record", "Record 1")
    person.part("Record 1").locator("input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]


def a_file(name: str = "letter.pdf", size: int = 2 * MB) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n".ljust(size, b"x")}


def sends(person: Person) -> None:
    person.presses("Send the inquiry")


def test_what_is_wrong_is_said_on_top_and_beside_the_field_and_focus_goes_there(visit: Any) -> None:
    person, clinic = visit()
    ask_a_question(person)
    person.types("nope", "Email address")

    sends(person)

    summary = person.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(person.page).to_have_title(re.compile("^Error: "))
    email = box(person, "Email address")
    assert email.get_attribute("aria-invalid") == "true"
    said = person.page.locator('[id="contact.email-error"]').inner_text()
    assert said in summary.inner_text()
    assert email.input_value() == "nope"
    assert box(person, "Full name of the patient").input_value() == "Somchai Example"
    summary.get_by_role("link").first.click()
    expect(email).to_be_focused()

    person.types("somchai@patients.example", "Email address")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert len(clinic.keys) == 1


def test_files_stay_chosen_when_an_answer_has_to_be_mended(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file())
    ask_a_question(person)
    person.types("nope", "Email address")

    sends(person)

    expect(person.page.get_by_role("alert")).to_be_focused()
    card = person.part("Record 1")
    expect(card.get_by_role("listitem")).to_contain_text("letter.pdf")
    assert "choose your files again" not in person.reads()
    person.types("somchai@patients.example", "Email address")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_if_the_page_with_the_messages_does_not_come_all_that_was_typed_stays(visit: Any) -> None:
    person, clinic = visit()
    ask_a_question(person)
    person.types("nope", "Email address")
    clinic.trouble += [
        lambda route: "html" in route.request.headers["accept"] and cut(to("/f/x"))(route)
    ]

    sends(person)

    expect(person.page.get_by_role("alert")).to_be_focused()
    expect(person.page.get_by_role("alert")).to_contain_text("Not sent yet")
    assert box(person, "Email address").input_value() == "nope"
    sends(person)
    expect(person.page.get_by_role("alert")).to_contain_text("Please check these answers")


def test_a_double_click_sends_once(visit: Any) -> None:
    person, clinic = visit()
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(to("/f/x"), held)]

    button = person.page.get_by_role("button", name="Send the inquiry")
    button.dblclick()

    expect(person.page.locator("#told")).to_have_text("Please wait. We are sending your answers.")
    assert button.get_attribute("aria-disabled") == "true"
    button.click(force=True)
    clinic.answer(held[0])
    person.page.wait_for_url("**/u/token")
    assert clinic.times("POST /f/x") == 2  # the held one, counted again when it was answered
    assert len(clinic.keys) == 1


def test_a_lost_answer_is_asked_for_again_under_the_same_key(visit: Any) -> None:
    person, clinic = visit()
    ask_a_question(person)
    clinic.trouble += [cut(to("/f/x")), say(to("/f/x"), 503, json={"message": "?"})]

    sends(person)

    person.page.wait_for_url("**/u/token")
    assert clinic.times("POST /f/x") == 3
    assert len(clinic.keys) == 1


def test_what_was_typed_survives_a_network_that_is_down(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file())
    ask_a_question(person)
    key = person.page.locator("input[name=_id]").input_value()
    clinic.trouble += [cut(to("/f/x")) for _ in range(3)]

    sends(person)

    summary = person.page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert "Nothing you typed is lost" in summary.inner_text()
    expect(person.page).to_have_title(re.compile("^Error: "))
    assert box(person, "Full name of the patient").input_value() == "Somchai Example"
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert (clinic.keys, clinic.whole) == ([key], 1)


@pytest.mark.parametrize("status", [403, 409, 413, 429, 503])
def test_a_refusal_is_shown_in_its_own_words(visit: Any, status: int) -> None:
    person, clinic = visit()
    ask_a_question(person)
    told = {"ok": False, "error": "Not now <b>", "message": "Come & see", "errors": []}
    clinic.trouble += [say(to("/f/x"), status, json=told)]

    sends(person)

    summary = person.page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert summary.inner_text().split("\n")[0] == "Not now <b>"
    assert "Come & see" in summary.inner_text()
    assert box(person, "Full name of the patient").input_value() == "Somchai Example"


@pytest.mark.parametrize("body", ['{"message":"Too Many Requests"}', "<html>", "null", ""])
def test_an_answer_that_is_not_ours_means_not_sent(visit: Any, body: str) -> None:
    person, clinic = visit(locale="th")
    clinic.trouble += [say(to("/f/x"), 429, body=body)]

    person.presses("ส่งแบบฟอร์ม")

    expect(person.page.get_by_role("alert")).to_contain_text("ยังไม่ได้ส่ง")


def test_a_group_is_added_in_place_and_what_was_typed_and_chosen_stays(visit: Any) -> None:
    person, clinic = visit("rheumatoid-arthritis")
    person.types("Both hands", "Describe the illness in your own words")
    person.types("Methotrexate", "Name of the medicine", "Treatment 1")
    file = person.part("Blood test").locator("input[type=file]")
    file.set_input_files([a_file()])

    person.presses("Add one more: Treatment")

    expect(person.part("Treatment 2")).to_be_visible()
    expect(person.page.locator('[id="clinical.prior_treatments.1"]')).to_be_focused()
    name = person.part("Treatment 2").get_by_label(starting("Name of the medicine"))
    assert name.input_value() == ""
    # Not even without a net: nothing was asked of the clinic.
    assert clinic.times("POST /f/x") == 0
    said = person.part().get_by_label("Describe the illness in your own words").input_value()
    assert said == "Both hands"
    expect(person.part("Blood test").get_by_role("listitem")).to_contain_text("letter.pdf")
    # The plain form would send it, too.
    assert file.evaluate("input => input.files.length") == 1


def test_chosen_files_are_listed_added_to_and_removed(visit: Any) -> None:
    person, _ = visit("rheumatoid-arthritis")
    card = person.part("Blood test")
    picker, listed = card.locator("input[type=file]"), card.get_by_role("listitem")

    picker.set_input_files([a_file("one.pdf", 1_234)])
    picker.set_input_files([a_file("two.pdf", 2_300_000), a_file("three.pdf", 99)])

    expect(listed).to_have_count(3)
    assert "2.3 MB" in listed.nth(1).inner_text()
    assert picker.evaluate("input => input.files.length") == 3
    listed.nth(0).get_by_role("button", name="Remove: one.pdf").click()
    expect(listed).to_have_count(2)
    expect(listed.nth(0).get_by_role("button")).to_be_focused()
    assert picker.evaluate("input => input.files.length") == 2


def test_files_belong_to_the_records_that_the_server_kept(visit: Any) -> None:
    person, clinic = visit("rheumatoid-arthritis")
    # Blood and urine stay empty: what is the third card here may be the first record there.
    person.part("X-ray, MRI").locator("input[type=file]").set_input_files([a_file("scan.dcm")])
    told = {
        "ok": True,
        "reference": REFERENCE,
        "next": f"{CLINIC}/u/token",
        "upload": {"url": f"{CLINIC}/u/token"},
        "records": [{"n": 0, "requirement": "radiology"}],
    }
    clinic.trouble += [say(to("/f/x"), 200, json=told)]

    sends(person)

    person.page.wait_for_url("**/u/token")
    (signed,) = clinic.signed
    assert (signed["slot"], signed["record"]) == ("radiology", 0)
    assert (signed["name"], signed["size"]) == ("scan.dcm", 2 * MB)
    assert re.fullmatch("[0-9a-f]{64}", signed["key"])
    assert clinic.done == 1


def test_no_file_is_part_of_the_first_post(visit: Any) -> None:
    person, clinic = visit("rheumatoid-arthritis")
    person.part("Blood test").locator("input[type=file]").set_input_files([a_file("secret.pdf")])
    bodies: list[bytes] = []
    clinic.trouble += [
        lambda route: (
            bodies.append(route.request.post_data_buffer or b"") is not None
            if to("/f/x")(route)
            else False
        )
    ]

    sends(person)

    expect(person.page.get_by_role("alert")).to_be_focused()
    assert b"secret.pdf" not in bodies[0]
    assert b"filename" not in bodies[0]
    assert b'name="_files"\r\n\r\nrecords.0.file\r\n' in bodies[0]


def test_a_large_file_goes_in_parts_and_a_broken_part_is_sent_again(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("scan.pdf", 12 * MB))
    ask_a_question(person)
    clinic.trouble += [cut(PART_SENT), say(PART_SENT, 500)]

    sends(person)

    person.page.wait_for_url("**/u/token")
    assert clinic.parts == {1: 1, 2: 1, 3: 1}
    assert clinic.times("PUT /object") == 5
    assert clinic.done == 1
    # The file's name goes to the clinic, never to the store.
    assert [each["method"] for each in clinic.signed] == ["POST", "PUT", "PUT", "PUT", "POST"]
    assert [each.get("name") for each in clinic.signed] == ["scan.pdf", None, None, None, None]


def test_a_paused_file_goes_on_with_the_parts_that_are_missing(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("scan.pdf", 12 * MB))
    ask_a_question(person)
    held: list[Route] = []
    second = lambda route: "part=2" in route.request.url and PART_SENT(route)  # noqa: E731
    clinic.trouble += [hold(second, held)]

    sends(person)
    row = person.page.get_by_role("listitem").filter(has_text="scan.pdf")
    while not held:
        person.page.wait_for_timeout(50)
    expect(row.get_by_role("progressbar", name="scan.pdf")).to_have_attribute("value", str(PART))
    row.get_by_role("button", name="Pause: scan.pdf").click()

    expect(row).to_contain_text("Paused: 5.2 MB of 12 MB sent")
    expect(row.get_by_role("button", name="Go on: scan.pdf")).to_be_focused()
    row.get_by_role("button", name="Go on: scan.pdf").click()
    person.page.wait_for_url("**/u/token")
    assert clinic.parts == {1: 1, 2: 1, 3: 1}


def test_if_a_file_can_not_be_sent_the_inquiry_still_has_arrived(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("good.pdf"), a_file("large.pdf", 3 * MB))
    ask_a_question(person)
    told = {"ok": False, "error": "Too big", "message": "Send a smaller one.", "errors": []}

    def refuse(route: Route) -> bool:
        name = (route.request.post_data_json or {}).get("name") if to("/sign")(route) else ""
        return name == "large.pdf" and say(to("/sign"), 413, json=told)(route)

    clinic.trouble += [refuse, refuse]

    sends(person)

    summary = person.page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert REFERENCE in summary.inner_text()
    assert "large.pdf" in summary.inner_text()
    assert "good.pdf" not in summary.inner_text()
    row = person.page.get_by_role("listitem").filter(has_text="Could not be sent.")
    assert "Send a smaller one." in row.inner_text()
    summary.get_by_role("button", name="Try all again").click()
    expect(summary).to_be_focused()
    assert clinic.done == 0
    summary.get_by_role("button", name="Go on without these files").click()
    person.page.wait_for_url("**/u/token")
    assert (clinic.whole, clinic.done) == (1, 1)


def test_what_would_be_refused_again_is_not_tried_again(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("good.pdf"), a_file("letter.docx", 3 * MB))
    ask_a_question(person)
    message = "Please save it as a PDF."
    told = {"ok": False, "error": "No", "message": message, "errors": [{"code": "WRONG_FILE_TYPE"}]}

    def refuse(route: Route) -> bool:
        name = (route.request.post_data_json or {}).get("name") if to("/sign")(route) else ""
        return name == "letter.docx" and say(to("/sign"), 422, json=told)(route)

    clinic.trouble.append(refuse)

    sends(person)

    expect(person.page.get_by_role("alert")).to_be_focused()
    row = person.page.locator(".rows > li").filter(has_text="letter.docx")
    expect(row).to_contain_text("Could not be sent. Please save it as a PDF.")
    expect(row.get_by_role("button")).to_have_count(1)
    assert "Try" not in " ".join(person.page.get_by_role("button").all_inner_texts())
    row.get_by_role("button", name="Remove").click()
    person.page.wait_for_url("**/u/token")
    assert (clinic.whole, clinic.done) == (1, 1)


def test_when_the_connection_is_back_it_goes_on_by_itself(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file())
    ask_a_question(person)
    clinic.trouble += [cut(to("/object")) for _ in range(3)]

    sends(person)

    row = person.page.get_by_role("listitem").filter(has_text="Could not be sent.")
    expect(row).to_contain_text("The connection is gone.")
    person.page.evaluate("dispatchEvent(new Event('online'))")
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_a_removed_file_is_not_sent_and_its_parts_are_dropped(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("good.pdf"), a_file("wrong.pdf", 12 * MB))
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(PART_SENT, held)]

    with person.page.expect_request(lambda request: request.method == "PUT"):
        sends(person)
    row = person.page.get_by_role("listitem").filter(has_text="wrong.pdf")
    row.get_by_role("button", name="Remove: wrong.pdf").click()

    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1
    assert clinic.times("DELETE /object") == 1


def test_a_removed_small_file_is_taken_back_so_that_nobody_waits_for_it(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("good.pdf", MB), a_file("wrong.pdf"))
    ask_a_question(person)
    held: list[Route] = []
    wrong = lambda route: len(route.request.post_data_buffer or b"") > 2 * MB  # noqa: E731
    clinic.trouble += [hold(lambda route: to("/object")(route) and wrong(route), held)]
    clinic.trouble += [hold(lambda route: to("/object")(route) and not wrong(route), held)]

    sends(person)
    row = person.page.get_by_role("listitem").filter(has_text="wrong.pdf")
    expect(row).to_contain_text("Sending:")
    while len(held) < 2:
        person.page.wait_for_timeout(50)
    row.get_by_role("button", name="Remove: wrong.pdf").click()
    for route in held:
        if not wrong(route):
            clinic.answer(route)

    person.page.wait_for_url("**/u/token")
    (signed,) = [each for each in clinic.signed if each["name"] == "wrong.pdf"]
    same = {name: signed[name] for name in ("key", "slot", "size")}
    assert clinic.taken_back == [{"do": "take_back", **same}]
    assert (clinic.whole, clinic.done) == (1, 1)


def test_a_file_that_was_never_asked_for_is_not_taken_back(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, *(a_file(f"{n}.pdf", 1_000 + n) for n in range(4)))
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(to("/object"), held) for _ in range(3)]

    sends(person)
    row = person.page.get_by_role("listitem").filter(has_text="Waiting for its turn.")
    row.get_by_role("button", name="Remove").click()
    while len(held) < 3:
        person.page.wait_for_timeout(50)
    for route in held:
        clinic.answer(route)

    person.page.wait_for_url("**/u/token")
    assert (clinic.whole, clinic.taken_back) == (3, [])


def two_on_a_disc(folder: Path, *contents: bytes) -> list[Path]:
    """Lay out pictures as a CD does: one name, one size and one time for all."""
    paths = [folder / f"S{n}" / "IM0001" for n in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.parent.mkdir()
        path.write_bytes(b"%PDF-1.7\n" + content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return paths


@pytest.mark.parametrize("changed", [0, 600_000 - 1], ids=["first byte", "last byte"])
def test_two_files_that_differ_only_in_content_are_both_sent(
    visit: Any, tmp_path: Path, changed: int
) -> None:
    person, clinic = visit()
    other = bytearray(600_000)
    other[changed] = 1
    paths = two_on_a_disc(tmp_path, bytes(600_000), bytes(other))
    add_a_record(person)
    card = person.part("Record 1")
    for path in paths:
        card.locator("input[type=file]").set_input_files(path)
    ask_a_question(person)

    expect(card.get_by_role("listitem")).to_have_count(2)
    sends(person)

    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 2
    assert len({each["key"] for each in clinic.signed}) == 2


def test_a_file_chosen_twice_is_kept_once_and_that_is_said(visit: Any, tmp_path: Path) -> None:
    person, clinic = visit()
    paths = two_on_a_disc(tmp_path, bytes(600_000), bytes(600_000))
    add_a_record(person)
    card = person.part("Record 1")
    for path in paths:
        card.locator("input[type=file]").set_input_files(path)
    ask_a_question(person)

    expect(card.get_by_role("status")).to_have_text("Left out, as it is here already: IM0001")
    expect(card.get_by_role("listitem")).to_have_count(1)
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_a_file_in_two_cards_of_one_kind_goes_once_and_that_is_said(
    visit: Any, tmp_path: Path
) -> None:
    person, clinic = visit()
    paths = two_on_a_disc(tmp_path, bytes(600_000), bytes(600_000))
    for n, path in enumerate(paths, 1):
        person.presses("Add one more: Record")
        card = person.part(f"Record {n}")
        person.picks("Doctor's letter", "Kind of record", f"Record {n}")
        card.locator("input[type=file]").set_input_files(path)
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(to("/object"), held)]

    sends(person)

    status = person.page.get_by_role("status").filter(has_text="of 1 files")
    expect(status).to_contain_text("Left out, as it is here already: IM0001")


def test_a_file_that_can_not_be_read_fails_and_the_others_go(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file("gone.pdf"))
    ask_a_question(person)
    person.page.evaluate(
        "() => { Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('gone')) }"
    )

    sends(person)

    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1


def test_a_file_that_had_arrived_before_is_not_said_to_be_sent(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file())
    ask_a_question(person)
    words = clinic.form.catalogues["en"]["messages"]["already_received"]
    told = {"ok": False, "error": words["title"], "message": words["text"]}
    told["errors"] = [{"code": "ALREADY_RECEIVED"}]
    clinic.trouble += [say(to("/sign"), 409, json=told)]

    sends(person)

    row = person.page.get_by_role("listitem").filter(has_text="letter.pdf")
    expect(row).to_contain_text("This file has arrived already. You need not send it again.")
    assert "Sent." not in row.inner_text()
    assert row.get_by_role("button").count() == 0
    # Long enough to be read, and then on as ever.
    person.page.wait_for_url("**/u/token")
    assert (clinic.whole, clinic.done) == (0, 1)


def test_at_most_three_files_are_on_their_way(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, *(a_file(f"{n}.pdf", 1_000 + n) for n in range(5)))
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(to("/object"), held) for _ in range(5)]

    sends(person)
    sending = person.page.get_by_role("listitem").filter(has_text="Sending:")
    waiting = person.page.get_by_role("listitem").filter(has_text="Waiting for its turn.")
    expect(sending).to_have_count(3)
    expect(waiting).to_have_count(2)
    expect(person.page.get_by_text("Sent: 0 of 5 files")).to_be_visible()

    clinic.trouble.clear()
    for route in held:
        clinic.answer(route)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 5


def test_leaving_while_files_are_sent_asks_first(visit: Any) -> None:
    person, clinic = visit()
    add_a_record(person, a_file())
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(to("/object"), held)]
    asked: list[str] = []
    person.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    sends(person)
    person.page.get_by_role("button", name="Pause: letter.pdf").click()
    person.page.close(run_before_unload=True)
    expect(person.page.get_by_role("button", name="Go on: letter.pdf")).to_be_visible()

    assert asked == ["beforeunload"]


def test_hostile_names_are_only_ever_text(visit: Any) -> None:
    person, clinic = visit()
    name = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>&lt;.pdf"
    add_a_record(person, a_file(name))
    ask_a_question(person)
    held: list[Route] = []
    clinic.trouble += [hold(to("/object"), held)]
    kinds = "() => [...document.querySelectorAll('*')].map(e => e.localName).join()"

    expect(person.part("Record 1").get_by_role("listitem")).to_contain_text(name)
    before = person.page.evaluate(kinds)
    sends(person)

    row = person.page.get_by_role("listitem").filter(has_text="onerror")
    expect(row.get_by_role("button", name="Pause")).to_be_visible()
    assert "img" not in before.split(",") + person.page.evaluate(kinds).split(",")
    assert person.page.locator("main script").count() == 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_whole_form_can_be_sent_with_the_keyboard_alone(
    visit: Any, size: dict[str, int]
) -> None:
    person, clinic = visit(size=size)
    keys = person.page.keyboard
    text = {
        "message": "May I come?",
        "patient.full_name": "Somchai",
        "contact.email": "a@patients.example",
    }
    pick = {"patient.country_of_residence": "Thai", "contact.preferred_language": "Thai"}
    for _ in range(200):
        keys.press("Tab")
        on = person.page.evaluate(
            "() => { const e = document.activeElement;"
            " return [e.name || e.id, e.type || '', e.textContent] }"
        )
        if on[0] in text:
            keys.type(text.pop(on[0]))
        elif on[0] in pick:
            keys.type(pick.pop(on[0]))
        elif on[1] in {"radio", "checkbox"} and on[0] in {
            "submitter.role",
            "contact.preferred_channel",
            "consents.0.decision",
        }:
            keys.press("Space")
        elif on[2] == "Send the inquiry":
            keys.press("Enter")
            break
    person.page.wait_for_url("**/u/token")
    assert len(clinic.keys) == 1


@pytest.mark.parametrize(("locale", "size"), [("en", PHONE), ("th", DESK)], ids=["phone", "desk"])
def test_axe_finds_nothing_wrong_in_any_state(
    visit: Any, locale: str, size: dict[str, int]
) -> None:
    person, clinic = visit(locale=locale, size=size)
    page = person.page
    picker = person.page.locator("input[type=file]")
    page.locator('[name="records.0.requirement"]').select_option("other")
    picker.set_input_files([a_file("one.pdf"), a_file("two.pdf", 12 * MB)])
    assert violations(page) == []
    page.locator(".send").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert violations(page) == []
    clinic.trouble += [say(to("/f/x"), 503, json={"error": "Busy", "message": "Later"})]
    page.locator(".send").click()
    expect(page.get_by_role("alert")).to_contain_text("Busy")
    assert violations(page) == []

    held: list[Route] = []
    told = {
        "ok": True,
        "reference": REFERENCE,
        "next": f"{CLINIC}/u/token",
        "upload": {"url": f"{CLINIC}/u/token"},
    }
    stuck = {"error": "No", "message": "No."}
    clinic.trouble += [say(to("/f/x"), 200, json=told), hold(PART_SENT, held)]
    page.locator(".send").click()
    large = page.locator(".rows li").filter(has_text="two.pdf")
    expect(large.get_by_role("progressbar")).to_be_visible()
    small = page.locator(".rows li").filter(has_text="one.pdf")
    expect(small.get_by_role("button")).to_have_count(0)
    assert violations(page) == []
    large.get_by_role("button").first.click()
    assert violations(page) == []
    clinic.trouble += [say(to("/sign"), 413, json=stuck)]
    large.get_by_role("button").first.click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert violations(page) == []


def test_a_page_without_the_script_still_works(visit: Any) -> None:
    person, clinic = visit()
    clinic.trouble += [say(lambda route: "/site/" in route.request.url, 404)] * 2
    person.page.goto(f"{CLINIC}/f/x")

    person.presses("Add one more: Record")

    assert person.page.url.endswith("#records-last")
    assert "at most 4 MB together" in person.reads()


def test_dropped_records_are_what_the_reader_of_posts_drops() -> None:
    # What the script counts on: a card nobody filled in is none, one with a date is.
    form = FORMS.get("rheumatoid-arthritis")
    fields = [
        ("records.0.requirement", "blood"),
        ("records.1.requirement", "urine"),
        ("records.1.document_date.year", "2026"),
        ("records.5.requirement", "other"),
    ]
    records = decode(form, fields).answers["records"]

    assert [each["requirement"] for each in records] == ["urine", "other"]


def test_a_file_without_its_date_is_asked_for_the_date_and_not_for_the_file(visit: Any) -> None:
    person, _ = visit("rheumatoid-arthritis")
    card = person.part("Blood test")
    card.locator("input[type=file]").set_input_files([a_file()])

    sends(person)

    expect(person.page.get_by_role("alert")).to_be_focused()
    card = person.part("Blood test")
    expect(card.get_by_role("listitem")).to_contain_text("letter.pdf")
    wrong = card.locator("[id$='document_date-error']")
    expect(wrong).to_be_visible()
    assert card.locator("[id='records.0-error']").count() == 0


def test_a_file_without_its_kind_is_asked_for_the_kind(visit: Any) -> None:
    person, clinic = visit()
    ask_a_question(person)
    card = person.part("Record 1")
    card.locator("input[type=file]").set_input_files([a_file()])

    sends(person)

    expect(person.page.get_by_role("alert")).to_be_focused()
    expect(card.get_by_role("listitem")).to_contain_text("letter.pdf")
    person.picks("Something else", "Kind of record", "Record 1")
    sends(person)
    person.page.wait_for_url("**/u/token")
    assert clinic.whole == 1
