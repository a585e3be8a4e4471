"""Write down one report, and owe the fallback letter if the team did not get theirs."""

from __future__ import annotations

from datetime import datetime

from intake.aws.ledger import Ledger
from intake.aws.queues import Queue
from intake.inquiry import RECEIPT, TEAM_FALLBACK, Letter
from track_delivery.report import Report

RECORDED = "delivery recorded"
UNKNOWN = "delivery of an unknown letter"
FALLBACK_OWED = "letter failed, fallback owed"
NOBODY_TOLD = "letter failed, nobody told"


def record(report: Report, now: datetime, ledger: Ledger, team: Queue) -> str:
    """
    Write what SES reported; return one of the constants above.

    Every write happens at most once, whatever the order of events and however often they come.
    Nothing hangs on whether *this* event was the first: a crash between the two writes must not
    lose the fallback.
    """
    if ledger.letter(report.inquiry, report.letter) is None:
        return UNKNOWN
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
    if not report.meaning.failed or report.letter == RECEIPT:
        return RECORDED
    if report.letter == TEAM_FALLBACK:
        return NOBODY_TOLD if first else RECORDED
    return FALLBACK_OWED if _owe_fallback(report.inquiry, now, ledger, team) else RECORDED


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
