"""How much a browser loads: script and style of the forms, and the team's page."""

from __future__ import annotations

import gzip

from intake.pages import assets, page
from show_site.site import read_site
from tests.bench.children import ROOT
from tests.bench.figures import Fact
from tests.bench.plan import Plan

MOST_BYTES = 12_288
_TEAM = ROOT / "infra" / "website" / "team"
_LIBRARY = "oidc-client-ts"


def rows(_: Plan) -> list[Fact]:
    """Weigh the files as they are served, and as gzip -9 leaves them."""
    site = read_site(_TEAM)
    forms = ("form.", "clinic-inquiry.")
    team = [text for name, text in site.files.items() if not name.startswith((*forms, _LIBRARY))]
    library = [text for name, text in site.files.items() if name.startswith(_LIBRARY)]
    style = (page.PAGES / "style.css").read_text("utf-8")
    return [
        _weighed("form.js", [assets.script()], MOST_BYTES),
        _weighed("style.css, inside each page", [style]),
        _weighed(f"the team's page and its {len(team)} files", [site.page, *team]),
        _weighed(f"its library, {_LIBRARY}", library),
    ]


def _weighed(title: str, texts: list[str], most: int | None = None) -> Fact:
    contents = [text.encode() for text in texts]
    raw = sum(map(len, contents))
    zipped = sum(len(gzip.compress(content, 9, mtime=0)) for content in contents)
    holds = None if most is None else zipped <= most
    goal = "" if most is None else f"<= {most:,}"
    return Fact(f"{title}: gzip, bytes", f"{zipped:,}", holds, goal, f"{raw:,}", "as served")
