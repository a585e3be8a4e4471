"""A page as our script asks for it, to put its content into a page that is there."""

from __future__ import annotations

from intake.http import Request
from intake.pages import assets

# What else a page depends on, for whoever keeps it.
VARIES = "Sec-Fetch-Dest"


def for_whom(request: Request, page: str) -> str:
    """
    Return *page* without its style if a script fetches it: where it goes, there is one.

    Another site's policy would forbid it, and the browser complain of that. Browsers that don't
    say who asks get it whole, and complain.
    """
    is_fetched = request.headers.get(VARIES.lower()) == "empty"
    return page.replace(f"<style>{assets.style()}</style>\n", "", 1) if is_fetched else page
