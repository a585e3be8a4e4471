"""The texts that a form asks consent to, as one card each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.formats import Formats
from intake.forms import Notice
from intake.pages.entries import Entries, Entry
from intake.pages.fields import Walk

_METHOD = "checkbox_unticked_default"


@dataclass(frozen=True)
class ConsentCard:
    """One published text with its box to tick."""

    path: str
    notice: Notice
    direction: str  # of the notice, which may be in another language than the page
    required: bool
    granted: bool
    errors: tuple[str, ...]
    fixed: Sequence[tuple[str, str]]  # hidden fields


def consent_cards(walk: Walk, answers: Mapping[str, Any]) -> tuple[ConsentCard, ...]:
    """Return a card per purpose that this form asks consent for, in a text that is published."""
    given = Entries(answers, "consents", "purpose")
    cards = []
    for asked in walk.form.meta["consents"]:
        notice = walk.form.notice(asked["purpose"], walk.words.locale)
        if notice is None:
            raise LookupError(f"no published text for consent {asked['purpose']}")
        cards.append(_card(walk, notice, given.claim(notice.purpose), asked["need"]))
    return tuple(cards)


def _card(walk: Walk, notice: Notice, consent: Entry, need: str) -> ConsentCard:
    told = {"purpose": notice.purpose, "notice_sha256": notice.sha256, "method": _METHOD}
    names = [consent.path, *(f"{consent.path}.{name}" for name in ("decision", *told))]
    walk.drawn.update(names)
    return ConsentCard(
        path=consent.path,
        notice=notice,
        direction=Formats(notice.locale).direction,
        required=need == "required",
        granted=_granted(consent, notice),
        errors=walk.notes.take(f"{consent.path}.decision", *names, key=f"{notice.purpose}_needed"),
        fixed=[(f"{consent.path}.{name}", value) for name, value in told.items()],
    )


def _granted(consent: Entry, notice: Notice) -> bool:
    """Tell whether to show the box ticked: a tick is for the very words it stood under."""
    given = consent.values
    return given.get("decision") == "granted" and given.get("notice_sha256") == notice.sha256
