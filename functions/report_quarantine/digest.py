"""One mail for each form and day: how many wait, since when, and where to look. Counts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.aws.mail import Postbox
from intake.aws.quarantine import Quarantine, Waiting
from intake.forms import Form, Forms
from intake.letters.draft import Draft, Link, Mail
from intake.letters.posting import NotTakenError, OutcomeUnknownError
from intake.letters.team import as_ses_takes, team_of
from intake.words import Words

# What SES tells of these mails names no inquiry, so that nothing is written down of them.
_TAGS = {"inquiry": "quarantine", "letter": "digest"}
_PRODUCTION = "production"

NOTHING_WAITS = "nothing waits"
TOLD_BEFORE = "told before"
TOLD = "told"


@dataclass(frozen=True)
class Digest:
    """Tells teams what waits for them."""

    forms: Forms
    quarantine: Quarantine
    postbox: Postbox
    recipients: Mapping[str, Sequence[str]]
    zone: ZoneInfo
    team_page: str
    environment: str

    def tell(self, form: str, now: datetime) -> tuple[str, int]:
        """
        Tell the team of *form*, once a day; return what came of it and how many wait.

        The claim comes first: a run that dies after it told them does so never again that day, and
        tomorrow's says the same. Raises NotTakenError; surely not sent, the next run may.
        """
        waiting = self.quarantine.waiting(form)
        if not waiting.count:
            return NOTHING_WAITS, 0
        day = now.astimezone(self.zone).date()
        if not self.quarantine.claim(form, day, now):
            return TOLD_BEFORE, waiting.count
        mail = Mail(
            as_ses_takes(team_of(self.recipients, form)),
            self._draft(self.forms.get(form), waiting),
        )
        try:
            self.postbox.send(mail, _TAGS)
        except OutcomeUnknownError:
            raise
        except NotTakenError:
            self.quarantine.give_back(form, day, now)
            raise
        return TOLD, waiting.count

    def _draft(self, form: Form, waiting: Waiting) -> Draft:
        words = Words(form.locales[0], form.catalogues[form.locales[0]])
        since = words.moment(waiting.since, self.zone) if waiting.since else ""
        title = words.text("form.title")
        return Draft(
            subject=words.text("mail.digest.subject"),
            language=words.locale,
            direction=words.direction,
            banner=self._banner(words),
            lead=words.counted("mail.digest.lead", waiting.count, form=title),
            paragraphs=(
                words.text("mail.digest.since", since=since),
                words.text("mail.digest.what"),
            ),
            link=Link(words.text("mail.digest.link"), self.team_page),
            closing=(words.text("mail.digest.daily"),),
        )

    def _banner(self, words: Words) -> str:
        if self.environment == _PRODUCTION:
            return ""
        return words.text("mail.team.environment", environment=self.environment)
