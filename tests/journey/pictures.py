"""
`python -m tests.journey.pictures DIR [LOCALE ...]`: a picture of every page, phone and desk.

For people to look at: what is ugly, cut off or wrongly mirrored, no test finds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
LOCALES = ("en", "th", "ar")
FORM, SHORT = "rheumatoid-arthritis", "general-inquiry"
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "POWERTOOLS_METRICS_NAMESPACE": "ClinicIntake",
    "POWERTOOLS_SERVICE_NAME": "intake",
}
_FILES = [
    {"name": "blood.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"},
    {"name": "story.docx", "mimeType": "application/msword", "buffer": b"PK\x03\x04"},
]
_SHOW = """n => {
    document.querySelector(".summary")?.remove();
    for (const each of document.querySelectorAll("[data-step]"))
        each.hidden = +each.dataset.step !== n;
}"""


def main(folder: Path, locales: Sequence[str] = LOCALES) -> None:
    """Draw all into *folder*, one file for each page, language of *locales* and size."""
    from tests.journey.person import chromium  # noqa: PLC0415  asks for the path and environment

    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for locale in locales:
            for size, (width, height) in SIZES.items():
                given: dict[str, Any] = {"viewport": {"width": width, "height": height}}
                for name, page in _pages(browser, locale, given):
                    file = name.replace(" ", "-").replace(",", "").replace("'", "")
                    page.screenshot(path=folder / f"{file}.{locale}.{size}.png", full_page=True)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")  # noqa: T201


def _pages(browser: Browser, locale: str, given: dict[str, Any]) -> Iterator[tuple[str, Page]]:
    yield from _drawn(browser, locale, given)
    yield from _living(browser, locale, given)
    yield from _team(browser, locale, given)


def _drawn(browser: Browser, locale: str, given: dict[str, Any]) -> Iterator[tuple[str, Page]]:
    """Show what the steps send, without a script."""
    from tests.journey import shown  # noqa: PLC0415

    with shown.senders_pages() as senders:
        pages = [
            *(shown.empty(name, locale) for name in shown.OFFERED),
            *(shown.refused(name, locale) for name in (FORM, SHORT)),
            *senders(locale),
            *shown.messages(locale),
            *shown.letters(locale),
        ]
    context = browser.new_context(**given)
    page = context.new_page()
    for each in pages:
        page.set_content(each.html, wait_until="domcontentloaded")
        yield each.name, page
    context.close()


def _living(browser: Browser, locale: str, given: dict[str, Any]) -> Iterator[tuple[str, Page]]:
    """Show the living form: as it comes, what it says of a step left empty, and each step."""
    from tests.journey.frail_clinic import CLINIC, FORMS, Clinic  # noqa: PLC0415

    for name in (FORM, SHORT):
        context = browser.new_context(**given)
        context.route("**/*", Clinic(FORMS.get(name), locale).answer)
        page = context.new_page()
        page.goto(f"{CLINIC}/f/x")
        page.wait_for_load_state("networkidle")
        yield f"living {name}", page
        if name == FORM:
            page.locator(".turn .send").click()
            yield f"living {name}, left empty", page
            yield from _steps(page, f"living {name}")
        context.close()


def _steps(page: Page, name: str) -> Iterator[tuple[str, Page]]:
    """Show each step without answering the one before, and the records with some files chosen."""
    page.locator('input[name="records.0.file"]').set_input_files(_FILES)
    for n in range(page.locator("progress").evaluate("bar => bar.max")):
        page.evaluate(_SHOW, n)
        yield f"{name}, step {n + 1}", page


def _team(browser: Browser, locale: str, given: dict[str, Any]) -> Iterator[tuple[str, Page]]:
    """Show the team's pages: before signing in, the worklist, and a case."""
    from tests.journey.cases import REFERENCE, case, row, worklist  # noqa: PLC0415
    from tests.journey.desk import SETTINGS, Desk  # noqa: PLC0415

    os.environ.update(SETTINGS)
    context = browser.new_context(locale=locale, **given)
    desk = Desk(context.new_page())
    desk.page.clock.set_fixed_time("2026-11-23T06:00:00Z")
    desk.clinic.worklist = {"open": worklist(row(REFERENCE, "2026-11-24T10:00:00Z"))}
    desk.clinic.cases = {REFERENCE: case()}
    desk.open()
    desk.page.get_by_role("button").first.wait_for()
    yield "team sign-in", desk.page
    desk.signs_in()
    yield "team worklist", desk.page
    desk.goes_to(f"#{REFERENCE}")
    yield "team case", desk.page
    context.close()


if __name__ == "__main__":
    top = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(top / "functions"), str(top)]
    os.environ.update(_ENVIRONMENT)
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"), sys.argv[2:] or LOCALES)
