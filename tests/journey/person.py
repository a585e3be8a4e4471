"""A person in front of a browser: reads labels, knows no names of fields."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

_CHROMIUM = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
# The first of them is the lightest, and draws what the others draw.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# Opens the step in which a question is, as a link to it does: tests need not fill in all before.
_TURN = """texts => {
  let at = document.querySelector("main");
  const starts = (each, text) => each.textContent.trim().startsWith(text);
  for (const text of texts) {
    const all = [...at.querySelectorAll("legend, label, button")];
    const found = all.find(each => starts(each, text));
    if (!found) return;
    at = found.localName === "legend" ? found.parentNode : found;
  }
  const hidden = at.closest(".sending[hidden]") ? consents : at.closest("[data-step][hidden]");
  if (!hidden) return;
  const link = document.createElement("a");
  link.href = "#" + (hidden.id || hidden.querySelector("[id]").id);
  document.querySelector("main").append(link);
  link.click();
  link.remove();
}"""
Role = Literal["group", "radio", "checkbox", "textbox", "combobox", "button", "link"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's own Chromium."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_CHROMIUM))
        yield browser
        browser.close()


def starting(label: str) -> re.Pattern[str]:
    """Match a label, whole or its first words: a hint may follow, such as "(optional)"."""
    return re.compile(rf"^\s*{re.escape(label)}([\s,(]|$)")


class Person:
    """Fills in what they see. A question is found by its words, inside the part it stands in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(15_000)

    def part(self, *names: str) -> Locator:
        """Return the part of the page under these headings, the outermost first."""
        self._turn_to(*names)
        found: Locator = self.page.locator("main")
        for name in names:
            found = found.get_by_role("group", name=starting(name)).first
        return found

    def types(self, text: str, label: str, *inside: str) -> None:
        """Type into a box."""
        self._turn_to(*inside, label)
        self.part(*inside).get_by_label(starting(label)).first.fill(text)

    def picks(self, choice: str, label: str, *inside: str) -> None:
        """Pick from a list, or search in one."""
        self._turn_to(*inside, label)
        box = self.part(*inside).get_by_label(starting(label)).first
        if box.evaluate("box => box.localName") == "select":
            box.select_option(label=choice)
        else:
            box.fill(choice)

    def ticks(self, choice: str, *inside: str) -> None:
        """Tick a box or a circle, by pressing its words: a thumb misses the circle."""
        self._turn_to(*inside, choice)
        self.part(*inside).get_by_text(choice, exact=True).first.click()

    def agrees(self, words: str) -> None:
        """Tick the first of several boxes with the same words: the one that is needed."""
        self._turn_to(words)
        self.page.get_by_label(starting(words)).first.check()

    def dates(self, day: str, month: str, year: str, *inside: str) -> None:
        """Fill in the boxes of a date."""
        boxes = self.part(*inside).get_by_role("textbox")
        for n, text in enumerate((day, month, year)):
            boxes.nth(n).fill(text)

    def attaches(self, path: Path, *inside: str) -> None:
        """Choose a file."""
        self.part(*inside).locator("input[type=file]").first.set_input_files(path)

    def presses(self, name: str) -> None:
        """Press a button."""
        self._turn_to(name)
        self.page.get_by_role("button", name=starting(name)).last.click()
        self._arrives()

    def follows(self, name: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name).first.click()
        self._arrives()

    def reads(self) -> str:
        """Return what the page says."""
        return self.page.locator("body").inner_text()

    def _turn_to(self, *texts: str) -> None:
        if texts and self.page.locator(".steps").count():
            self.page.evaluate(_TURN, list(texts))

    def _arrives(self) -> None:
        """Wait for the whole page: a click returns when its first byte is there."""
        self.page.wait_for_load_state("domcontentloaded")
