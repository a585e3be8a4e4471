"""The captcha's widget on the living form: loaded from its maker alone, posted with the answers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from intake.captcha import VENDORS, Widget
from tests.journey.frail_clinic import CLINIC, FORMS, Clinic

# What a maker's script does, as far as a form can tell.
_SCRIPT = """
window.%s = {
  render(place, options) {
    const made = Object.assign(document.createElement("input"), { type: "hidden", name: "%s" });
    made.value = options.sitekey + " " + options.action;
    place.append(made);
  },
};
"""
_POSTED = "([name]) => new FormData(document.getElementById('form')).getAll(name)"


@pytest.fixture
def opened(browser: Browser) -> Any:
    """Open a form with a maker's captcha; no policy may be broken."""
    tabs: list[Page] = []
    errors: list[str] = []

    def open_form(maker: str, *, is_blocked: bool = False) -> Page:
        context = browser.new_context()
        clinic = Clinic(FORMS.get("general-inquiry"), captcha=Widget(maker, "0x-public"))
        vendor = VENDORS[maker]

        def answer(route: Route) -> None:
            if is_blocked:
                route.abort()
                return
            body = _SCRIPT % (maker, vendor.field)
            route.fulfill(body=body, content_type="text/javascript")

        context.route("**/*", clinic.answer)
        context.route(f"{vendor.script.partition('?')[0]}*", answer)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on(
            "console",
            lambda said: errors.append(said.text) if "Content Security" in said.text else None,
        )
        tabs.append(tab)
        tab.goto(f"{CLINIC}/f/x")
        return tab

    yield open_form
    for tab in tabs:
        tab.context.close()
    assert errors == []


@pytest.mark.parametrize("maker", VENDORS)
def test_the_widget_is_drawn_and_what_it_makes_goes_along(opened: Any, maker: str) -> None:
    page = opened(maker)
    field = VENDORS[maker].field
    page.wait_for_selector(f"[name='{field}']", state="attached")

    assert page.evaluate(_POSTED, [field]) == ["0x-public inquiry"]


def test_a_browser_that_blocks_it_keeps_a_form_that_can_be_sent(opened: Any) -> None:
    page = opened("turnstile", is_blocked=True)
    page.wait_for_function("document.documentElement.classList.contains('living')")

    assert page.evaluate(_POSTED, ["cf-turnstile-response"]) == []
    assert page.evaluate("document.querySelectorAll('[data-captcha] *').length") == 0
