"""What every page brings along: one style, one script, and a policy that allows no others."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from intake.forms import Form

PAGES = Path(__file__).parent


def policy(form: Form | None = None, uploads_origin: str = "") -> str:
    """
    Return the Content-Security-Policy of our pages: our script, style and forms, and no others.

    Files go straight to *uploads_origin*, by the script or by a plain form. A form that sends
    people on to another site afterwards must name it: browsers hold the redirect behind a post
    to `form-action` too.
    """
    onward = urlsplit(str(form.meta["next"])) if form and form.meta["next"] else None
    ours = f"'self' {uploads_origin}".rstrip()
    targets = f"{ours} {onward.scheme}://{onward.netloc}" if onward else ours
    return (
        f"default-src 'none'; script-src 'self'; style-src '{digest(style())}'; "
        f"img-src data:; connect-src {ours}; form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def script() -> str:
    """Return the living form's script as it is served: without comments and indentation."""
    lines = (line.strip() for line in (PAGES / "form.js").read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def script_path() -> str:
    """Return the address of the script: another one for other content, so kept for ever."""
    return f"/site/form.{hashlib.sha256(script().encode('utf-8')).hexdigest()[:16]}.js"


@cache
def style() -> str:
    """Return the style sheet as it is inlined: its hash in the policy is of these very bytes."""
    style = (PAGES / "style.css").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)).strip()


def digest(text: str) -> str:
    """Return the hash of *text* as policies and `integrity` name it."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
