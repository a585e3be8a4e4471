"""What staff may do to a case: which role it takes, and when it makes sense."""

from __future__ import annotations

from collections.abc import Iterable

from intake import clock, scanning
from intake.changes import stops_mail
from intake.forms import Form
from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPTS,
    SENDER_LETTERS,
    TEAM_FALLBACK,
    TEAM_WITHDRAWN,
    Case,
    File,
    Inquiry,
    Letter,
)
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
# What a form may ask to be waived: the rest may be missing anyway.
_ASKED_FOR = ("mandatory", "expected")


def possible(inquiry: Inquiry, staff: Staff) -> list[str]:
    """Return what this reader may do now with the case as a whole."""
    now = {
        RELEASE: inquiry.is_quarantined,
        REJECT: inquiry.is_quarantined,
        ANSWERED: _is_worked_on(inquiry) and not inquiry.answered_at,
        REOPEN: bool(inquiry.answered_at),
    }
    if inquiry.withdrawn_at:
        return []
    return [
        action
        for action, is_now in now.items()
        if is_now and staff.may(ROLES[action], inquiry.form)
    ]


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
    return is_open and not goes_nowhere(case, letter) and not _is_past(case.inquiry, letter)


def goes_nowhere(case: Case, letter: Letter) -> bool:
    """Tell whether a letter is for a sender whose address does not work."""
    return letter.kind in SENDER_LETTERS and case.inquiry.address_failed_at is not None


def _is_past(inquiry: Inquiry, letter: Letter) -> bool:
    """Tell whether its address was corrected, or the sender wants it or all no more."""
    if letter.kind in RECEIPTS and letter.kind != inquiry.receipt:
        return True
    if letter.kind == FILES_UNUSABLE and stops_mail(inquiry):
        return True
    return inquiry.withdrawn_at is not None and letter.kind not in {TEAM_WITHDRAWN, TEAM_FALLBACK}


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
    return not (inquiry.is_quarantined or inquiry.rejected_at or inquiry.withdrawn_at)
