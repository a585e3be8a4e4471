"""The team's page in a browser: every state that somebody can meet, on a phone and at a desk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import show_site.handler
from tests.journey import cases
from tests.journey.axe import BUT_COLOURS, violations
from tests.journey.cases import REFERENCE, case, file, images, requirement, row, study, worklist
from tests.journey.desk import ORIGIN, SETTINGS, STORAGE, Desk
from tests.journey.person import DESK, PHONE

pytestmark = pytest.mark.browser
NOW = "2026-11-23T06:00:00Z"
HASH = f"#{REFERENCE}"
DIFFERS = "patient's details differ from the form"
# What people type where they are asked for a name, or name their files.
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</dd></dl><a href=//evil.example>sign in again</a>",
    "{{7*7}} ${7*7} %s",
    "invoice\u202efdp.exe",
    "\u200b\u0000\u0007\x1b[31m",
    "<script>alert(1)</script>",
    "x" * 300,
    "สวัสดี مرحبا 你好 " * 20,
)


@pytest.fixture(scope="module", autouse=True)
def step() -> Iterator[None]:
    """Give the real step its settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        show_site.handler.wiring.cache_clear()
        yield
    show_site.handler.wiring.cache_clear()


@pytest.fixture
def sit_down(browser: Browser) -> Iterator[Callable[..., Desk]]:
    """Open a window of one's own; nothing it meets may have complained by the end."""
    desks: list[Desk] = []

    def open_window(**given: Any) -> Desk:
        desks.append(new_desk(browser, **given))
        return furnished(desks[-1])

    yield open_window
    for desk in desks:
        desk.page.context.close()
        assert desk.complaints == []


@pytest.fixture
def desk(sit_down: Callable[..., Desk]) -> Desk:
    """Return a window in which nobody has signed in yet."""
    return sit_down()


@pytest.fixture(scope="module")
def signed_in(browser: Browser) -> Iterator[Desk]:
    desk = furnished(new_desk(browser))
    desk.signs_in()
    yield desk
    desk.page.context.close()


@pytest.fixture
def doctor(signed_in: Desk) -> Iterator[Desk]:
    """Return the window of somebody who signed in this morning."""
    signed_in.forgets()
    yield furnished(signed_in)
    assert signed_in.complaints == []


def new_desk(browser: Browser, **given: Any) -> Desk:
    page = browser.new_context(**({"viewport": DESK, "locale": "en-GB"} | given)).new_page()
    page.clock.set_fixed_time(NOW)
    return Desk(page)


def furnished(desk: Desk) -> Desk:
    desk.clinic.worklist = {"open": worklist(row(REFERENCE, "2026-11-24T10:00:00Z"))}
    desk.clinic.cases = {REFERENCE: case()}
    return desk


def press(desk: Desk, name: str, inside: str = "main") -> None:
    named = re.compile(rf"^{re.escape(name)}(:|$)")  # what it is done to may follow
    desk.page.locator(inside).get_by_role("button", name=named).click()


def confirm(desk: Desk, name: str) -> None:
    press(desk, name, "dialog")


def main(desk: Desk) -> str:
    return desk.page.locator("main").inner_text()


# ---- Signing in --------------------------------------------------------------------------------


def test_a_link_leads_through_the_sign_in_to_its_case(desk: Desk) -> None:
    desk.signs_in(HASH)

    expect(desk.page.get_by_role("heading", level=1)).to_have_text(REFERENCE)
    assert desk.page.url == f"{ORIGIN}/team{HASH}"
    assert desk.clinic.asked == [("POST", f"/cases/{REFERENCE}/open", {})]
    assert desk.clinic.tokens == {"Bearer a-token"}


def test_the_sign_in_is_code_with_proof_and_no_token_outlives_the_page(desk: Desk) -> None:
    desk.signs_in(HASH)

    (asked,), (traded,) = desk.sign_in.visits, desk.sign_in.tokens
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid clinic-intake/cases"
    assert asked["redirect_uri"] == f"{ORIGIN}/team"
    assert REFERENCE not in str(asked)
    assert traded["code_verifier"]
    kept = desk.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "token" not in kept
    assert REFERENCE not in kept
    assert desk.page.context.cookies() == []


def test_a_scanner_may_open_the_link_as_often_as_it_likes(desk: Desk) -> None:
    for _ in range(20):
        desk.open(HASH)
        expect(desk.page.get_by_role("button", name="Sign in")).to_be_visible()

    assert desk.clinic.asked == []
    assert desk.sign_in.visits == []
    assert {path for path in desk.served if not path.startswith("/site/")} == {"/team"}


def test_who_was_signed_in_and_loads_the_page_again_is_not_asked_twice(desk: Desk) -> None:
    desk.signs_in(HASH)
    desk.page.reload()
    desk.page.locator("#back").click()

    expect(desk.page.get_by_role("heading", level=1)).to_have_text(REFERENCE)


