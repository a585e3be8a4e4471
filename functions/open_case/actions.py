"""What staff may do to a case: which role it takes, and when it makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.errors import MalformedError, NotFoundError, UnknownActionError
from intake.inquiry import Case, File, Inquiry, Letter
from intake.reading import strict_json
from open_case.access import COORDINATOR, DOCTOR, SUPERVISOR, Staff

RELEASE = "release"
REJECT = "reject"
ANSWERED = "answered"
REOPEN = "reopen"
LET_THROUGH = "let_through"
REFUSE = "refuse"
RESEND = "resend"

ROLES = {
    RELEASE: COORDINATOR,
    REJECT: COORDINATOR,
    ANSWERED: DOCTOR,
    REOPEN: DOCTOR,
    LET_THROUGH: SUPERVISOR,
    REFUSE: SUPERVISOR,
    RESEND: COORDINATOR,
}
# What an action names besides the case.
_NEEDS = {LET_THROUGH: "file", REFUSE: "file", RESEND: "letter"}
_MOST_BYTES = 1_000
_MOST_LETTER = 40


@dataclass(frozen=True)
class Asked:
    """What somebody asked for, and the revision of the case that they saw."""

    action: str
    revision: int
    file: int | None = None
    letter: str | None = None

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
    needs = _NEEDS.get(action)
    if set(given) != {"action", "revision", *([needs] if needs else [])}:
        raise UnknownActionError
    file, letter = given.get("file"), given.get("letter")
    if not _is_count(given["revision"]) or (needs == "file" and not _is_count(file)):
        raise UnknownActionError
    if needs == "letter" and not (isinstance(letter, str) and len(letter) <= _MOST_LETTER):
        raise UnknownActionError
    return Asked(action, given["revision"], file, letter)


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


def waits_for_decision(file: File) -> bool:
    """Tell whether a file is kept back until a person decides."""
    return file.state == "withheld" and not file.decision and bool(file.version)


def can_be_sent_again(letter: Letter) -> bool:
    """Tell whether a letter surely or probably never reached its reader, and nothing is tried."""
    failed = letter.gave_up_at or letter.bounced_at or letter.rejected_at or letter.undelivered_at
    return bool(failed and not letter.delivered_at and letter.due_at is None)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
