"""axe finds nothing wrong on any page and letter, in any state and language (`shown.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journey import shown
from tests.journey.axe import BUT_COLOURS, WCAG, WCAG_BUT_COLOURS, WHOLE, violations
from tests.journey.frail_clinic import CLINIC, Clinic
from tests.journey.person import PHONE
from tests.journey.shown import FORMS, LOCALES, OFFERED, Shown

pytestmark = pytest.mark.browser
each_locale = pytest.mark.parametrize("locale", LOCALES)
FIRST = LOCALES[0]
# Between them they have every kind of question. The others, made of the same, are looked at whole
# in two languages, as they come in the rest.
LOOKED_AT = ("general-inquiry", "rheumatoid-arthritis")
TWO = (FIRST, "ar")
_GO_TO = "n => dispatchEvent(new PopStateEvent('popstate', {state: {intake: [n, n - 1]}}))"


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """Return one window for all; pages are put into it without a network."""
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def wrong(
    window: Page, pages: Iterable[Shown], asked: dict[str, Any] | None = None
) -> dict[str, list[str]]:
    """
    Return what is wrong with each of *pages*, colours apart.

    In languages but the first only what can be wrong with words: all else is the same in them.
    """
    found = {}
    for each in pages:
        window.set_content(each.html, wait_until="domcontentloaded")
        given = asked or (BUT_COLOURS if each.locale == FIRST else WCAG_BUT_COLOURS)
        if said := violations(window, given):
            found[str(each)] = said
    return found


@pytest.mark.parametrize("name", OFFERED)
def test_forms_empty_and_refused(window: Page, name: str) -> None:
    pages = [shown.empty(name, FIRST)]
    for locale in FORMS.get(name).locales:
        # What is in the empty one is in the refused one too, which has twice as much.
        is_whole = name in LOOKED_AT or locale in TWO
        pages.append((shown.refused if is_whole else shown.empty)(name, locale))

    assert wrong(window, pages) == {}


@each_locale
def test_every_step_of_a_living_form(browser: Browser, locale: str) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    context.route("**/*", Clinic(FORMS.get(LOOKED_AT[1]), locale).answer)
    page = context.new_page()
    page.goto(f"{CLINIC}/f/x")
    heading, seen = page.locator(".steps h2"), set()
    count = page.locator(".steps progress").evaluate("bar => bar.max")

    for n in range(count) if locale in TWO else (0, count - 1):
        # As the browser's own forward button would; going on by hand wants answers first.
        page.evaluate(_GO_TO, n)
        seen.add(heading.inner_text())
        assert violations(page, WCAG_BUT_COLOURS) == [], n
    context.close()
    assert len(seen) == (count if locale in TWO else 2) > 1


@each_locale
def test_messages(window: Page, locale: str) -> None:
    assert wrong(window, shown.messages(locale)) == {}


@each_locale
def test_letters(window: Page, locale: str) -> None:
    assert wrong(window, shown.letters(locale), WCAG) == {}


@each_locale
def test_the_senders_page(window: Page, locale: str) -> None:
    with shown.senders_pages() as pages:
        drawn = list(pages(locale))

    # In the others, the states that have most words.
    kept = drawn if locale in TWO else [one for one in drawn if one.name in shown.WORDY]
    assert len(kept) > 3
    assert wrong(window, kept) == {}


@pytest.mark.parametrize(("scheme", "form"), [("light", LOOKED_AT[1]), ("dark", LOOKED_AT[0])])
def test_colours(window: Page, scheme: Any, form: str) -> None:
    # Those of a style sheet are the same in every language.
    window.emulate_media(color_scheme=scheme)
    with shown.senders_pages() as pages:
        states = [each for each in pages(FIRST) if each.name in shown.WORDY]
        drawn = [shown.refused(form, FIRST), *states, next(shown.messages(FIRST))]

    assert wrong(window, drawn, WHOLE) == {}
    assert wrong(window, shown.letters(FIRST), WCAG) == {}


def test_a_page_that_is_wrong_is_found_out(window: Page) -> None:
    # The same way, so that the tests above see what they look at.
    bad = "<!doctype html><title>t</title><main><h1>h</h1><input><img src='data:,'>"

    said = wrong(window, [Shown("bad", FIRST, bad)])[f"bad, {FIRST}"]

    assert {line.partition(":")[0] for line in said} == {"html-has-lang", "image-alt", "label"}
