"""A sender who thinks again: corrects the address, adds a word, takes something back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from intake.forms import Forms
from tests.faults.machine import Machine, Script
from tests.faults.people import CANARY, FORM, Patient
from tests.handlers import ROOT

_THINKS = timedelta(seconds=2)
CONTACT = "contact_about_inquiry"


@cache
def contact() -> Mapping[str, str]:
    """Return the consent to be written to, as this form asks for it."""
    notice = Forms(ROOT / "schemas").get(FORM).notice(CONTACT, "en")
    assert notice is not None
    return {"purpose": CONTACT, "decision": "granted", "notice_sha256": notice.sha256}


@dataclass
class Changing(Patient):
    """Does all of *does*, one after the other, each again until it is answered."""

    does: Sequence[str] = ()

    def form(self) -> dict[str, Any]:
        """Return the answers, with one consent that can be taken back alone."""
        answers = super().form()
        return answers | {"consents": [*answers["consents"], contact()]}

    def script(self, machine: Machine) -> Script:
        """Send the form, then change it."""
        yield from super().script(machine)
        if not self.link:
            return
        for what in self.does:
            yield _THINKS
            yield from self._asked(machine, "", self._asks(what))

    def _asks(self, what: str) -> Mapping[str, str]:
        if what == "correct":
            self.corrected.append(f"{CANARY.lower()}-{self.n}-right@patients.example")
            return {"do": "correct_address", "email": self.corrected[-1], "seen": "0"}
        return {
            "note": {"do": "add_note", "message": f"{CANARY} meant the other knee"},
            "consent": {
                "do": "take_back_consent",
                "purpose": CONTACT,
                "sure": "yes",
            },
            "withdraw": {"do": "withdraw", "sure": "yes"},
        }[what]
