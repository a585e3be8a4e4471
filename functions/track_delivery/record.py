"""Write down one report, and owe the fallback letter if the team did not get theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from intake.aws.addresses import Addresses
from intake.aws.ledger import Ledger
from intake.aws.queues import Queue
from intake.inquiry import SENDER_LETTERS, TEAM_FALLBACK, Letter, has_fallback
from track_delivery.report import Report

KNOWN = "report of what was known"
UNKNOWN = "delivery of an unknown letter"
EARLIER = "delivery of a letter that was sent again since"
FALLBACK_OWED = "letter failed, fallback owed"
NOBODY_TOLD = "letter failed, nobody told"


@dataclass(frozen=True)
class Recorder:
    """Where reports are written, and `ring`, which has the alarm hear of one more failure."""

    ledger: Ledger
    addresses: Addresses
    team: Queue
    ring: Callable[[], None]

    def record(self, report: Report, now: datetime) -> str:
        """
        Write what SES reported; return the words of its meaning, or one of the constants above.

        Every write happens at most once, whatever the order of events and however often they
        come. The stamp comes last: until it is written the rest is done again, so that a crash in
        between loses neither the fallback nor the alarm.
        """
        letter = self.ledger.letter(report.inquiry, report.letter)
        if letter is None:
            return UNKNOWN
        how = report.meaning.address
        if how and letter.kind in SENDER_LETTERS:
            # An earlier mail of the same kind went to the same address.
            self.addresses.failed(letter, how, report.at)
        if _is_of_an_earlier_mail(report, letter):
            return EARLIER
        if report.is_send or (report.meaning.taken and letter.sent_at is None):
            # Whatever SES tells of a letter that it took ends the right to send it again.
            self.ledger.send_reported(letter, report.message_id, report.at)
        if report.is_send:
            return report.meaning.words
        loud = self._tell(report, letter, now)
        first = self.ledger.finish(
            report.inquiry,
            report.letter,
            report.meaning.stamp,
            report.at,
            reason=report.reason if report.meaning.failed else None,
            final=report.meaning.final,
            of=letter,
        )
        return loud or (report.meaning.words if first else KNOWN)

    def _tell(self, report: Report, letter: Letter, now: datetime) -> str | None:
        """Have somebody hear of a letter that the team does not have; say who does, if anybody."""
        known = getattr(letter, report.meaning.stamp) is not None
        if known or not report.meaning.failed or letter.kind in SENDER_LETTERS:
            return None
        self.ring()
        if has_fallback(letter.kind) and self._owe_fallback(letter.inquiry, now):
            return FALLBACK_OWED
        # The fallback letter itself, or one that comes after it; what is unopened is told once
        # more by its escalation. Nobody else is written to, so the alarm has to do.
        return NOBODY_TOLD

    def _owe_fallback(self, inquiry: str, now: datetime) -> bool:
        """
        Owe it and push it; False if it is owed already (by another letter or event).

        A queue that is down loses nothing, since the letter is due: so it fails nothing here.
        """
        if not self.ledger.owe(Letter(inquiry, TEAM_FALLBACK, due_at=now, owed_at=now)):
            return False
        self.team.offer({"inquiry": inquiry, "letter": TEAM_FALLBACK})
        return True


def _is_of_an_earlier_mail(report: Report, letter: Letter) -> bool:
    """
    Tell whether SES speaks of a mail from before a person had the letter sent again.

    That one's bounce would take the new one off the clock before it is sent.
    """
    if report.message_id in letter.earlier:
        return True
    if letter.resent_at is None:
        return False
    if letter.message_id:
        return report.message_id != letter.message_id
    # Events come with whole seconds.
    return letter.claimed_at is None or report.at < letter.resent_at.replace(microsecond=0)