def test_signing_out_ends_it_here_and_at_the_sign_in(desk: Desk) -> None:
    desk.signs_in(HASH)
    press(desk, "Sign out", ".bar")
    desk.page.wait_for_url("**/logout?*")
    asked = desk.page.url
    desk.open()

    assert "logout_uri=https%3A%2F%2Fintake.clinic.example%2Fteam" in asked
    assert asked.count("client_id=team-page") == 1
    assert "id_token_hint" not in asked
    expect(desk.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_sign_in_that_was_refused_says_so_and_keeps_the_way(desk: Desk) -> None:
    desk.sign_in.says_no = True
    desk.signs_in(HASH)

    assert "You were not signed in" in main(desk)
    assert desk.page.url == f"{ORIGIN}/team{HASH}"
    desk.sign_in.says_no = False
    press(desk, "Sign in")
    desk.page.locator("#back").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text(REFERENCE)


def test_an_answer_to_a_sign_in_that_nobody_began_signs_nobody_in(desk: Desk) -> None:
    desk.open(path="/team?code=foreign&state=foreign")

    expect(desk.page.get_by_role("heading", level=1)).to_have_text("You were not signed in")
    assert desk.page.url == f"{ORIGIN}/team"
    assert desk.sign_in.tokens == []


def test_a_sign_in_that_is_down_says_so(desk: Desk) -> None:
    desk.sign_in.is_down = True
    desk.open()
    press(desk, "Sign in")

    expect(desk.page.get_by_role("heading", level=1)).to_have_text("The sign-in does not answer")


def test_a_token_that_was_never_good_does_not_send_people_round_in_circles(desk: Desk) -> None:
    desk.clinic.refuse = {"/open": 401}
    desk.signs_in(HASH)

    assert "may not look here" in main(desk)
    assert len(desk.sign_in.visits) == 1


def test_a_token_that_ran_out_leads_to_the_sign_in_and_back(desk: Desk) -> None:
    desk.signs_in(HASH)
    desk.page.clock.set_fixed_time("2026-11-23T06:30:00Z")
    desk.clinic.refuse = {"/cases": 401}
    desk.page.get_by_role("link", name="Worklist").click()
    desk.page.locator("#back").wait_for()
    desk.clinic.refuse = {}
    desk.page.locator("#back").click()

    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Worklist: Rheumatoid arthritis")


# ---- The worklist ------------------------------------------------------------------------------


def test_the_worklist_says_what_is_due_and_what_is_late(doctor: Desk) -> None:
    late, soon = row("INQ-2ABC-33DE", "2026-11-23T03:00:00Z"), row("INQ-4KLM-55NP", NOW)
    soon["answerBy"] = "2026-11-23T08:30:00Z"
    doctor.clinic.worklist["open"]["cases"] = [late, soon, row(REFERENCE, "2026-11-24T10:00:00Z")]
    doctor.goes_to()

    rows = [" ".join(each.split()) for each in doctor.page.locator(".rows li").all_inner_texts()]
    assert [text.partition("Answer due ")[2] for text in rows] == [
        "Mon 23 Nov 10:00 overdue by 3 hrs",
        "Mon 23 Nov 15:30 2 hrs 30 mins left",
        "Tue 24 Nov 17:00 1 day 4 hrs left",
    ]
    shapes = "getComputedStyle(document.querySelectorAll('.left')[{}], '::before').content"
    assert len({doctor.page.evaluate(shapes.format(n)) for n in range(3)}) == 3


def test_the_worklist_goes_on_where_it_stopped(doctor: Desk) -> None:
    doctor.clinic.worklist["open"]["next"] = "cursor"
    doctor.clinic.worklist["cursor"] = worklist(row("INQ-9XYZ-77QR", "2026-11-25T10:00:00Z"))
    doctor.goes_to()
    press(doctor, "Show more")

    focused = doctor.page.locator(":focus")
    expect(focused).to_contain_text("INQ-9XYZ-77QR")
    assert doctor.page.locator(".rows li").count() == 2
    assert not doctor.page.get_by_role("button", name="Show more").is_visible()
    assert doctor.clinic.asked[-1][1].endswith("after=cursor")


def test_forms_and_lists_have_addresses_of_their_own(doctor: Desk) -> None:
    doctor.clinic.worklist["quarantine"] = worklist(row(REFERENCE, None), list="quarantine")
    doctor.goes_to()
    doctor.page.get_by_role("link", name="Kept aside").click()

    expect(doctor.page.get_by_role("link", name="Kept aside")).to_have_attribute(
        "aria-current", "page"
    )
    assert "as if a robot sent them" in main(doctor)
    assert doctor.clinic.asked[-1][1] == "/cases?form=rheumatoid-arthritis&list=quarantine"
    doctor.page.get_by_role("link", name="General inquiry").click()
    doctor.page.wait_for_url("**/team#/general-inquiry/quarantine")


def test_the_way_back_from_a_case_leads_to_the_list_of_its_form(doctor: Desk) -> None:
    doctor.clinic.cases[REFERENCE] = case(form=cases.FORMS[0])
    doctor.goes_to(HASH)
    doctor.page.get_by_role("link", name="Worklist").click()
    doctor.page.locator(".rows").wait_for()

    assert doctor.clinic.asked[-1][1] == "/cases?form=general-inquiry&list=open"


def test_the_keyboard_walks_the_worklist(doctor: Desk) -> None:
    others = [row(f"INQ-2222-222{n}", "2026-11-23T07:00:00Z") for n in "AB"]
    doctor.clinic.worklist["open"]["cases"][:0] = others
    doctor.goes_to()
    keyboard = doctor.page.keyboard
    for key in ("j", "j", "j", "j", "k", "j"):
        keyboard.press(key)

    expect(doctor.page.locator(":focus")).to_contain_text(REFERENCE)
    keyboard.press("Enter")
    expect(doctor.page.locator("h1:focus")).to_have_text(REFERENCE)
    keyboard.press("/")
    expect(doctor.page.get_by_role("searchbox", name="Reference")).to_be_focused()
    keyboard.type("j/k")
    expect(doctor.page.get_by_role("searchbox", name="Reference")).to_have_value("j/k")


def test_keys_can_be_switched_off_for_who_speaks_to_the_computer(doctor: Desk) -> None:
    doctor.goes_to()
    doctor.page.get_by_label("Keys:").uncheck()
    doctor.page.get_by_label("Keys:").blur()
    doctor.page.keyboard.press("j")

    assert doctor.page.locator(".rows a:focus").count() == 0


@pytest.mark.parametrize(
    "typed",
    [REFERENCE, "7f3k22qx", " inq 7f3k 22qx ", f"https://intake.clinic.example/team/{HASH}"],
)
def test_a_reference_is_found_as_people_type_it(doctor: Desk, typed: str) -> None:
    doctor.goes_to()
    doctor.page.get_by_role("searchbox", name="Reference").fill(typed)
    doctor.page.keyboard.press("Enter")

    expect(doctor.page.get_by_role("heading", level=1)).to_have_text(REFERENCE)


def test_what_is_no_reference_is_not_asked_for(doctor: Desk) -> None:
    doctor.goes_to()
    doctor.page.get_by_role("searchbox", name="Reference").fill("../../x")
    doctor.page.keyboard.press("Enter")

    assert "A reference looks like" in doctor.said()
    assert len(doctor.clinic.asked) == 1


@pytest.mark.parametrize("hash_", ["#../../admin", "#%2e%2e%2fx", "#a?b=c", "#" + "x" * 99])
def test_an_address_that_can_name_no_case_is_not_asked_for(doctor: Desk, hash_: str) -> None:
    doctor.goes_to(hash_)

    assert "Nothing here" in main(doctor)
    assert doctor.clinic.asked == []


# ---- A case ------------------------------------------------------------------------------------


def test_what_matters_is_above_the_fold_at_a_desk(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    screen = DESK["height"]

    assert not doctor.is_wider_than_its_window()
    for part in (".head", ".short", ".check", ".board"):
        box = doctor.page.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] < screen, part


def test_the_order_on_a_phone_is_the_order_of_importance(doctor: Desk) -> None:
    doctor.page.set_viewport_size(PHONE)
    doctor.goes_to(HASH)
    parts = (".head", ".short", ".check", ".board", ".answers", ".letters", ".history", ".access")
    boxes = [doctor.page.locator(part).bounding_box() for part in parts]

    assert not doctor.is_wider_than_its_window()
    tops = [box["y"] for box in boxes if box]
    assert tops == sorted(tops)
    assert len(tops) == len(parts)


def test_times_are_the_clinic_s(sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(timezone_id="America/Los_Angeles")
    desk.signs_in(HASH)

    assert "Sun 22 Nov 18:04" in main(desk)
    assert "Tue 24 Nov 17:00" in main(desk)


def test_it_speaks_thai_and_counts_years_as_the_records_do(sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(locale="th-TH")
    desk.signs_in(HASH)

    assert "ควรตรวจสอบ" in main(desk)
    assert "2026" in main(desk)
    assert "2569" not in main(desk)


def test_a_file_is_fetched_on_a_click_and_the_page_stays(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    with doctor.page.expect_download() as download:
        press(doctor, "Open: File 1", ".board")

    assert download.value.suggested_filename == "a-file.pdf"
    assert doctor.downloads == [f"{STORAGE}/a-file?X-Amz-Expires=300"]
    assert ("POST", f"/cases/{REFERENCE}/files/0/open", {}) in doctor.clinic.asked
    assert "written down" in doctor.said()
    assert doctor.page.url.endswith(HASH)


def test_only_what_can_be_opened_has_a_button(doctor: Desk) -> None:
    doctor.goes_to(HASH)

    names = doctor.page.locator(".records button").evaluate_all(
        "all => all.map(each => each.ariaLabel ?? each.textContent)"
    )
    assert names == [
        "Open: File 1",
        *("Do without: Urine test", "Save", "Cancel"),
        "Do without: X-ray, MRI, CT or ultrasound",
        "Let through: MRI knee left.zip",
        "Refuse: MRI knee left.zip",
        *("Save", "Cancel"),
        *("Do without: List of medicines", "Save", "Cancel"),
    ]


def test_a_study_is_seen_at_a_glance(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    table = doctor.page.get_by_role("table", name="Imaging studies")

    cells = table.get_by_role("row").nth(1).locator("th, td").all_inner_texts()
    assert cells == [
        *("MR · KNEE", "120 images", "14 Sept 2026", "38 MB", "files 2–121", "checked"),  # noqa: RUF001
        "MRI knee left, PD fs sag",
    ]
    doctor.page.set_viewport_size(PHONE)
    assert table.get_by_role("rowheader").count() == 1
    assert table.get_by_role("cell").count() == 6
    assert table.get_by_role("columnheader").count() == 7
    row_ = table.get_by_role("row").nth(1).bounding_box()
    assert row_
    assert row_["height"] < 100  # lines of text, not a row for each cell


def test_a_thousand_images_are_one_row_and_each_can_be_opened(doctor: Desk) -> None:
    many = requirement("radiology", "X-ray", "complete", "complete", files=[images(0, 1000)])
    doctor.clinic.cases[REFERENCE] = case(requirements=[many])
    doctor.page.evaluate("performance.mark('asked')")
    doctor.goes_to(HASH)
    took = doctor.page.evaluate("performance.measure('shown', 'asked').duration")

    assert doctor.page.locator(".board li").count() == 2  # the requirement, and its one row
    assert took < 3000
    doctor.page.get_by_text("Show each of the 1,000 files").press("Enter")
    members = doctor.page.locator(".members > li")
    expect(members).to_have_count(1000)
    with doctor.page.expect_download():
        members.last.get_by_role("button", name="Open: File 1,000").click()
    assert ("POST", f"/cases/{REFERENCE}/files/999/open", {}) in doctor.clinic.asked


def test_what_makes_a_file_doubtful_is_said_with_a_mark_and_not_by_colour(doctor: Desk) -> None:
    odd = file(
        0,
        identity="differs",
        identityText="patient's details differ from the form",
        doubts=["Something follows after its end"],
        scan="impossible",
        scanText="malware scan: could not be scanned",
    )
    doctor.clinic.cases[REFERENCE] = case(
        requirements=[requirement("blood", "Blood test", "complete", "complete", files=[odd])]
    )
    doctor.goes_to(HASH)

    marks = doctor.page.locator(".board .files").evaluate(
        """list => [...list.querySelectorAll('.bad, [data-bad]')]
        .map(each => getComputedStyle(each, '::before').content.includes('▲'))"""
    )
    assert marks == [True, True, True]
    assert "differ from the form" in main(doctor)


def test_how_it_stood_on_acceptance_is_said_where_that_differs(doctor: Desk) -> None:
    then = {"state": "complete", "text": "on acceptance (22 Aug 2026): complete"}
    note = {"key": "too_old", "text": "From 1 Aug 2026: more than 90 days ago", "bad": True}
    doctor.clinic.cases[REFERENCE] = case(
        requirements=[
            requirement("blood", "Blood test", "stale", "old", atAcceptance=then, notes=[note])
        ]
    )
    doctor.goes_to(HASH)

    assert then["text"] in main(doctor)
    assert note["text"] in main(doctor)


def test_a_lab_export_shows_its_panels_and_what_it_is_not_good_for(doctor: Desk) -> None:
    lab = file(
        0,
        kindText="lab export (FHIR)",
        labText="Lab export: never trusted for whose it is",
        panels=["Complete blood count", "CRP"],
    )
    doctor.clinic.cases[REFERENCE] = case(
        requirements=[requirement("blood", "Blood test", "complete", "complete", files=[lab])]
    )
    doctor.goes_to(HASH)

    assert "Panels: Complete blood count, CRP" in main(doctor)
    assert "never trusted for whose it is" in main(doctor)


@pytest.mark.parametrize(
    ("status", "said"), [(404, "can't be opened"), (503, "try again"), (403, "role does not")]
)
def test_a_file_that_is_not_given_says_why(doctor: Desk, status: int, said: str) -> None:
    doctor.clinic.refuse = {"/files/0/open": status}
    doctor.goes_to(HASH)
    press(doctor, "Open: File 1", ".board")

    expect(doctor.page.get_by_role("status")).to_contain_text(said)
    assert doctor.downloads == []


@pytest.mark.parametrize(
    ("given", "said", "short"),
    [
        (
            {"kind": "bounced", "channel": "WhatsApp", "phone": "+66812345678"},
            "18:04. Nothing more is sent to it. Reach them as they asked: WhatsApp +66812345678",
            "does not work",
        ),
        (
            {"kind": "unsure", "channel": None, "phone": None},
            "by Sun 22 Nov 18:04. They gave no telephone number. Look for a number or another",
            "may not work",
        ),
        (
            {"kind": "suppressed", "channel": None, "phone": "+66812345678"},
            "Nov 18:04. Ask whoever looks after this system why. Call them: +66812345678",
            "gets no mail from us",
        ),
    ],
)
def test_an_address_that_does_not_work_is_plain_to_see(
    doctor: Desk, given: dict[str, Any], said: str, short: str
) -> None:
    doctor.clinic.cases[REFERENCE] = case(
        addressProblem=given | {"at": "2026-11-22T11:04:30.000000Z"}
    )
    doctor.goes_to(HASH)

    expect(doctor.page.locator("#no-mail")).to_contain_text(said)
    expect(doctor.page.locator(".head")).to_contain_text(short)


def test_who_may_not_mark_a_case_as_answered_is_not_told_to(doctor: Desk) -> None:
    problem = {"kind": "bounced", "channel": None, "phone": None, "at": "2026-11-22T11:04:30Z"}
    doctor.clinic.cases[REFERENCE] = case(addressProblem=problem, can=["reopen"])
    doctor.goes_to(HASH)

    expect(doctor.page.locator("#no-mail")).to_have_text(re.compile(r"no telephone number\.$"))


def test_a_letter_of_the_team_that_came_back_is_not_sent_again_unasked(doctor: Desk) -> None:
    came_back = {"state": "bounced", "stateText": "came back", "at": "2026-11-22T11:04:00Z"}
    doctor.clinic.cases[REFERENCE] = case(
        letters=[
            {"kind": kind, "kindText": kind, "can": can, **came_back}
            for kind, can in (
                ("team_new", ["resend"]),
                ("team_fallback", []),
                ("receipt", ["resend"]),
            )
        ]
    )
    doctor.goes_to(HASH)

    rows = doctor.page.locator(".letters li")
    told = ["goes to the same address" in row for row in rows.all_inner_texts()]
    assert told == [True, False, False]


@pytest.mark.parametrize(
    ("button", "confirmation", "told"),
    [
        ("Mark as answered", "Mark as answered", {"action": "answered"}),
        ("Let through", "Let it through", {"action": "let_through", "file": 121}),
        ("Refuse", "Refuse it", {"action": "refuse", "file": 121}),
        ("Send again", "Send it again", {"action": "resend", "letter": "receipt"}),
    ],
)
def test_every_action_asks_first_and_names_the_revision_it_saw(
    doctor: Desk, button: str, confirmation: str, told: dict[str, Any]
) -> None:
    doctor.goes_to(HASH)
    press(doctor, button)
    press(doctor, "Cancel", "dialog")
    press(doctor, button)
    assert len(doctor.clinic.asked) == 1
    confirm(doctor, confirmation)

    expect(doctor.page.get_by_role("status")).not_to_be_empty()
    assert doctor.clinic.asked[1:] == [
        ("POST", f"/cases/{REFERENCE}/actions", told | {"revision": 4})
    ]
    assert doctor.page.locator("dialog").count() == 0


@pytest.mark.parametrize(
    ("button", "confirmation", "decided", "said"),
    [
        ("Release", "Release it", "released", "then released"),
        ("Reject", "Reject it", "rejected", "then rejected"),
    ],
)
def test_what_was_kept_aside_is_released_or_rejected(
    doctor: Desk, button: str, confirmation: str, decided: str, said: str
) -> None:
    doctor.clinic.cases[REFERENCE] = cases.quarantined()
    doctor.clinic.after = lambda given, _: (
        given | {"can": [], "quarantine": given["quarantine"] | {"decided": decided}}
    )
    doctor.goes_to(HASH)
    assert "looks as if a robot sent it" in main(doctor)
    press(doctor, button)
    confirm(doctor, confirmation)

    expect(doctor.page.locator(".notice")).to_contain_text(said)
    assert doctor.page.locator(".head .buttons button").count() == 0


def test_an_answered_case_says_when_and_can_be_reopened(doctor: Desk) -> None:
    doctor.clinic.cases[REFERENCE] = case(answered="2026-11-23T04:00:00Z", can=["reopen"])
    doctor.goes_to(HASH)

    assert "Mon 23 Nov 11:00" in main(doctor)
    assert doctor.page.locator(".left").count() == 0
    assert doctor.page.get_by_role("button", name="Reopen").is_visible()


def test_whoever_was_slower_is_told_and_sees_the_case_as_it_is(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    doctor.clinic.cases[REFERENCE] = case(revision=5, can=["reopen"], answered=NOW)
    doctor.clinic.refuse = {"/actions": 409}
    press(doctor, "Mark as answered")
    confirm(doctor, "Mark as answered")

    expect(doctor.page.get_by_role("status")).to_contain_text("Somebody changed this case")
    expect(doctor.page.get_by_role("button", name="Reopen")).to_be_visible()
    assert doctor.page.locator("dialog").count() == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "Your role does not allow this"), (404, "no such inquiry"), (500, "Nothing is lost")],
)
def test_an_action_that_failed_stays_open_and_says_why(
    doctor: Desk, status: int, said: str
) -> None:
    doctor.clinic.refuse = {"/actions": status}
    doctor.goes_to(HASH)
    press(doctor, "Mark as answered")
    confirm(doctor, "Mark as answered")

    expect(doctor.page.locator("dialog").get_by_role("alert")).to_contain_text(said)
    doctor.clinic.refuse = {}
    confirm(doctor, "Mark as answered")
    expect(doctor.page.get_by_role("status")).to_contain_text("Marked as answered")


# ---- Doing without -----------------------------------------------------------------------------

WHY = "came by post, ไม่ต้องใช้"


def waiving(doctor: Desk) -> Any:
    """Open the form of the urine test, and return it."""
    doctor.goes_to(HASH)
    press(doctor, "Do without: Urine test", ".board")
    return doctor.page.locator("form.waive:visible")


def test_what_is_not_needed_is_written_with_a_reason_and_the_revision(doctor: Desk) -> None:
    waived = {"kind": "urine", "why": WHY, "by": "ananda", "at": "2026-11-23T06:00:00Z"}
    doctor.clinic.after = lambda given, _: (
        given
        | {
            "requirements": [
                requirement("urine", "Urine test", "waived", "done", waived=waived, can=["unwaive"])
            ]
        }
    )
    form = waiving(doctor)
    why = form.get_by_role("textbox", name="Why is this not needed: Urine test?")
    expect(why).to_be_focused()
    why.fill(f"  {WHY} ")
    doctor.page.keyboard.press("Enter")

    expect(doctor.page.get_by_role("status")).to_contain_text("not needed any more")
    assert doctor.clinic.asked[1:] == [
        (
            "POST",
            f"/cases/{REFERENCE}/actions",
            {"action": "waive", "revision": 4, "requirement": "urine", "why": WHY},
        )
    ]
    assert f"ananda, Mon 23 Nov 13:00: {WHY}" in main(doctor)
    press(doctor, "Needed after all")
    confirm(doctor, "It is needed")
    expect(doctor.page.get_by_role("status")).to_contain_text("needed after all")
    assert doctor.clinic.asked[-1][2] == {
        "action": "unwaive",
        "revision": 5,
        "requirement": "urine",
    }


def test_what_is_here_is_accepted_and_not_done_without(doctor: Desk) -> None:
    doctor.clinic.cases[REFERENCE] = case(
        studies=[study(doubtText=DIFFERS)],
        requirements=[
            requirement(
                *("urine", "Urine test", "identity_differs", "here, but details differ"),
                files=[file(0)],
                isHere=True,
                can=["waive"],
            )
        ],
    )
    doctor.goes_to(HASH)
    expect(doctor.page.locator(".studies .bad")).to_have_text(DIFFERS)
    expect(doctor.page.get_by_role("button", name="Do without")).to_have_count(0)

    press(doctor, "Accept as it is: Urine test", ".board")
    form = doctor.page.locator("form.waive:visible")
    form.get_by_label("Why can this be accepted as it is: Urine test?").fill(WHY)
    form.get_by_role("button", name="Save").click()

    expect(doctor.page.get_by_role("status")).to_contain_text("accepted as it is")
    assert doctor.clinic.asked[-1][2] == {
        "action": "waive",
        "revision": 4,
        "requirement": "urine",
        "why": WHY,
    }


def test_who_is_called_what_they_are_is_named_once(doctor: Desk) -> None:
    doctor.goes_to(HASH)

    assert doctor.page.locator("header").first.inner_text().count("doctor") == 1


@pytest.mark.parametrize("leave", ["Escape", "Cancel"])
def test_who_thinks_again_is_back_at_the_button(doctor: Desk, leave: str) -> None:
    form = waiving(doctor)
    opener = doctor.page.get_by_role("button", name="Do without: Urine test")
    expect(opener).to_have_attribute("aria-expanded", "true")
    if leave == "Cancel":
        form.get_by_role("button", name="Cancel").click()
    else:
        doctor.page.keyboard.press("Escape")

    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(doctor.page.locator("form.waive:visible")).to_have_count(0)
    assert len(doctor.clinic.asked) == 1


def test_without_a_reason_nothing_is_sent(doctor: Desk) -> None:
    form = waiving(doctor)
    form.get_by_role("textbox").fill("   ")
    form.get_by_role("button", name="Save").click()

    expect(form.get_by_role("alert")).to_contain_text("Write why in a few words")
    expect(form.get_by_role("textbox")).to_be_focused()
    expect(form.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    assert len(doctor.clinic.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [(422, "one line of plain text"), (403, "Your role does not"), (503, "Nothing is lost")],
)
def test_a_reason_that_was_not_taken_stays_and_says_why(
    doctor: Desk, status: int, said: str
) -> None:
    doctor.clinic.refuse = {"/actions": status}
    form = waiving(doctor)
    form.get_by_role("textbox").fill(WHY)
    form.get_by_role("button", name="Save").click()

    expect(form.get_by_role("alert")).to_contain_text(said)
    expect(form.get_by_role("textbox")).to_have_value(WHY)
    doctor.clinic.refuse = {}
    form.get_by_role("button", name="Save").click()
    expect(doctor.page.get_by_role("status")).to_contain_text("Noted")


def test_whoever_waives_on_an_old_view_sees_the_case_as_it_is(doctor: Desk) -> None:
    form = waiving(doctor)
    doctor.clinic.refuse = {"/actions": 409}
    form.get_by_role("textbox").fill(WHY)
    form.get_by_role("button", name="Save").click()

    expect(doctor.page.get_by_role("status")).to_contain_text("Somebody changed this case")
    expect(doctor.page.locator("form.waive:visible")).to_have_count(0)


def test_keys_of_the_worklist_are_letters_in_a_reason(doctor: Desk) -> None:
    form = waiving(doctor)
    doctor.page.keyboard.type("j/k")

    expect(form.get_by_role("textbox")).to_have_value("j/k")


# ---- When it does not go as it should ----------------------------------------------------------


def test_two_clicks_are_one_action(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    press(doctor, "Mark as answered")
    doctor.page.evaluate(
        "() => { const b = document.querySelector('dialog .main'); b.click(); b.click() }"
    )

    expect(doctor.page.get_by_role("status")).to_contain_text("Marked as answered")
    assert len([path for _, path, _ in doctor.clinic.asked if path.endswith("/actions")]) == 1


def test_a_busy_clinic_and_a_broken_one_say_so_and_offer_another_try(doctor: Desk) -> None:
    doctor.clinic.refuse = {"/open": 503}
    doctor.goes_to(HASH)
    assert "We can't reach the clinic's system" in main(doctor)
    doctor.clinic.refuse = {"/open": 429}
    press(doctor, "Try again")
    expect(doctor.page.get_by_role("heading", level=1)).to_have_text("Too many requests")
    doctor.clinic.refuse = {}
    press(doctor, "Try again")

    expect(doctor.page.get_by_role("heading", level=1)).to_have_text(REFERENCE)


def test_what_is_folded_is_printed_too(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    doctor.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    doctor.page.emulate_media(media="print")

    assert doctor.page.get_by_text("Looked at the case").is_visible()
    assert not doctor.page.get_by_role("button").filter(visible=True).count()


# ---- Whatever anybody typed --------------------------------------------------------------------


def with_text(text: str) -> dict[str, Any]:
    """Return a case with *text* wherever somebody outside the clinic may have written it."""
    return case(
        short=[text],
        check=[{"text": text, "source": "answers"}],
        requirements=[
            requirement(
                "radiology",
                "X-ray",
                "received",
                "arrived",
                files=[
                    file(0, name=text, facts=[text], panels=[text], labText="x"),
                    withheld(text),
                ],
                waived={"kind": "radiology", "why": text, "by": text, "at": NOW},
            )
        ],
        studies=[study(modality=text, bodyPart=text, description=text)],
        otherFiles=[file(3, name=text, declaredType=text, kindText=text)],
        answers=[{"title": text, "rows": [{"label": "Name", "value": text}]}],
        history=[{"at": NOW, "who": text, "text": text}],
        access=[{"at": NOW, "who": text, "text": text}],
    )


def withheld(name: str) -> dict[str, Any]:
    return file(2, name=name, state="withheld", canOpen=False, can=["let_through"])


def elements(page: Page) -> Counter[str]:
    found = page.evaluate(
        "[...document.querySelectorAll('*')]"
        ".map(each => [each.tagName, ...each.getAttributeNames()].join(' '))"
    )
    return Counter(found)


def test_no_text_becomes_an_element(doctor: Desk) -> None:
    doctor.page.set_viewport_size(PHONE)
    seen = []

    for text in ("Blood test", *HOSTILE):
        doctor.clinic.cases[REFERENCE] = with_text(text)
        doctor.goes_to(HASH)
        press(doctor, "Let through")
        seen.append(elements(doctor.page))
        assert not doctor.is_wider_than_its_window()
        press(doctor, "Cancel", "dialog")

    assert seen == [seen[0]] * len(seen)
    assert seen[0]["BDI dir"] == 3


def test_nothing_hides_or_turns_a_name_round(doctor: Desk) -> None:
    doctor.clinic.cases[REFERENCE] = with_text("invoice\u202efdp.exe\u200b\u0007")
    doctor.goes_to(HASH)

    shown = doctor.page.locator(".files .name").first.inner_text()
    assert shown == "invoice\ufffdfdp.exe\ufffd\ufffd"
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", main(doctor))


# ---- For everybody -----------------------------------------------------------------------------


def _worklist(doctor: Desk) -> None:
    doctor.clinic.worklist["open"] = worklist(
        row("INQ-2ABC-33DE", "2026-11-23T03:00:00Z"),
        row(REFERENCE, "2026-11-24T10:00:00Z"),
        next="cursor",
    )
    doctor.goes_to()


def _empty(doctor: Desk) -> None:
    doctor.clinic.worklist["open"]["cases"] = []
    doctor.goes_to()
    assert "Nothing waits for an answer here." in main(doctor)


def _no_form(doctor: Desk) -> None:
    doctor.clinic.worklist["open"] = worklist(
        forms=[], form=None, who={"name": "visitor", "role": None}
    )
    doctor.goes_to()
    assert "no form is yours" in main(doctor)


def _broken_list(doctor: Desk) -> None:
    doctor.clinic.refuse = {"/cases": 500}
    doctor.goes_to()
    assert "We can't reach the clinic's system" in main(doctor)


def _case(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    doctor.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def _bare_case(doctor: Desk) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        (
            *("short", "check", "studies", "requirements", "otherFiles"),
            *("answers", "letters", "history", "access"),
        ),
        (),
    )
    doctor.clinic.cases[REFERENCE] = case(**nothing, completeness={"have": 0, "total": 0})
    doctor.goes_to(HASH)
    assert "none came" in main(doctor)


def _kept_aside(doctor: Desk) -> None:
    doctor.clinic.cases[REFERENCE] = cases.quarantined()
    doctor.goes_to(HASH)


def _given_up(doctor: Desk) -> None:
    letter = {
        "kind": "team_new",
        "kindText": "New inquiry, to the team",
        "state": "gave_up",
        "stateText": "given up after 48 hours",
        "at": NOW,
        "can": ["resend"],
    }
    doctor.clinic.cases[REFERENCE] = case(letters=[letter])
    doctor.goes_to(HASH)
    assert "given up after 48 hours" in main(doctor)


def _waiving(doctor: Desk) -> None:
    form = waiving(doctor)
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).not_to_be_empty()


def _doubts(doctor: Desk) -> None:
    odd = file(
        0,
        identity="differs",
        identityText=DIFFERS,
        doubts=["Something follows after its end"],
        notes=["Scanned pages without text to search"],
        scan="impossible",
        scanText="malware scan: could not be scanned",
    )
    states = ("received", "stale", "images_missing", "identity_differs", "unusable", "waived")
    waived = {"kind": "x", "why": "w" * 300, "by": "ananda", "at": NOW}
    doctor.clinic.cases[REFERENCE] = case(
        studies=[
            study(ready="some", readyText="2 of 3 files checked", doubtText=DIFFERS),
            study(ready="none", readyText="not checked yet, or kept back", bodyPart=None),
        ],
        requirements=[
            requirement(state, state, state, state, files=[odd], waived=waived, can=["unwaive"])
            for state in states
        ],
    )
    doctor.goes_to(HASH)


def _all_members(doctor: Desk) -> None:
    doctor.goes_to(HASH)
    doctor.page.get_by_text("Show each of the 120 files").click()
    expect(doctor.page.locator(".members > li")).to_have_count(120)


def _dialog(doctor: Desk) -> None:
    doctor.clinic.refuse = {"/actions": 403}
    doctor.goes_to(HASH)
    press(doctor, "Let through")
    expect(doctor.page.get_by_role("button", name="Cancel")).to_be_focused()
    confirm(doctor, "Let it through")


def _unknown(doctor: Desk) -> None:
    doctor.goes_to("#INQ-2222-2222")
    assert "There is no such inquiry" in main(doctor)


STATES = [
    *(_worklist, _empty, _no_form, _broken_list, _case, _bare_case, _kept_aside),
    *(_given_up, _dialog, _unknown, _waiving, _doubts, _all_members),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("_"))
def test_everybody_can_use_it(doctor: Desk, state: Callable[[Desk], None]) -> None:
    state(doctor)

    assert problems(doctor) == []


def test_everybody_can_use_the_way_in(desk: Desk) -> None:
    desk.open(HASH)
    desk.page.locator("h1").wait_for()

    assert problems(desk) == []


@pytest.mark.parametrize("locale", ["th", "zh-Hans", "ja", "ar", "de"])
def test_everybody_can_use_it_in_their_language(sit_down: Callable[..., Desk], locale: str) -> None:
    desk = sit_down(locale=locale)
    desk.open()
    desk.page.get_by_role("button").first.wait_for()
    assert desk.page.locator(f"html[lang={locale}]").count() == 1
    found = violations(desk.page, BUT_COLOURS)
    desk.signs_in()
    found += violations(desk.page, BUT_COLOURS)
    desk.goes_to(HASH)
    found += violations(desk.page, BUT_COLOURS)

    assert found == []
    for size in (DESK, PHONE):
        desk.page.set_viewport_size(size)
        assert not desk.is_wider_than_its_window()


def problems(desk: Desk) -> list[str]:
    """Return what is wrong for whom, on a phone and at a desk, by day and by night."""
    found = []
    for size in (DESK, PHONE):
        desk.page.set_viewport_size(size)
        found += ["wider than its window"] if desk.is_wider_than_its_window() else []
        found += desk.too_small_for_a_thumb()
        for scheme in ("light", "dark"):
            desk.page.emulate_media(color_scheme=scheme)
            found += desk.problems()
    return found


def test_without_a_script_the_page_says_what_it_needs(sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(java_script_enabled=False)
    desk.open()

    assert "needs JavaScript" in desk.page.locator("body").inner_text()
