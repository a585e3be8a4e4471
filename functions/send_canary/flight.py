"""One flight: judge the canary before, then send the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake import reference
from intake.aws.canaries import Flight, Flights
from intake.errors import UnavailableError
from send_canary.post import Door, RefusedError
from send_canary.verdict import NO_ANSWER, NOT_READABLE, REFUSED, Verdict, judge

# A letter is there within five minutes, or late; the scanner takes a minute of them. The schedule
# leaves a quarter of an hour, so only a second call in a row finds one that is too young.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Outcome:
    """
    What a flight found. `arrived` is None where it is too early to say.

    `inquiry` is the one that was judged, none where there was none before; `sent` is the new one.
    `link` is the first broken one, `reason` what is known of it: a status, a type, AWS's names.
    """

    arrived: bool | None
    link: str = ""
    inquiry: str = ""
    sent: str = ""
    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Aviary:
    """Where canaries are sent, and where their traces are."""

    flights: Flights
    door: Door

    def fly(self, clock: Callable[[], datetime]) -> Outcome:
        """
        Judge the canary before and send the next; each counts once.

        Without one before, at the very first flight and after a refused post, the accepted post
        is all that can be said, and it is good news.
        """
        try:
            before = self.flights.last()
            verdict = self._judged(before)
            now = clock()
            if before and verdict.link and now - before.sent_at < PATIENCE:
                return Outcome(None, inquiry=before.inquiry or "")
            sent, refusal = self._send(now)
        except UnavailableError as error:
            return Outcome(arrived=False, link=NOT_READABLE, reason=error.reason)
        inquiry = (before and before.inquiry) or ""
        if verdict.link:
            link, reason = verdict.link, verdict.reason
            return Outcome(arrived=False, link=link, inquiry=inquiry, sent=sent, reason=reason)
        if refusal:
            return Outcome(arrived=False, link=REFUSED, reason=refusal)
        return Outcome(arrived=True, inquiry=inquiry, sent=sent, seconds=verdict.seconds)

    def _judged(self, before: Flight | None) -> Verdict:
        if before is None or before.refused:
            return Verdict(None)
        if before.inquiry is None:
            return Verdict(NO_ANSWER)
        case = self.flights.case(before.inquiry)
        files = case.files if case else ()
        return judge(case, in_records=bool(files) and all(map(self.flights.is_in_records, files)))

    def _send(self, now: datetime) -> tuple[str, str]:
        """Post the next one, remembered before it leaves; return its id, or why it was refused."""
        flight = Flight(now)
        self.flights.keep(flight)
        try:
            inquiry = self.door.post(reference.new_id())
        except RefusedError as error:
            self.flights.keep(Flight(now, refused=True))
            return "", error.reason
        self.flights.keep(Flight(now, inquiry))
        return inquiry, ""
