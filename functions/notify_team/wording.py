"""What the team is told: everything that helps to decide what is next, nothing of the patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from intake import changes, doubts
from intake.changes import OWN
from intake.forms import Form
from intake.inquiry import (
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
    Case,
    File,
    is_change,
    is_follow_up,
)
from intake.letters.counts import records
from intake.letters.draft import Fact
from intake.letters.posting import Attempt
from intake.rules import get
from intake.standing import Completeness, completeness
from intake.words import Words

# What these say comes first; what the inquiry is about follows.
_LEADS = {
    TEAM_FALLBACK: "mail.team.lead_fallback",
    TEAM_REMINDER: "mail.team.lead_reminder",
    TEAM_ESCALATION: "mail.team.lead_escalation",
}


@dataclass(frozen=True)
class Wording:
    """One case, in words. Counts, times and our own names only."""

    form: Form
    case: Case
    files: tuple[File, ...]
    words: Words
    zone: ZoneInfo
    today: date  # there

    def lead(self, kind: str) -> str:
        """Return the first line, which answers everything that it can."""
        if kind == TEAM_WITHDRAWN:
            return self.words.text(f"mail.team.{self._end}", reference=self.case.inquiry.reference)
        if is_change(kind):
            changed = self._changed(kind)
            return self.words.text("mail.team.lead_change", changed=changed, due=self._answer)
        if kind not in _LEADS:
            return self._answers(kind)
        since = self.words.moment(self.case.inquiry.received_at, self.zone)
        return self.words.text(_LEADS[kind], since=since, reference=self.case.inquiry.reference)

    def after_lead(self, attempt: Attempt) -> tuple[str, ...]:
        """Return what the first line had no room for, and why it may look familiar."""
        letter = attempt.letter
        lines = [self._answers(letter.kind)] if letter.kind in _LEADS else []
        if letter.kind == TEAM_WITHDRAWN:
            lines.append(self.words.text("mail.team.withdrawn_stays"))
        if letter.kind == TEAM_NEW and self.case.inquiry.changes:
            changed = self._changed(letter.kind)
            lines.append(self.words.text("mail.team.changed_since", changed=changed))
        if letter.resent_at or attempt.repeat:
            why = self.words.text(f"mail.team.{'resent' if letter.resent_at else 'repeat'}")
            reference = self.case.inquiry.reference
            known = self.words.text("mail.team.dealt_with", reference=reference)
            lines.append(f"{why} {known}")
        return tuple(lines)

    def _answers(self, kind: str) -> str:
        """Return form, completeness, flags and service date in one line."""
        counts = self._counts
        key = "lead_follow_up" if is_follow_up(kind) else "lead_new"
        return self.words.text(
            f"mail.team.{key}" if counts.total else f"mail.team.{key}_no_records",
            form=self.words.text("form.title"),
            records=self._records,
            files=len(self._usable),
            flags=self._doubts,
            due=self._answer,
        )

    def _changed(self, kind: str) -> str:
        """Say how often what was changed, of all that no other letter told: never what it says."""
        told = Counter(change["what"] for change in changes.untold(self.case, kind))
        return self.words.listed(
            self.words.counted(f"mail.team.changed.{what}", count) for what, count in told.items()
        )

    @property
    def _end(self) -> str:
        """Which sentence says that it is withdrawn: by which link makes a difference."""
        last = self.case.inquiry.changes[-1:]
        return "lead_withdrawn" if last and last[0]["by"] == OWN else "lead_withdrawn_by_mail"

    @property
    def _answer(self) -> str:
        if self._answered:
            return self.words.text("mail.team.was_answered", at=self._answered)
        return self.words.text("mail.team.due", due=self._due)

    def facts(self) -> Iterator[Fact]:
        """Yield the rows of the table."""
        inquiry, counts = self.case.inquiry, self._counts
        received = self.words.moment(inquiry.received_at, self.zone)
        states = Counter(file.state for file in self.files)
        waiting = Counter(file.state for file in self.case.files if not file.abandoned_at)
        rows: tuple[tuple[str, str | int], ...] = (
            ("reference", inquiry.reference),
            ("form", self.words.text("form.title")),
            ("received", f"{received} ({self.words.zone_name(self.zone)})"),
            self._end_or_answer,
            ("interpreter", self._interpreter),
            ("completeness", self._records if counts.total else ""),
            ("files", self._files),
            ("files_uploading", waiting["announced"] or ""),
            ("files_waiting", waiting["arrived"] or ""),
            ("files_refused", states["refused"] or ""),
            ("files_withheld", states["withheld"] or ""),
            ("flags", self._doubts),
        )
        for key, value in rows:
            if value != "":
                yield Fact(self.words.text(f"mail.team.{key}"), str(value))

    @property
    def _end_or_answer(self) -> tuple[str, str]:
        if self.case.inquiry.withdrawn_at:
            return "withdrawn", self.words.moment(self.case.inquiry.withdrawn_at, self.zone)
        return ("answered", self._answered) if self._answered else ("answer_due", self._due)

    @cached_property
    def _counts(self) -> Completeness:
        return completeness(self.form, self.case, self.today)

    @cached_property
    def _doubts(self) -> int:
        return doubts.count(self.form, self.case, self.today)

    @property
    def _due(self) -> str:
        return self.words.moment(self.case.inquiry.answer_by, self.zone)

    @property
    def _answered(self) -> str:
        at = self.case.inquiry.answered_at
        return self.words.moment(at, self.zone) if at else ""

    @property
    def _usable(self) -> tuple[File, ...]:
        return tuple(file for file in self.files if file.state == "clean")

    @property
    def _records(self) -> str:
        return records(self.words, "team", self._counts)

    @property
    def _files(self) -> str:
        if not self._usable:
            return self.words.text("mail.team.files_none")
        size = self.words.size(sum(file.size or 0 for file in self._usable))
        return self.words.text("mail.team.files_value", count=len(self._usable), size=size)

    @property
    def _interpreter(self) -> str:
        answers = self.case.inquiry.answers
        language = get(answers, "contact.preferred_language")
        if language is None:
            return ""
        needed = get(answers, "contact.interpreter_needed")
        key = {True: "interpreter_needed", False: "interpreter_not_needed"}.get(
            needed, "interpreter_unknown"
        )
        return self.words.text(f"mail.team.{key}", language=self.words.language(language))
