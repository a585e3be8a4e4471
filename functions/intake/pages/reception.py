"""What all pages of ours have in common: the reader's language, and how to say no."""

from __future__ import annotations

from dataclasses import dataclass

from intake import http, refusals
from intake.captcha import Widget
from intake.errors import IntakeError, UnknownFormError
from intake.forms import Form, Forms
from intake.http import Reply, Request
from intake.pages import assets, page
from intake.words import Words, choose_locale

FORM_PATH = "/f/"


@dataclass(frozen=True)
class Reception:
    """The forms, the clinic's name, and the origin to which browsers send files."""

    forms: Forms
    clinic_name: str
    uploads_origin: str = ""
    captcha: Widget | None = None

    def policy(self, form: Form) -> str:
        """Return the policy of a page of *form*: whom its script, frames and posts may reach."""
        others = self.captcha.vendor.origins if self.captcha else ""
        return assets.policy(form, self.uploads_origin, others)

    def words(self, request: Request, form: Form | None = None, wanted: str | None = None) -> Words:
        """Return the words of *form*, in the language *wanted* or else the best for the reader."""
        wanted = request.query.get("_language") or wanted
        accepted = request.headers.get("accept-language")
        if form is None:
            any_form = self.forms.get(self.forms.offered()[0])
            locale = choose_locale(any_form, wanted, accepted)
            return Words(locale, self.forms.shared_words(locale))
        locale = choose_locale(form, wanted, accepted)
        return Words(locale, form.catalogues[locale])

    def refuse(self, request: Request, error: IntakeError, wanted: str | None = None) -> Reply:
        """Say no as JSON or as a page, and on a page how to get back to the form."""
        form = self._form(request)
        words = self.words(request, form, wanted)
        headers = refusals.headers(error)
        if request.wants_json:
            # Only a form's path: another may hold a token, and bodies end up in logs.
            instance = f"{FORM_PATH}{form.name}" if form else ""
            return http.json_reply(error.status, refusals.body(error, words, instance), **headers)
        title, text = words.refusal(error)
        back = f"{FORM_PATH}{form.name}" if form and form.meta["active"] else None
        shown = page.render_message(
            words,
            clinic_name=self.clinic_name,
            title=title,
            text=text,
            back=back,
        )
        return http.html_reply(error.status, shown, assets.policy(), **headers)

    def _form(self, request: Request) -> Form | None:
        try:
            return self.forms.get(form_name(request) or "")
        except UnknownFormError:
            return None


def form_name(request: Request) -> str | None:
    """
    Return the name of the form that the address names, or None.

    Also of `//f/name` and `/f/name/`, which match no route: form clients whose endpoint ends with
    a slash, and people who copy addresses, send those.
    """
    if "form" in request.parameters:
        return request.parameters["form"]
    path = "/" + request.path.strip("/")
    name = path.removeprefix(FORM_PATH)
    return name if path.startswith(FORM_PATH) and name and "/" not in name else None
