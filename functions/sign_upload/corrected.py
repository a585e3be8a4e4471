"""What a sender typed as a correction, held to what the form itself would take."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from intake import changes, contract, rules
from intake.changes import EMAIL
from intake.errors import InvalidAnswersError, Problem
from intake.forms import Form
from intake.inquiry import Inquiry
from intake.letters.draft import mailbox
from intake.reading.dotted import ABSENT
from intake.reading.typed import scalar

_TEXT: Mapping[str, str] = {"type": "string", "x-widget": "textarea"}


def valid_address(form: Form, inquiry: Inquiry, typed: Any) -> str:
    """
    Return the address if the form's own definition takes it in the place of the one before.

    And if a letter can go there. The form takes some that none can go to rather than lose a
    patient; here that would end the link before, and there would be none after it.
    """
    answers: dict[str, Any] = copy.deepcopy(dict(inquiry.answers))
    *groups, last = EMAIL.split(".")
    place = answers
    for group in groups:
        place = place[group]
    place.pop(last, None)
    if typed is not ABSENT:
        place[last] = typed
    found = (*contract.find_problems(form, answers), *rules.unreadable_texts({EMAIL: typed}))
    # Other answers may break rules that came after them.
    problems = tuple(problem for problem in found if problem.field == EMAIL)
    if problems:
        raise InvalidAnswersError(problems[:1])
    if mailbox(str(typed)) is None:
        raise InvalidAnswersError((Problem(EMAIL, "format", "TYPE_EMAIL", "email"),))
    return str(typed)


def valid_text(typed: str) -> str:
    """Return a correction's text; what a form's `message` may hold, it may."""
    text = scalar(typed, _TEXT)
    if text is ABSENT:
        raise _refused("note", "REQUIRED_FIELD_EMPTY", "note_needed")
    if len(text) > changes.NOTE_LENGTH:
        raise _refused("maxLength", "TOO_LONG", "max_length", limit=changes.NOTE_LENGTH)
    problems = tuple(rules.unreadable_texts({"message": text}))
    if problems:
        raise InvalidAnswersError(problems)
    return str(text)


def _refused(rule: str, code: str, key: str, **params: int) -> InvalidAnswersError:
    return InvalidAnswersError((Problem("message", rule, code, key, params),))
