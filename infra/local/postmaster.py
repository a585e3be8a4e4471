"""What SES does with a letter after it took it: says so, delivers it, or says why not."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from infra.local.clock import Agenda, Clock
from infra.local.journal import Journal
from infra.local.mailbox import Letter
from infra.local.ses_events import Said, fate

DELIVERY_TAKES = timedelta(milliseconds=500)


class Postmaster:
    """Turns letters into SES events, as their configuration set asks for."""

    def __init__(
        self,
        wanted: Mapping[str, set[str]],
        publish: Callable[[dict[str, Any]], None],
        agenda: Agenda,
        journal: Journal,
    ) -> None:
        """*wanted*: which events each configuration set reports, in lower case."""
        self._wanted, self._publish = wanted, publish
        self._agenda, self._journal = agenda, journal

    def took(self, letter: Letter, region: str) -> None:
        """Say Send at once and what becomes of the letter a moment later, for each address."""
        people = [address for kind in ("To", "Cc", "Bcc") for address in letter.addresses(kind)]
        self._journal.happened("letter", "SES", "inbox", letter.subject)
        self._say(Said("Send", letter, people[0]), region)
        for address in people:
            when = Clock.now()
            for kind in fate(address):
                when += DELIVERY_TAKES
                self._later(when - Clock.now(), Said(kind, letter, address), region)

    def _later(self, delay: timedelta, said: Said, region: str) -> None:
        self._agenda.at(Clock.now() + delay, f"Email {said.kind}", lambda: self._say(said, region))

    def _say(self, said: Said, region: str) -> None:
        said.letter.events.append((Clock.now(), said.kind))
        if said.kind.replace(" ", "").lower() in self._wanted.get(said.configuration_set, set()):
            self._publish(said.as_event(region))
