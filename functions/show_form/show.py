"""One form, empty, in the reader's language."""

from __future__ import annotations

from intake import http
from intake.errors import InactiveFormError
from intake.http import Reply, Request
from intake.pages import assets, page
from intake.pages.reception import FORM_PATH, Reception
from intake.reference import new_id


def show(reception: Reception, request: Request) -> Reply:
    """
    Return the page of the form that the address names.

    `no-cache` and not `no-store`: after a wrong tap, "back" brings the form with what was typed,
    while a new visit still asks us, and gets an idempotency key of its own.
    """
    form = reception.forms.get(request.parameters["form"])
    if not form.meta["active"]:
        raise InactiveFormError
    shown = page.render_form(
        form,
        reception.words(request, form),
        clinic_name=reception.clinic_name,
        action=f"{FORM_PATH}{form.name}",
        idempotency_key=new_id(),
    )
    policy = assets.policy(form, reception.uploads_origin)
    return http.html_reply(
        200, shown, policy, Cache_Control="private, no-cache", Vary="Accept-Language"
    )
