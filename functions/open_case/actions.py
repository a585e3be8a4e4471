"""What staff may do to a case: which role it takes, and when it makes sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake import clock, scanning
from intake.errors import MalformedError, NotFoundError, UnknownActionError
from intake.forms import Form
from intake.inquiry import SENDER_LETTERS, Case, File, Inquiry, Letter
from intake.reading import strict_json
from open_case.access import COORDINATOR, DOCTOR, SUPERVISOR, Staff

RELEASE = "release"
REJECT = "reject"
ANSWERED = "answered"
REOPEN = "reopen"
LET_THROUGH = "let_through"
REFUSE = "refuse"
RESEND = "resend"
WAIVE = "waive"
UNWAIVE = "unwaive"

ROLES = {
    RELEASE: COORDINATOR,
    REJECT: COORDINATOR,
    ANSWERED: DOCTOR,
    REOPEN: DOCTOR,
    LET_THROUGH: SUPERVISOR,
    REFUSE: SUPERVISOR,
    RESEND: COORDINATOR,
    WAIVE: DOCTOR,
    UNWAIVE: DOCTOR,
}
# What an action names besides the case.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    LET_THROUGH: ("file",),
    REFUSE: ("file",),
    RESEND: ("letter",),
    WAIVE: ("requirement", "why"),
    UNWAIVE: ("requirement",),
}
# What a form may ask to be waived: the rest may be missing anyway.
_ASKED_FOR = ("mandatory", "expected")
_MOST_BYTES = 5_000  # a reason of which each character is written as an escape
_MOST_NAME = 40
MOST_WHY = 300
# Control characters, and what makes a line read backwards.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Asked:
    """What somebody asked for, and the revision of the case that they saw."""

    action: str
    revision: int
    file: int | None = None
    letter: str | None = None
    requirement: str | None = None
    why: str | None = None

    def file_of(self, case: Case) -> File:
        """Return the file that is meant, or raise NotFoundError."""
        return one_file(case, self.file)

    def letter_of(self, case: Case) -> Letter:
        """Return the letter that is meant, or raise NotFoundError."""
        letter = case.letters.get(self.letter or "")
        if letter is None:
            raise NotFoundError
        return letter


def read(body: bytes) -> Asked:
    """Read a body; raise MalformedError if it is no small JSON, UnknownActionError if it is odd."""
    given = read_object(body)
    action = given.get("action")
    if not isinstance(action, str) or action not in ROLES:
        raise UnknownActionError
    needs = _NEEDS.get(action, ())
    if set(given) != {"action", "revision", *needs} or not _is_count(given["revision"]):
        raise UnknownActionError
    if not all(_IS_MEANT[name](given[name]) for name in needs):
        raise UnknownActionError
    about = {name: given[name] for name in needs}
    if "why" in about:
        about["why"] = about["why"].strip()
    return Asked(action, given["revision"], **about)


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read a small JSON object, or raise MalformedError."""
    parsed = strict_json.loads(body) if len(body) <= _MOST_BYTES else None
    if not isinstance(parsed, dict):
        raise MalformedError
    return parsed


def possible(inquiry: Inquiry, staff: Staff) -> list[str]:
    """Return what this reader may do now with the case as a whole."""
    now = {
        RELEASE: inquiry.is_quarantined,
        REJECT: inquiry.is_quarantined,
        ANSWERED: not (inquiry.is_quarantined or inquiry.rejected_at or inquiry.answered_at),
        REOPEN: bool(inquiry.answered_at),
    }
    return [
        action
        for action, is_now in now.items()
        if is_now and staff.may(ROLES[action], inquiry.form)
    ]


def one_file(case: Case, n: int | None) -> File:
    """Return file number *n* of *case*, or raise NotFoundError."""
    found = next((file for file in case.files if file.n == n), None)
    if found is None:
        raise NotFoundError
    return found


def can_be_opened(file: File) -> bool:
    """Tell whether a file lies among the records, checked and clean."""
    return file.state == "clean" and bool(file.records_version)


def was_here(files: Iterable[File], moment: str) -> bool:
    """Tell whether one of *files* was checked and clean already at a *moment*, as it is stored."""
    return any(
        can_be_opened(file) and file.checked_at and clock.text(file.checked_at) <= moment
        for file in files
    )


def waits_for_decision(file: File) -> bool:
    """Tell whether a file is kept back until a person decides."""
    return file.state == "withheld" and not file.decision and bool(file.version)


def can_be_let_through(file: File) -> bool:
    """Tell whether a person may overrule our check of a file: never the malware scanner's."""
    return waits_for_decision(file) and scanning.lets_through(file)


def can_be_sent_again(case: Case, letter: Letter) -> bool:
    """Tell whether a letter surely or probably never reached its reader, and nothing is tried."""
    failed = letter.gave_up_at or letter.bounced_at or letter.rejected_at or letter.undelivered_at
    is_open = bool(failed and not letter.delivered_at and letter.due_at is None)
    return is_open and not goes_nowhere(case, letter)


def goes_nowhere(case: Case, letter: Letter) -> bool:
    """Tell whether a letter is for a sender whose address does not work."""
    return letter.kind in SENDER_LETTERS and case.inquiry.address_failed_at is not None


def can_be_waived(form: Form, inquiry: Inquiry, kind: str) -> bool:
    """Tell whether the team may decide now to do without a kind of record that *form* asks for."""
    return is_asked_for(form, kind) and _is_worked_on(inquiry) and not is_waived(inquiry, kind)


def can_be_unwaived(inquiry: Inquiry, kind: str) -> bool:
    """Tell whether the team may take that back, also for a kind that the form dropped since."""
    return _is_worked_on(inquiry) and is_waived(inquiry, kind)


def is_asked_for(form: Form, kind: str) -> bool:
    """Tell whether *form* needs or expects this kind of record."""
    return any(each["kind"] == kind and each["need"] in _ASKED_FOR for each in form.requirements)


def is_waived(inquiry: Inquiry, kind: str) -> bool:
    """Tell whether the team does without this kind of record."""
    return any(each["kind"] == kind for each in inquiry.waived)


def _is_worked_on(inquiry: Inquiry) -> bool:
    return not (inquiry.is_quarantined or inquiry.rejected_at)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MOST_NAME


def _is_why(value: Any) -> bool:
    """Tell whether *value* is one line that can be read, and says something."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= MOST_WHY:
        return False
    return not _UNREADABLE.search(value.strip())


_IS_MEANT: Mapping[str, Callable[[Any], bool]] = {
    "file": _is_count,
    "letter": _is_name,
    "requirement": _is_name,
    "why": _is_why,
}
