"""One form, empty, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from intake import clock, http
from intake.bots import TimeTrap
from intake.errors import InactiveFormError
from intake.http import Reply, Request
from intake.pages import fetched, page
from intake.pages.reception import FORM_PATH, Reception
from intake.reference import new_id


@dataclass(frozen=True)
class Window:
    """Where forms are handed out; each carries the time of that."""

    reception: Reception
    trap: TimeTrap

    def show(self, request: Request) -> Reply:
        """
        Return the page of the form that the address names.

        `no-cache` and not `no-store`: after a wrong tap, "back" brings the form with what was
        typed, while a new visit still asks us, and gets an idempotency key of its own.
        """
        form = self.reception.forms.get(request.parameters["form"])
        if not form.meta["active"]:
            raise InactiveFormError
        shown = page.render_form(
            form,
            self.reception.words(request, form),
            clinic_name=self.reception.clinic_name,
            action=f"{FORM_PATH}{form.name}",
            idempotency_key=new_id(),
            started=self.trap.set(form.name, clock.now()),
            captcha=self.reception.captcha,
        )
        named = {
            "Cache_Control": "private, no-cache",
            "Vary": f"Accept-Language, {fetched.VARIES}",
        }
        shown = fetched.for_whom(request, shown)
        reply = http.html_reply(200, shown, self.reception.policy(form), **named)
        return http.compressed(request, reply)
