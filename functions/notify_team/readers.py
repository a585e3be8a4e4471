"""Who on the team reads which letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intake import canary
from intake.inquiry import TEAM_ESCALATION, TEAM_FALLBACK
from intake.letters.draft import mailbox
from intake.letters.team import as_ses_takes, team_of

_MOST = 50  # SES's own limit for one mail


@dataclass(frozen=True)
class Readers:
    """The template's recipients by form, and the one for letters that could not be delivered."""

    by_form: Mapping[str, Sequence[str]]
    fallback: str

    def of(self, form: str, kind: str) -> tuple[str, ...]:
        """
        Return who gets a letter of this *kind*, each address as SES takes it.

        An address that SES would not take stays as it is: the check before sending refuses it,
        and an operator must read about it, so nothing is dropped here.
        """
        if form == canary.FORM:
            return (canary.MAILBOX,)
        team = team_of(self.by_form, form)
        if kind == TEAM_FALLBACK:
            return as_ses_takes([self.fallback])
        if kind == TEAM_ESCALATION:
            # The team did not act on two letters, so somebody else must hear. The team reads it
            # too: it is still the one to act, and sees in the mail who was asked. What may be
            # wrong with the team's addresses has rung before, and must not stop this one.
            usable = [address for address in team if mailbox(address)]
            return as_ses_takes([self.fallback, *usable])[:_MOST]
        return as_ses_takes(team)
