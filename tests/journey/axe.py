"""What axe finds wrong with a page, for people who can't see it or can't use a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "infra" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = "asked => axe.run(document, {resultTypes: ['violations'], preload: false, ...asked})"
WHOLE: dict[str, Any] = {}
# Half of the time goes into colours, which are the style sheet's, whatever the words.
_COLOURS = ("color-contrast", "link-in-text-block")
BUT_COLOURS = {"rules": {name: {"enabled": False} for name in _COLOURS}}
# What a mail can break too: it has no landmarks, and stands in somebody else's page.
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WCAG = {"runOnly": {"type": "tag", "values": _WCAG}}
WCAG_BUT_COLOURS = WCAG | BUT_COLOURS


def violations(page: Page, asked: dict[str, Any] = WHOLE) -> list[str]:
    """Return rule and element of each violation of the rules that are *asked* for."""
    if not page.evaluate("'axe' in window"):
        # Not as an element of the page, whose policy would not let it run.
        page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate(_RUN, asked)
    return [
        f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]
    ]
