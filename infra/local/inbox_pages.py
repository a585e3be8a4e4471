"""The inbox: what SES was given, both parts and all headers."""

import re

from markupsafe import Markup, escape
from werkzeug.wrappers import Request, Response

from infra.local import rendering
from infra.local.mailbox import Letter
from infra.local.world import World

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
# A letter is shown as a mail program would show it: no script, nothing fetched, links open apart.
_LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'self'; frame-ancestors 'self'"
)


def answer(request: Request, world: World) -> Response:
    """Answer one request for the list, a letter, its HTML part or its source."""
    if request.method not in {"GET", "HEAD"}:
        return Response("GET only", 405, headers={"Allow": "GET, HEAD"})
    parts = request.path.strip("/").split("/")[1:]
    if not parts:
        return rendering.page("inbox.html", letters=world.mailbox.letters())
    letter = world.mailbox.find(parts[0])
    if letter is None:
        return Response("no such letter", 404)
    letter.was_read = True
    view = _VIEWS.get("/".join(parts[1:]))
    return view(letter) if view else Response("no such part", 404)


def _both_parts(letter: Letter) -> Response:
    return rendering.page("letter.html", letter=letter, text=with_links(letter.part("Text")))


def _html_part(letter: Letter) -> Response:
    return Response(
        '<base target="_blank">' + letter.part("Html"),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _LETTER_POLICY, "Referrer-Policy": "no-referrer"},
    )


def _source(letter: Letter) -> Response:
    return Response(
        letter.source,
        content_type="message/rfc822",
        headers={"Content-Disposition": f"attachment; filename={letter.id}.eml"},
    )


_VIEWS = {"": _both_parts, "html": _html_part, "source": _source}


def with_links(text: str) -> Markup:
    """Return *text* escaped, its addresses as links, as mail programs show it."""
    done, html = 0, Markup()
    for match in _LINK.finditer(text):
        html += escape(text[done : match.start()])
        link = escape(match[0])
        html += Markup('<a href="{}" rel="noreferrer">{}</a>').format(link, link)
        done = match.end()
    return html + escape(text[done:])
