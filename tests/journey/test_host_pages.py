"""<clinic-inquiry> in websites as they are: their caches, their style sheets, their policies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journey.conftest import start, stop
from tests.journey.host_site import HostSite, host_site
from tests.journey.person import PHONE
from tests.plain_browser import Page as Read

pytestmark = pytest.mark.browser
FORM = "general-inquiry"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A clinic's site</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}
<main class="container"><h1>Ask us</h1>{lines}</main>"""


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


@pytest.fixture
def lines(intake: Any) -> dict[str, str]:
    """Return what the intake's own page says to paste, by form."""
    codes = [each.text for each in Read(intake.get("/site/embed").text).all("code")]
    return {Read(code).one("clinic-inquiry")["form"]: code for code in codes[:-1]}


def test_who_was_on_our_own_page_before_sees_the_form_on_the_other_site_too(
    intake: Any, host: HostSite, browser: Browser, lines: dict[str, str]
) -> None:
    host.pages["/cached"] = PAGE.format(head="", lines=lines[FORM])
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    # The same site to a browser, as www.clinic.example and intake.clinic.example are: what it keeps
    # for one, it takes for the other.
    page.goto(f"{intake.url}/f/{FORM}")
    expect(page.locator("html.living")).to_have_count(1)

    page.goto(f"{host.origin}/cached")

    expect(page.locator("clinic-inquiry form")).to_be_visible()
    context.close()
