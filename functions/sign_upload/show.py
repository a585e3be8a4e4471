"""The sender's own page: what is here, what is missing, and how to add it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake import http
from intake.errors import IntakeError
from intake.forms import Form
from intake.http import Reply, Request
from intake.inquiry import Case, Inquiry, is_senders_own
from intake.pages import assets, page
from intake.pages.reception import Reception
from intake.pages.record_types import said_types
from intake.words import Words
from sign_upload import changed
from sign_upload.admission import MAX_SINGLE_BYTES, Limits, need_of
from sign_upload.changed import Changing
from sign_upload.overview import may_come, overview, said_all
from sign_upload.slots import Slots
from sign_upload.wish import Wish
from sign_upload.wording import Wording

PATH = "/u/"


@dataclass(frozen=True)
class Link:
    """What stands in the address: which inquiry, and the secret that opens it."""

    inquiry: str
    secret: str

    @property
    def path(self) -> str:
        """The address of the page."""
        return f"{PATH}{self.inquiry}{self.secret}"


@dataclass(frozen=True)
class SenderPages:
    """Shows inquiries to their senders."""

    reception: Reception
    slots: Slots
    limits: Limits
    zone: ZoneInfo

    def show(
        self,
        request: Request,
        link: Link,
        case: Case,
        now: datetime,
        error: IntakeError | None = None,
        wanted: Wish | None = None,
    ) -> Reply:
        """
        Return the page, or JSON; with *error* the page says first what did not work.

        What was typed in what is *wanted* stands there still.
        """
        inquiry = case.inquiry
        form = self.reception.forms.get(inquiry.form)
        seen = overview(form, case, now, self.zone)
        if request.wants_json:
            room = {} if inquiry.withdrawn_at else {"upload": self._room(inquiry)}
            told = changed.body(inquiry, link.secret, now)
            return http.json_reply(200, {**seen.body(), **room, **told})
        words = self.reception.words(request, form, inquiry.locale)
        title = words.text("upload.title")
        address = self.address(request, link, inquiry)
        about = request.query.get("ask", "")
        secret = link.secret
        change = Changing(form, inquiry, words, secret, now, self.zone, wanted, error, about)
        if inquiry.withdrawn_at or (error is None and changed.asks(inquiry, secret, about)):
            return self._short(change, address)
        has_room = self.limits.files_left(inquiry) and self.limits.bytes_left(inquiry)
        slot = self.slots.form(form, case, f"{inquiry.base_url}{address}")
        shown = page.render(
            "upload.html",
            words,
            self.reception.clinic_name,
            title=words.text("page.error_title", title=title) if error else title,
            languages=page.other_languages(form, words),
            problem=change.told,
            seen=seen,
            # People put names and diagnoses into them, and a receipt may reach a stranger.
            with_names=is_senders_own(inquiry, link.secret),
            wording=Wording(words),
            zone=self.zone,
            here=address,
            sign=f"{link.path}/sign",
            kinds=_kinds(form, words) if has_room else (),
            # A record's own link: its kind is chosen already when people come to the files.
            add_to=lambda kind: f"{address}{'&' if '?' in address else '?'}kind={kind}#upload",
            chosen=request.query.get("kind"),
            slot=slot,
            types=said_types(words, need_of(form, slot.file.requirement)["types"]) if slot else "",
            may_come=may_come(case, seen),
            is_done=said_all(case),
            can_confirm=not is_senders_own(inquiry, link.secret),
            is_confirmed=bool(inquiry.confirmed_at),
            change=change,
            ask=lambda about: f"{address}{'&' if '?' in address else '?'}ask={about}",
        )
        status = error.status if error else 200
        return http.html_reply(status, shown, assets.policy(form, self.reception.uploads_origin))

    def _short(self, change: Changing, here: str) -> Reply:
        """Return the page that asks once more, or the one that is left after a withdrawal."""
        words, inquiry = change.words, change.inquiry
        about, error = change.about, change.error
        is_over = bool(inquiry.withdrawn_at)
        do, purpose = changed.what_to_do(about)
        shown = page.render(
            "withdrawn.html" if is_over else "ask.html",
            words,
            self.reception.clinic_name,
            title=words.text("upload.withdrawn.title" if is_over else "upload.ask.title"),
            languages=page.other_languages(change.form, words) if is_over else (),
            problem=words.refusal(error) if error else None,
            here=here,
            inquiry=inquiry,
            zone=self.zone,
            consent=change.asked(about),
            effect=changed.effect(about),
            has_phone=change.has_phone,
            do=do,
            purpose=purpose,
        )
        policy = assets.policy(change.form, self.reception.uploads_origin)
        return http.html_reply(error.status if error else 200, shown, policy)

    def address(self, request: Request, link: Link, inquiry: Inquiry) -> str:
        """Return the page's address, in the language that the reader chose over the form's."""
        form = self.reception.forms.get(inquiry.form)
        chosen = request.query.get("_language")
        is_other = chosen in form.locales and chosen != inquiry.locale
        return f"{link.path}?_language={chosen}" if is_other else link.path

    def _room(self, inquiry: Inquiry) -> Mapping[str, int]:
        return {
            "maxFileBytes": self.limits.max_file_bytes,
            "maxSingleBytes": MAX_SINGLE_BYTES,
            "filesLeft": self.limits.files_left(inquiry),
            "bytesLeft": self.limits.bytes_left(inquiry),
        }


def _kinds(form: Form, words: Words) -> tuple[tuple[str, str], ...]:
    """Return (kind, name) of what may be added, in the order of the form."""
    kinds: list[Any] = [need["kind"] for need in form.requirements]
    return tuple((kind, words.text(f"requirements.{kind}.name")) for kind in kinds)
