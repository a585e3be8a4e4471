"""What the team is told: everything that helps to decide what is next, nothing of the patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.completeness import Completeness, completeness
from intake.forms import Form, Forms
from intake.inquiry import TEAM_FALLBACK, TEAM_FOLLOW_UP, TEAM_NEW, Case, File
from intake.letters.draft import Draft, Fact, Mail, NotWanted
from intake.letters.posting import Attempt, NotTakenError
from intake.rules import get
from intake.words import Words
from notify_team.news import comes_too_early, files_to_tell
from notify_team.readers import Readers
from notify_team.summary import not_secret

_SUBJECTS = {
    TEAM_NEW: "mail.team.subject_new",
    TEAM_FOLLOW_UP: "mail.team.subject_follow_up",
    TEAM_FALLBACK: "mail.team.subject_fallback",
}
_PRODUCTION = "production"


@dataclass(frozen=True)
class TeamLetters:
    """Composes the team's letters as this clinic wants them."""

    forms: Forms
    readers: Readers
    zone: str
    summary: bool
    environment: str

    def compose(self, attempt: Attempt) -> Mail | NotWanted:
        """Return the mail, or say that there is nothing new. Raises NotTakenError if too early."""
        case, kind = attempt.case, attempt.letter.kind
        if comes_too_early(case, kind):
            raise NotTakenError("new_letter_first")
        files = files_to_tell(case, kind)
        if kind == TEAM_FOLLOW_UP and not files:
            return NotWanted("nothing_new")
        form = self.forms.get(case.inquiry.form)
        words = Words(form.locales[0], form.catalogues[form.locales[0]])
        page = _Page(form, case, files, words, ZoneInfo(self.zone))
        opening = [page.answer_line(kind)]
        if attempt.repeat:
            opening.append(words.text("mail.team.repeat"))
        draft = Draft(
            subject=words.text(_SUBJECTS[kind], reference=case.inquiry.reference),
            language=words.locale,
            direction=words.direction,
            banner=self._banner(words),
            lead=page.lead(kind),
            paragraphs=tuple(line for line in opening if line),
            facts=(
                *page.facts(),
                *(not_secret(form, case.inquiry.answers, words) if self.summary else ()),
            ),
            closing=(words.text("mail.team.no_details"),),
        )
        recipients = self.readers.of(case.inquiry.form, kind)
        return Mail(recipients, draft, tuple(file.n for file in files))

    def _banner(self, words: Words) -> str:
        if self.environment == _PRODUCTION:
            return ""
        return words.text("mail.team.environment", environment=self.environment)


@dataclass(frozen=True)
class _Page:
    """One case, in words. Counts, times and our own names only."""

    form: Form
    case: Case
    files: tuple[File, ...]
    words: Words
    zone: ZoneInfo

    def lead(self, kind: str) -> str:
        """Return the first line, which answers everything that it can."""
        if kind == TEAM_FALLBACK:
            return self.words.text("mail.team.lead_fallback")
        return self.answers(kind)

    def answer_line(self, kind: str) -> str:
        """Return what the first line of a fallback letter had no room for."""
        return self.answers(TEAM_NEW) if kind == TEAM_FALLBACK else ""

    def answers(self, kind: str) -> str:
        """Return form, completeness, flags and service date in one line."""
        counts = self._counts
        if kind == TEAM_FOLLOW_UP:
            key = "mail.team.lead_follow_up"
        elif counts.total:
            key = "mail.team.lead_new"
        else:
            key = "mail.team.lead_new_no_records"
        return self.words.text(
            key,
            form=self.words.text("form.title"),
            have=counts.received,
            total=counts.total,
            promised=counts.promised,
            files=len(self._usable),
            flags=len(self.case.inquiry.flags),
            due=self._due,
        )

    def facts(self) -> Iterator[Fact]:
        """Yield the rows of the table."""
        inquiry, counts = self.case.inquiry, self._counts
        received = self.words.moment(inquiry.received_at, self.zone)
        states = Counter(file.state for file in self.files)
        waiting = sum(file.state == "arrived" for file in self.case.files)
        rows: tuple[tuple[str, str | int], ...] = (
            ("reference", inquiry.reference),
            ("form", self.words.text("form.title")),
            ("received", f"{received} ({self.words.zone_name(self.zone)})"),
            ("answer_due", self._due),
            ("interpreter", self._interpreter),
            ("completeness", self._completeness if counts.total else ""),
            ("promised", counts.promised or ""),
            ("files", self._files),
            ("files_waiting", waiting or ""),
            ("files_refused", states["refused"] or ""),
            ("files_withheld", states["withheld"] or ""),
            ("flags", len(inquiry.flags)),
        )
        for key, value in rows:
            if value != "":
                yield Fact(self.words.text(f"mail.team.{key}"), str(value))

    @property
    def _counts(self) -> Completeness:
        return completeness(self.form, self.case)

    @property
    def _due(self) -> str:
        return self.words.moment(self.case.inquiry.answer_by, self.zone)

    @property
    def _usable(self) -> tuple[File, ...]:
        return tuple(file for file in self.files if file.state == "clean")

    @property
    def _completeness(self) -> str:
        counts = self._counts
        return self.words.text(
            "mail.team.completeness_value", have=counts.received, total=counts.total
        )

    @property
    def _files(self) -> str:
        if not self._usable:
            return self.words.text("mail.team.files_none")
        size = self.words.size(sum(file.size for file in self._usable))
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
