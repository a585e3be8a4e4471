"""Write down one report, and owe the fallback letter if the team did not get theirs."""

from __future__ import annotations

from datetime import datetime

from intake.aws.ledger import Ledger
from intake.aws.queues import Queue
from intake.inquiry import SENDER_LETTERS, TEAM_FALLBACK, TEAM_NEW, Letter, is_follow_up
from track_delivery.report import Report

RECORDED = "delivery recorded"
UNKNOWN = "delivery of an unknown letter"
EARLIER = "delivery of a letter that was sent again since"
FALLBACK_OWED = "letter failed, fallback owed"
NOBODY_TOLD = "letter failed, nobody told"


def record(report: Report, now: datetime, ledger: Ledger, team: Queue) -> str:
    """
    Write what SES reported; return one of the constants above.

    Every write happens at most once, whatever the order of events and however often they come.
    Nothing hangs on whether *this* event was the first: a crash between the two writes must not
    lose the fallback.
    """
    letter = ledger.letter(report.inquiry, report.letter)
    if letter is None:
        return UNKNOWN
    if _is_of_an_earlier_mail(report, letter):
        return EARLIER
    if report.is_send:
        ledger.send_reported(report.inquiry, report.letter, report.message_id, report.at)
        return RECORDED
    first = ledger.finish(
        report.inquiry,
        report.letter,
        report.meaning.stamp,
        report.at,
        reason=report.reason,
        final=report.meaning.final,
    )
    if not report.meaning.failed or report.letter in SENDER_LETTERS:
        return RECORDED
    if _tells_of_records(report.letter) and _owe_fallback(report.inquiry, now, ledger, team):
        return FALLBACK_OWED
    # The fallback letter itself, or one that comes after it; what is unopened is told once more
    # by its escalation. Nobody else is written to, so the alarm has to do.
    return NOBODY_TOLD if first else RECORDED


def _tells_of_records(kind: str) -> bool:
    return kind == TEAM_NEW or is_follow_up(kind)


def _is_of_an_earlier_mail(report: Report, letter: Letter) -> bool:
    """
    Tell whether SES speaks of a mail from before a person had the letter sent again.

    That one's bounce would take the new one off the clock before it is sent.
    """
    if letter.resent_at is None:
        return False
    if letter.message_id:
        return report.message_id != letter.message_id
    # Events come with whole seconds.
    return letter.claimed_at is None or report.at < letter.resent_at.replace(microsecond=0)


def _owe_fallback(inquiry: str, now: datetime, ledger: Ledger, team: Queue) -> bool:
    """
    Owe it and push it; False if it is owed already (by another letter or event).

    A queue that is down loses nothing, since the letter is due: so it fails nothing here, and the
    alarm rings all the same.
    """
    if not ledger.owe(Letter(inquiry, TEAM_FALLBACK, due_at=now, owed_at=now)):
        return False
    team.offer({"inquiry": inquiry, "letter": TEAM_FALLBACK})
    return True
