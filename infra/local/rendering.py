"""The local world's own pages: templates, one style sheet, one script, all named by their hash."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Response

_PAGES = Path(__file__).parent / "pages"


@cache
def _file(name: str) -> str:
    return (_PAGES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


@cache
def _policy() -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(_file('world.css'))}",
            f"script-src {_hash(_file('world.js'))}",
            "connect-src 'self'",
            "img-src data:",  # the empty icon, or browsers ask the pipeline for one
            "frame-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def page(name: str, **values: Any) -> Response:
    """Return the page *name* filled with *values*."""
    html = (
        _environment()
        .get_template(name)
        .render(
            # Our own files, and their hashes in the policy are those of the files as they are.
            css=Markup(_file("world.css")),  # noqa: S704
            js=Markup(_file("world.js")),  # noqa: S704
            **values,
        )
    )
    return Response(
        html,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _policy(), "Cache-Control": "no-store"},
    )
