"""Carry out what staff decide: check that they may, write it once, and have the rest done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from intake import owed
from intake.aws.casework import Note, a_note
from intake.aws.decisions import Decisions
from intake.aws.queues import CheckQueue, MailQueues
from intake.errors import AddressFailedError, CaseChangedError, NotFoundError, NotYourRoleError
from intake.forms import Form
from intake.inquiry import Case, Inquiry
from intake.service_date import answer_by
from open_case.access import Staff
from open_case.actions import (
    ANSWERED,
    LET_THROUGH,
    REJECT,
    RELEASE,
    REOPEN,
    ROLES,
    WAIVE,
    can_be_let_through,
    can_be_sent_again,
    can_be_unwaived,
    can_be_waived,
    goes_nowhere,
    is_asked_for,
    is_waived,
    possible,
    waits_for_decision,
)
from open_case.asked import Asked


@dataclass(frozen=True)
class Deciding:
    """Where decisions are written, and who carries them out."""

    decisions: Decisions
    mail: MailQueues
    checks: CheckQueue
    uploads: str  # name of the bucket
    zone: ZoneInfo

    def carry_out(
        self, form: Form, case: Case, staff: Staff, asked: Asked, now: datetime
    ) -> list[str]:
        """
        Do what was *asked*; return the errors of queues that were down: the sweep does the rest.

        Raises NotYourRoleError, NotFoundError, AddressFailedError and, where the case is not what
        was seen, CaseChangedError.
        """
        if not staff.may(ROLES[asked.action], form.name):
            raise NotYourRoleError
        if asked.revision != case.inquiry.revision:
            raise CaseChangedError
        note = a_note(
            now,
            staff.id,
            staff.name,
            asked.action,
            file=asked.file,
            letter=asked.letter,
            requirement=asked.requirement,
            why=asked.why,
        )
        if asked.file is not None:
            errors = self._file(case, asked, note)
        elif asked.letter is not None:
            errors = self._letter(case, asked, note)
        elif asked.requirement is not None:
            errors = self._requirement(form, case.inquiry, asked.requirement, note)
        elif asked.action not in possible(case.inquiry, staff):
            raise CaseChangedError
        else:
            errors = self._case(form, case, asked.action, note, now)
        return [error for error in errors if error]

    def _file(self, case: Case, asked: Asked, note: Note) -> list[str | None]:
        file = asked.file_of(case)
        is_possible = can_be_let_through if asked.action == LET_THROUGH else waits_for_decision
        if case.inquiry.withdrawn_at or not is_possible(file):
            raise CaseChangedError
        decision = "release" if asked.action == LET_THROUGH else "refuse"
        self.decisions.decide(case.inquiry, note, file, decision)
        return [self.checks.offer(self.uploads, file.key, file.version or "")]

    def _letter(self, case: Case, asked: Asked, note: Note) -> list[str | None]:
        letter = asked.letter_of(case)
        if goes_nowhere(case, letter):
            raise AddressFailedError
        if not can_be_sent_again(case, letter):
            raise CaseChangedError
        self.decisions.resend(case.inquiry, note, letter)
        return [self.mail.announce(letter.inquiry, letter.kind)]

    def _requirement(self, form: Form, inquiry: Inquiry, kind: str, note: Note) -> list[str | None]:
        if not (is_asked_for(form, kind) or is_waived(inquiry, kind)):
            raise NotFoundError
        waived = [each for each in inquiry.waived if each["kind"] != kind]
        if note.did == WAIVE:
            if not can_be_waived(form, inquiry, kind):
                raise CaseChangedError
            waived.append({"kind": kind, "why": note.why or "", "by": note.name, "at": note.at})
        elif not can_be_unwaived(inquiry, kind):
            raise CaseChangedError
        self.decisions.waive(inquiry, note, waived)
        return []

    def _case(
        self, form: Form, case: Case, action: str, note: Note, now: datetime
    ) -> list[str | None]:
        inquiry = case.inquiry
        if action == RELEASE:
            service = form.meta["service"]
            anew = replace(inquiry, answer_by=answer_by(now, service, self.zone))
            letters = owed.on_release(case, anew, service, self.zone, now)
            self.decisions.release(inquiry, note, anew.answer_by, letters)
            due = [letter for letter in letters if letter.due_at == now]
            return [self.mail.announce(letter.inquiry, letter.kind) for letter in due]
        if action == REJECT:
            self.decisions.reject(inquiry, note, case.files)
        else:
            write = {ANSWERED: self.decisions.answered, REOPEN: self.decisions.reopen}[action]
            write(inquiry, note)
        return []
