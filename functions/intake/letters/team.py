"""The team of a form, as letters reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from intake.letters.draft import mailbox

DEFAULT = "default"


def team_of(by_form: Mapping[str, Sequence[str]], form: str) -> Sequence[str]:
    """Return the addresses that the template names for *form*, or for all that it does not name."""
    return by_form.get(form) or by_form[DEFAULT]


def as_ses_takes(addresses: Sequence[str]) -> tuple[str, ...]:
    """
    Return each address once, as SES takes it.

    One that SES would not take stays as it is: the check before sending refuses it, and an
    operator must read about it, so nothing is dropped here.
    """
    return tuple(dict.fromkeys(mailbox(address) or address for address in addresses))
