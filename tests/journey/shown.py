"""
Every page and letter that somebody can be shown, drawn by the steps themselves.

A new form, language, refusal or state of the sender's page joins by itself, or by one line here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from io import StringIO
from typing import Any

import pytest

from intake import contract, errors
from intake.errors import IntakeError
from intake.forms import Form, Forms
from intake.http import Request
from intake.inquiry import FILES_UNUSABLE, RECEIPT, TEAM_NEW, WAIT_FOR_RECORDS, File
from intake.pages import page
from intake.pages.reception import Reception
from intake.words import Words
from show_site.embed import EmbedPage
from tests.handlers import ROOT
from tests.steps.clinic import NOW, a_letter, an_inquiry
from tests.steps.fast_clinic import FastClinic, fast_clinic
from tests.steps.fast_mailroom import fast_mailroom
from tests.steps.mailroom import message, owed
from tests.steps.sender import Sender, a_file

CLINIC = "Example Clinic"
FORMS = Forms(str(ROOT / "schemas"))
OFFERED = tuple(name for name in FORMS.names() if name in FORMS.offered())
# Every language that a form has; the shared words have those of all.
LOCALES = tuple(dict.fromkeys(each for name in OFFERED for each in FORMS.get(name).locales))
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Shown:
    """One page or letter, as it is sent."""

    name: str
    locale: str
    html: str

    def __str__(self) -> str:
        """Name it in the words of whoever looks for it."""
        return f"{self.name}, {self.locale}"


# ---- Forms ------------------------------------------------------------------------------------


@cache
def empty(name: str, locale: str) -> Shown:
    """Draw a form as it comes."""
    return Shown(name, locale, _form(FORMS.get(name), locale))


@cache
def refused(name: str, locale: str) -> Shown:
    """Draw a form in which every answer is wrong, with all groups there can be."""
    form = FORMS.get(name)
    answers = _wrong(_longest(form))
    problems = contract.find_problems(form, answers)
    assert problems
    html = _form(form, locale, values=answers, problems=problems)
    return Shown(f"{name}, all wrong", locale, html)


def _form(form: Form, locale: str, **given: Any) -> str:
    words = Words(locale, form.catalogues[locale])
    action = f"/f/{form.name}"
    return page.render_form(
        form, words, clinic_name=CLINIC, action=action, idempotency_key="k" * 22, **given
    )


def _longest(form: Form) -> Any:
    examples = (ROOT / "schemas/forms" / form.name / "examples/valid").glob("*.json")
    longest = max(examples, key=lambda path: path.stat().st_size)
    return json.loads(longest.read_text("utf-8"))["answers"]


def _wrong(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _wrong(inner) for name, inner in value.items()}
    return [_wrong(inner) for inner in value] if isinstance(value, list) else "?\u2028"


# ---- Messages ---------------------------------------------------------------------------------

_SAID: tuple[Callable[[], IntakeError], ...] = (
    errors.NotFoundError,
    errors.UnknownFormError,
    errors.InactiveFormError,
    lambda: errors.MethodNotAllowedError(allow="GET, POST"),
    errors.KeyReusedError,
    lambda: errors.AnswersTooLargeError(limit=262_144),
    lambda: errors.TooLargeError(limit=4_500_000),
    errors.TooManyPostsError,
    errors.UnavailableError,
)
_NOWHERE = (errors.NotFoundError, errors.UnknownFormError)


class _Closed(Forms):
    """The forms, each switched off."""

    def get(self, name: str) -> Form:
        form = super().get(name)
        return replace(form, meta={**form.meta, "active": False})


def messages(locale: str) -> Iterator[Shown]:
    """Draw the pages that say one thing, and the one for people who look after websites."""
    reception = Reception(FORMS, CLINIC)
    closed = Reception(_Closed(str(ROOT / "schemas")), CLINIC)
    for make in _SAID:
        error = make()
        name = "nothing" if isinstance(error, _NOWHERE) else OFFERED[0]
        asked = Request("GET", "", f"/f/{name}", {}, {"_language": locale}, {})
        desk = closed if isinstance(error, errors.InactiveFormError) else reception
        reply = desk.refuse(asked, error)
        yield Shown(f"{error.status} {error.key}", locale, reply["body"])
    lines = EmbedPage(reception, "https://intake.clinic.example", "https://uploads.example")
    asked = Request("GET", "", "/site/embed", {}, {"_language": locale}, {})
    yield Shown("lines to paste", locale, lines.reply(asked)["body"])


# ---- The sender's page ------------------------------------------------------------------------


def _told(verdict: str | None, **changes: Any) -> File:
    checked = {"checked_at": NOW, "verdict": verdict} if verdict else {}
    return a_file(**(checked | {"kind": "pdf"} | changes))


_FILES: dict[str, tuple[File, ...]] = {
    "nothing sent": (),
    "being checked": (_told(None), _told(None, n=1, requirement="radiology", record=1)),
    "late": (_told(None, arrived_at=NOW - timedelta(hours=3)),),
    "not arrived": (_told(None, arrived_at=None, version=None, upload_id="u"),),
    "all well": (_told("clean"), _told("clean", n=1, requirement="radiology", record=1)),
    "refused": (
        _told("refused", reason="word_document"),
        _told("refused", n=1, reason="harmful"),
        _told("withheld", n=2, reason="check_unfinished", requirement="radiology", record=1),
    ),
}


WORDY = {
    f"sender's page, {name}"
    for name in ("nothing sent", "being checked", "refused", "asks about withdraw", "withdrawn")
}


@contextmanager
def senders_pages() -> Iterator[Callable[[str], Iterator[Shown]]]:
    """Open a clinic with one inquiry; the pages of its link are drawn for each language."""
    with pytest.MonkeyPatch.context() as patch, fast_clinic(patch) as clinic:
        yield lambda locale: _senders(clinic, locale)


def _senders(clinic: FastClinic, locale: str) -> Iterator[Shown]:
    sender = Sender(clinic)
    ids = (letter * 26 for letter in "bcdefghjkmnpqrstuvwxyz")

    def laid(*files: File, **changes: Any) -> str:
        """Store an inquiry of its own; return the secret part of its link."""
        inquiry = an_inquiry(id=next(ids), locale=locale, **changes)
        letter = a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS, inquiry=inquiry.id)
        clinic.store(inquiry, letter, *(replace(file, inquiry=inquiry.id) for file in files))
        return inquiry.id + inquiry.upload_secret

    def look(name: str, token: str, query: str = "") -> Shown:
        reply = sender.look(token, query=f"_language={locale}{query}")
        return Shown(f"sender's page, {name}", locale, reply["body"])

    for name, files in _FILES.items():
        yield look(name, laid(*files))
    token = laid()
    assert sender.press(token, do="declare", requirement="blood")["statusCode"] == 303
    yield look("a place for one file", token)
    for about in ("withdraw", "health_data_review"):
        yield look(f"asks about {about}", token, f"&ask={about}")
    yield look("by the mailed link", token[:26] + "r" * 26)
    yield look("withdrawn", laid(withdrawn_at=NOW))
    yield look("expired", laid(tokens_expire_at=NOW - _MINUTE))
    yield look("nobody's", "a" * 52)


# ---- Letters ----------------------------------------------------------------------------------


def letters(locale: str) -> Iterator[Shown]:
    """Draw the HTML of each kind of letter; the team's has one language, the clinic's."""
    kinds = [("sender", RECEIPT), ("sender", FILES_UNUSABLE)]
    if locale == LOCALES[0]:
        kinds.append(("team", TEAM_NEW))
    for step, kind in kinds:
        with (
            pytest.MonkeyPatch.context() as patch,
            fast_mailroom(patch) as room,
            redirect_stdout(StringIO()),  # the steps' metrics
        ):
            refused_file = _told("refused", reason="word_document")
            room.store(owed(kind), files=(refused_file,), locale=locale, confirmed_at=NOW)
            assert room.run(step, message(kind)) == []
            (mail,) = room.sent
            body = mail["Content"]["Simple"]["Body"]["Html"]["Data"]
            yield Shown(f"letter {kind}", locale, body)
