"""The team's letters: who gets which, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.forms import Forms
from intake.inquiry import (
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
    Inquiry,
    is_change,
    is_follow_up,
)
from intake.letters.draft import Draft, Link, Mail, NotWanted
from intake.letters.posting import Attempt, NotTakenError
from intake.words import Words
from notify_team.news import WITHOUT_FILES, comes_too_early, files_to_tell, not_wanted
from notify_team.readers import Readers
from notify_team.summary import not_secret
from notify_team.wording import Wording

_SUBJECTS = {
    TEAM_NEW: "mail.team.subject_new",
    TEAM_FALLBACK: "mail.team.subject_fallback",
    TEAM_REMINDER: "mail.team.subject_reminder",
    TEAM_ESCALATION: "mail.team.subject_escalation",
    TEAM_WITHDRAWN: "mail.team.subject_withdrawn",
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
            raise NotTakenError("earlier_letter_first")
        reason = not_wanted(case, kind)
        if reason:
            return NotWanted(reason)
        form = self.forms.get(case.inquiry.form)
        words = Words(form.locales[0], form.catalogues[form.locales[0]])
        files = files_to_tell(case, kind)
        zone = ZoneInfo(self.zone)
        today = attempt.now.astimezone(zone).date()
        said = Wording(form, case, files, words, zone, today)
        draft = Draft(
            subject=words.text(_subject(kind), reference=case.inquiry.reference),
            language=words.locale,
            direction=words.direction,
            banner=self._banner(words),
            lead=said.lead(kind),
            paragraphs=said.after_lead(attempt),
            link=_case_page(case.inquiry, words),
            facts=(
                *said.facts(),
                *(not_secret(form, case.inquiry.answers, words) if self.summary else ()),
            ),
            closing=(words.text("mail.team.no_details"),),
        )
        # That nobody looked is not what a follow-up would tell, so it does not replace one.
        told = () if kind in WITHOUT_FILES else tuple(file.n for file in files)
        heard = len(case.inquiry.changes)
        return Mail(self.readers.of(case.inquiry.form, kind), draft, told, heard)

    def _banner(self, words: Words) -> str:
        if self.environment == _PRODUCTION:
            return ""
        return words.text("mail.team.environment", environment=self.environment)


def _subject(kind: str) -> str:
    if is_change(kind):
        return "mail.team.subject_change"
    return "mail.team.subject_follow_up" if is_follow_up(kind) else _SUBJECTS[kind]


def _case_page(inquiry: Inquiry, words: Words) -> Link:
    """
    Return the one link. It opens a page without data, which asks who is there.

    The reference stands behind the #, so that no server's log has it.
    """
    return Link(words.text("mail.team.link"), f"{inquiry.base_url}/team/#{inquiry.reference}")
