"""The team's page: the same for everybody who asks, and empty until somebody signs in."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from string import Template
from typing import Any
from urllib.parse import urlsplit

from intake import http
from intake.http import Reply, Request
from intake.pages.reception import Reception
from intake.words import Words
from show_site import embed
from show_site.embed import EmbedPage
from show_site.site import Site


@dataclass(frozen=True)
class SignIn:
    """Who vouches for the team, and as what this page asks them."""

    issuer: str
    client_id: str
    scope: str
    token_origin: str


@dataclass(frozen=True)
class TeamPage:
    """Shows the page and its files, and changes nothing: mail scanners open every link."""

    reception: Reception
    site: Site
    zone: str
    sign_in: SignIn
    embed: EmbedPage

    def answer(self, request: Request) -> Reply:
        """Return the file that the address names, or the page where it names none."""
        if request.parameters.get("file") == embed.NAME:
            return http.compressed(request, self.embed.reply(request))
        if "file" in request.parameters:
            return http.compressed(request, self.site.file(request.parameters["file"]))
        words = self.reception.words(request)
        shown = Template(self.site.page).substitute(
            locale=words.locale,
            direction=words.direction,
            title=html.escape(f"{words.text('case_page.title')} · {self.reception.clinic_name}"),
            needs_script=html.escape(words.text("case_page.needs_script")),
            given=_for_a_script(self._given(words)),
        )
        reply = http.html_reply(200, shown, self.policy(), Vary="Accept-Language")
        return http.compressed(request, reply)

    def policy(self) -> str:
        """
        Return the Content-Security-Policy: our own files, and talk with us and the sign-in alone.

        Files are opened by a link, which no policy holds up, and the storage they come from
        sends them as downloads.
        """
        talks_with = dict.fromkeys(
            ("'self'", _origin(self.sign_in.issuer), self.sign_in.token_origin)
        )
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
            f"connect-src {' '.join(talks_with)}; "
            "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        )

    def _given(self, words: Words) -> dict[str, Any]:
        return {
            "clinic": self.reception.clinic_name,
            "clientId": self.sign_in.client_id,
            "issuer": self.sign_in.issuer,
            "locale": words.locale,
            "scope": self.sign_in.scope,
            "words": words.catalogue["case_page"],
            "zone": self.zone,
        }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _for_a_script(value: Any) -> str:
    """Return *value* as JSON that can't end the element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
