"""What every page brings along: one style, one script, and a policy that allows no others."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from intake.forms import Form
from intake.pages import embedded

PAGES = Path(__file__).parent


def policy(form: Form | None = None, uploads_origin: str = "", others: str = "") -> str:
    """
    Return the Content-Security-Policy of our pages: our script, style and forms, and no others.

    Files go straight to *uploads_origin*, by the script or by a plain form. A form that sends
    people on to another site afterwards must name it: browsers hold the redirect behind a post
    to `form-action` too. *others* are the origins of a captcha, where there is one.
    """
    onward = urlsplit(str(form.meta["next"])) if form and form.meta["next"] else None
    ours = f"'self' {uploads_origin}".rstrip()
    targets = f"{ours} {onward.scheme}://{onward.netloc}" if onward else ours
    more = f" {others}" if others else ""
    frames = f"frame-src {others}; " if others else ""
    return (
        f"default-src 'none'; script-src 'self'{more}; style-src '{digest(style())}'{more}; "
        f"img-src data:; connect-src {ours}{more}; {frames}form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def script() -> str:
    """Return the living form's script: one file, made of its modules before it is deployed."""
    path = PAGES / "form.js"
    if not path.exists():
        raise LookupError("the forms' script is not there yet: run `make script`")
    return path.read_text("utf-8")


@cache
def script_path() -> str:
    """Return the address of the script: another one for other content, so kept for ever."""
    return f"/site/form.{_mark(script())}.js"


@cache
def style() -> str:
    """Return the style sheet as it is inlined: its hash in the policy is of these very bytes."""
    return _sheet("style.css")


@cache
def element_style() -> str:
    """Return the style sheet for <clinic-inquiry>: the same rules, of which none leaves it."""
    return f"{_sheet('element.css')}\n{embedded.rules(style())}\n"


@cache
def element_style_path() -> str:
    """Return the address of the element's style sheet."""
    return f"/site/form.{_mark(element_style())}.css"


def _sheet(name: str) -> str:
    """Return a style sheet without its comments and indents."""
    text = re.sub(r"/\*.*?\*/", "", (PAGES / name).read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def digest(text: str) -> str:
    """Return the hash of *text* as policies and `integrity` name it."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
