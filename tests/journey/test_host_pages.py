"""<clinic-inquiry> in websites as they are: their caches, their style sheets, their policies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journey import host_styles
from tests.journey.axe import violations
from tests.journey.conftest import start, stop
from tests.journey.host_site import HostSite, host_site
from tests.journey.person import DESK, PHONE
from tests.plain_browser import Page as Read

pytestmark = pytest.mark.browser
SHORT, RA = "general-inquiry", "rheumatoid-arthritis"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A clinic's site</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}
<main class="container" id="content"><h1>Ask us</h1>{lines}</main>"""


@pytest.fixture(scope="module")
def host() -> Iterator[HostSite]:
    with host_site() as site:
        yield site


@pytest.fixture(scope="module")
def intake(host: HostSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a world that lets the host's pages in, as `make run` does when it is told to."""
    log: Path = tmp_path_factory.mktemp("intake") / "log"
    world = start(log, ALLOWED_ORIGINS=host.origin)
    yield world
    assert stop(world) == 0, world.log()


def pasted(intake: Any) -> dict[str, str]:
    """Return what the intake's own page says to paste, by form."""
    codes = [each.text for each in Read(intake.get("/site/embed").text).all("code")]
    return {Read(code).one("clinic-inquiry")["form"]: code for code in codes[:-1]}


def test_who_was_on_our_own_page_before_sees_the_form_on_the_other_site_too(
    intake: Any, host: HostSite, browser: Browser
) -> None:
    host.pages["/cached"] = PAGE.format(head="", lines=pasted(intake)[SHORT])
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    # The same site to a browser, as www.clinic.example and intake.clinic.example are: what it
    # keeps for one, it takes for the other.
    page.goto(f"{intake.url}/f/{SHORT}")
    expect(page.locator("html.living")).to_have_count(1)

    page.goto(f"{host.origin}/cached")

    expect(page.locator("clinic-inquiry form")).to_be_visible()
    context.close()


# What does not follow from how wide the page is.
LOOK = """root => [...root.querySelectorAll("*")].map(each => {
  const names = `display position float visibility opacity color backgroundColor fontSize
    fontFamily fontWeight fontStyle lineHeight letterSpacing wordSpacing textTransform textAlign
    textIndent whiteSpace textDecorationLine listStyleType boxSizing appearance cursor transform
    transitionDuration
    paddingTop paddingRight paddingBottom paddingLeft marginTop marginBottom clipPath overflowX
    borderTopWidth borderTopStyle borderTopColor borderInlineStartWidth borderTopLeftRadius
    outlineStyle outlineWidth outlineColor boxShadow minHeight flexGrow flexDirection
    columnGap rowGap accentColor`.split(/\\s+/);
  const [own, before, after] = ["", "::before", "::after"].map(
    part => getComputedStyle(each, part));
  const said = names.map(name => `${name}: ${own[name]}`);
  said.push(`before: ${before.content}`, `after: ${after.content}`);
  return [`${each.localName}.${each.className}`, said];
})"""


def looks(host: HostSite, browser: Browser, lines: str, css: str) -> list[Any]:
    """Return how each part of a form looks on a page with *css*, refused as it is empty."""
    host.pages["/styled"] = PAGE.format(head=f"<style>{css}</style>", lines=lines)
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{host.origin}/styled")
    form = page.locator("clinic-inquiry form")
    form.evaluate("form => form.requestSubmit(form.querySelector('.send:not([type])'))")
    page.locator("clinic-inquiry .summary").wait_for(state="attached")
    seen: list[Any] = page.locator("clinic-inquiry").evaluate(LOOK)
    context.close()
    return seen


@pytest.fixture(scope="module")
def plain(intake: Any, host: HostSite, browser: Browser) -> list[Any]:
    """How the form looks on a page without a style."""
    return looks(host, browser, pasted(intake)[RA], "")


@pytest.mark.parametrize("kind", host_styles.ALL)
def test_it_looks_the_same_whatever_the_other_site_s_style_says(
    intake: Any, host: HostSite, browser: Browser, plain: list[Any], kind: str
) -> None:
    styled = looks(host, browser, pasted(intake)[RA], host_styles.ALL[kind])

    changed = [
        (what, sorted(set(now) - set(before)), sorted(set(before) - set(now)))
        for (what, before), (_, now) in zip(plain, styled, strict=True)
        if before != now
    ]
    assert changed == []
    assert any("error" in what for what, _ in plain)


def test_it_is_no_wider_than_our_own_page_and_its_colours_may_be_set(
    intake: Any, host: HostSite, browser: Browser
) -> None:
    css = "<style>html { font-size: 30px } clinic-inquiry { --accent: rgb(120, 0, 60) }</style>"
    host.pages["/wide"] = PAGE.format(head=css, lines=pasted(intake)[SHORT])
    page = browser.new_page(viewport=DESK)  # type: ignore[arg-type]
    page.goto(f"{host.origin}/wide")
    form = page.locator("clinic-inquiry form")
    expect(form).to_be_visible()

    assert form.evaluate("form => form.offsetWidth") == 42 * 16
    expect(page.get_by_role("button", name="Send the inquiry")).to_have_css(
        "background-color", "rgb(120, 0, 60)"
    )
    page.close()


@pytest.mark.parametrize(
    ("head", "paper"),
    [
        ("", "rgb(255, 255, 255)"),
        ('<meta name="color-scheme" content="light dark">', "rgb(18, 25, 31)"),
        ("<style>:root { color-scheme: light }</style>", "rgb(255, 255, 255)"),
    ],
    ids=["a page that knows no dark", "one that follows the device", "one that is light"],
)
def test_on_a_dark_device_it_is_as_dark_as_the_page_around_it(
    intake: Any, host: HostSite, browser: Browser, head: str, paper: str
) -> None:
    host.pages["/dark"] = PAGE.format(head=head, lines=pasted(intake)[SHORT])
    page = browser.new_page(viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]
    page.goto(f"{host.origin}/dark")
    expect(page.locator("clinic-inquiry form")).to_be_visible()

    expect(page.locator("clinic-inquiry > div")).to_have_css("background-color", paper)
    box = page.locator("clinic-inquiry textarea").first
    assert box.evaluate("box => getComputedStyle(box).backgroundColor") == paper
    assert violations(page) == []
    page.close()


def test_what_is_to_be_pasted_is_whole_in_sight_and_selected_by_one_press(
    intake: Any, browser: Browser
) -> None:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    page.goto(f"{intake.url}/site/embed")
    boxes = page.locator("pre")
    assert boxes.evaluate_all("all => all.every(box => box.scrollWidth <= box.clientWidth)")

    boxes.first.click()

    wanted = pasted(intake)[Read(boxes.first.inner_text()).one("clinic-inquiry")["form"]]
    assert page.evaluate("getSelection().toString()").strip() == wanted
    page.close()
