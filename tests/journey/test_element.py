"""<clinic-inquiry> on somebody else's website: another origin, under a strict policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.axe import violations
from tests.journey.person import PHONE, Person
from tests.journey.uppy.website import ORIGIN, open_site
from tests.plain_browser import Page as Read
from tests.records import small

pytestmark = pytest.mark.browser
HOST = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A clinic's site</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; {policy}">
<main><h1>Ask us</h1><p id="message">Before the form.</p>{lines}</main>"""


@pytest.fixture
def lines(world: Any) -> tuple[str, str]:
    """Return what the intake's own page says: lines to paste for a form, and the policy."""
    codes = [each.text for each in Read(world.get("/site/embed").text).all("code")]
    (general,) = [code for code in codes if "/f/general-inquiry" in code]
    return general, codes[-1]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page of the other site with these lines under this policy."""
    opened: list[Page] = []
    wrong: list[str] = []

    def open_page(lines: str, policy: str, **context: Any) -> Page:
        html = HOST.format(lines=lines, policy=policy)
        (tmp_path / "index.html").write_text(html, "utf-8")
        page = open_site(browser, tmp_path, viewport=PHONE, **context)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        opened.append(page)
        page.goto(f"{ORIGIN}/index.html")
        return page

    yield open_page
    for page in opened:
        page.context.close()
    assert wrong == []


def ask(person: Person) -> None:
    """Fill in the short form."""
    person.types("May a doctor look at my knee?", "What is your question?")
    person.ticks("I am the patient", "Who are you?")
    person.types("Somchai Example", "Full name of the patient")
    person.picks("Thailand", "Country where the patient lives")
    person.types("somchai@patients.example", "Email address")
    person.ticks("Email", "How should we contact you?")
    person.picks("Thai", "Which language should we use with you?")
    person.agrees("I agree")


def test_pasted_lines_send_an_inquiry_with_a_file_under_a_strict_policy(
    world: Any, visit: Callable[..., Page], lines: tuple[str, str]
) -> None:
    code, policy = lines
    page = visit(code, policy)
    person = Person(page)
    form = page.locator("clinic-inquiry form")
    expect(form).to_be_visible()
    assert violations(page) == []
    assert page.title() == "A clinic's site"
    world.take_time()

    ask(person)
    person.types("nope", "Email address")
    person.presses("Send the inquiry")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator('[id$="-contact.email"]')).to_be_focused()
    assert page.url == f"{ORIGIN}/index.html"
    person.types("somchai@patients.example", "Email address")
    person.picks("Something else", "Kind of record", "Record 1")
    file = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": small.pdf(b"x" * 9999)}
    person.part("Record 1").locator("input[type=file]").first.set_input_files([file])  # type: ignore[list-item]
    person.presses("Send the inquiry")
    page.wait_for_url(re.compile(rf"{world.url}/u/\w+"))
    world.settle(60)
    page.reload()

    assert "checked, ready for the doctors" in page.locator("body").inner_text()
    assert world.inbox.wait_for(world.team, "New inquiry")


def test_two_forms_on_a_page_and_the_page_itself_keep_their_own_ids(
    visit: Callable[..., Page], lines: tuple[str, str]
) -> None:
    code, policy = lines
    element = code.partition("</script>")[2]
    thai = element.replace("<clinic-inquiry ", '<clinic-inquiry lang="th" ')
    page = visit(code + thai, policy)
    expect(page.locator("clinic-inquiry form")).to_have_count(2)

    first, second = page.locator("clinic-inquiry").all()
    second.locator("textarea").first.fill("สวัสดี")
    first.get_by_label("What is your question?").fill("Hello")

    assert second.locator("textarea").first.input_value() == "สวัสดี"
    assert first.locator("textarea").first.input_value() == "Hello"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("link[rel=stylesheet]").count() == 1
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize(
    ("policy", "context"),
    [("", {}), (None, {"java_script_enabled": False})],
    ids=["script blocked by the site's policy", "no script at all"],
)
def test_without_the_script_the_link_leads_to_the_form(
    world: Any,
    visit: Callable[..., Page],
    lines: tuple[str, str],
    policy: str | None,
    context: dict[str, Any],
) -> None:
    code, allowed = lines
    page = visit(code, allowed if policy is None else policy, **context)

    page.locator("clinic-inquiry a").click()

    person = Person(page)
    expect(page).to_have_url(re.compile("/f/general-inquiry"))
    if not context:
        return  # the form itself has its script here, as everywhere
    ask(person)
    person.presses("Send the inquiry")
    expect(page).to_have_url(re.compile(rf"{world.url}/u/\w+"))


@pytest.mark.parametrize("what", ["unknown form", "api down"])
def test_the_link_stays_where_the_form_can_not_be_had(
    visit: Callable[..., Page], lines: tuple[str, str], what: str
) -> None:
    code, policy = lines
    if what == "unknown form":
        code = code.replace('form="general-inquiry"', 'form="no-such-form"')
    else:
        code = re.sub(r'" api="[^"]+"', f'" api="{ORIGIN}:9"', code)
        policy = policy.replace("connect-src", f"connect-src {ORIGIN}:9")
    page = visit(code, policy)
    page.wait_for_load_state("networkidle")

    expect(page.locator("clinic-inquiry a")).to_be_visible()
    assert page.locator("form").count() == 0


def test_a_site_that_trusts_no_markup_of_scripts_shows_the_form(
    visit: Callable[..., Page], lines: tuple[str, str]
) -> None:
    code, policy = lines
    page = visit(code, f"{policy.rstrip('; ')}; require-trusted-types-for 'script'; trusted-types")

    expect(page.locator("clinic-inquiry form")).to_be_visible()
    page.get_by_role("link", name="ไทย").click()
    expect(page.locator("clinic-inquiry > [lang=th]")).to_be_visible()


@pytest.mark.parametrize(
    "attributes",
    [
        *('form="x"', 'form="x" api', 'form="x" api="/f"', 'form="x" api="http://"'),
        *('api="javascript:alert(1)"', 'api="{api}"'),
        *('form="../../x" api="{api}"', 'form="%00&lt;b>" api="{api}"'),
    ],
)
def test_where_an_attribute_is_odd_the_link_stays_and_nothing_is_thrown(
    world: Any, visit: Callable[..., Page], lines: tuple[str, str], attributes: str
) -> None:
    code, policy = lines
    script = code.partition("</script>")[0] + "</script>"
    element = f'<clinic-inquiry {attributes.format(api=world.url)}><a href="#">Ask</a>'

    page = visit(f"{script}{element}</clinic-inquiry>", policy)
    page.wait_for_function("!!customElements.get('clinic-inquiry')")
    page.wait_for_load_state("networkidle")

    expect(page.get_by_role("link", name="Ask")).to_be_visible()
