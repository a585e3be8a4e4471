"""`GET /site/embed`: the lines with which another website shows a form, as they are today."""

from __future__ import annotations

from dataclasses import dataclass

from intake import http
from intake.http import Reply, Request
from intake.pages import assets, page
from intake.pages.reception import FORM_PATH, Reception
from intake.words import Words

NAME = "embed"
# The template's word for: the API's own address, until there is a domain.
_AUTO = "auto"


@dataclass(frozen=True)
class Lines:
    """What to paste for one form."""

    title: str
    code: str


@dataclass(frozen=True)
class EmbedPage:
    """For whoever looks after a website; holds nothing about anybody."""

    reception: Reception
    public_url: str
    uploads_origin: str
    captcha_origins: str = ""  # of its maker, where one is switched on

    def reply(self, request: Request) -> Reply:
        """Return the page, in the reader's language."""
        words = self.reception.words(request)
        api = f"https://{request.domain}" if self.public_url == _AUTO else self.public_url
        text = page.render(
            "embed.html",
            words,
            self.reception.clinic_name,
            title=words.text("embed.title"),
            forms=[self._lines(name, words, api) for name in self.reception.forms.offered()],
            policy=self._policy(api),
        )
        return http.html_reply(200, text, assets.policy(), Vary="Accept-Language")

    def _lines(self, name: str, words: Words, api: str) -> Lines:
        form = self.reception.forms.get(name)
        locale = words.locale if words.locale in form.locales else form.locales[0]
        title = Words(locale, form.catalogues[locale]).text("form.title")
        script = (
            f'<script type="module" src="{api}{assets.script_path()}"\n'
            f'  integrity="{assets.digest(assets.script())}" crossorigin></script>'
        )
        element = (
            f'<clinic-inquiry form="{name}" api="{api}">\n'
            f'  <a href="{api}{FORM_PATH}{name}">{title}</a>\n</clinic-inquiry>'
        )
        return Lines(title, f"{script}\n{element}")

    def _policy(self, api: str) -> str:
        """Return what a strict policy of that website has to allow."""
        more = f" {self.captcha_origins}" if self.captcha_origins else ""
        frames = f"frame-src{more}; " if more else ""
        return (
            f"script-src {api}{more}; style-src {api}{more}; "
            f"connect-src {api} {self.uploads_origin}{more}; {frames}form-action {api}"
        )
