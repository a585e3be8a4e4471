"""Who on the team reads which letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intake.inquiry import TEAM_FALLBACK
from intake.letters.draft import mailbox

DEFAULT = "default"


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
        if kind == TEAM_FALLBACK:
            addresses: Sequence[str] = [self.fallback]
        else:
            addresses = self.by_form.get(form) or self.by_form[DEFAULT]
        return tuple(mailbox(address) or address for address in addresses)
