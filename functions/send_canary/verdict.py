"""What became of a canary: how far it came, by what the table says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.inquiry import RECEIPT, TEAM_NEW, Case, File, Letter

# The links of the way, in the order in which they are looked at. The log names the first that
# is broken, and infra/ says what to do about each.
REFUSED = "post refused"
NO_ANSWER = "post not answered"
NOT_ACCEPTED = "not accepted"
NOT_CLEAN = "file not clean"
NOT_IN_RECORDS = "file not in records"
LETTER_NOT_SENT = "letter not sent"
LETTER_NOT_DELIVERED = "letter not delivered"
LETTER_LATE = "letter delivered late"
RECEIPT_NOT_SENT = "receipt not sent"
RECEIPT_NOT_DELIVERED = "receipt not delivered"
RECEIPT_LATE = "receipt delivered late"
NOT_READABLE = "table or bucket not readable"

# The longest that anybody was promised, and the next flight's time: whoever looks later than that
# must not call good what a punctual look would not have seen.
LONGEST_WAY = timedelta(minutes=15)
_LINKS_OF_LETTER = (LETTER_NOT_SENT, LETTER_NOT_DELIVERED, LETTER_LATE)
_LINKS_OF_RECEIPT = (RECEIPT_NOT_SENT, RECEIPT_NOT_DELIVERED, RECEIPT_LATE)


@dataclass(frozen=True)
class Verdict:
    """
    The first broken `link`, none if it arrived; then the `seconds` that its letter took.

    `reason` is what the table knows of a broken link, in names of ours and of AWS.
    """

    link: str | None
    reason: str = ""
    seconds: float | None = None


def judge(case: Case | None, *, in_records: bool) -> Verdict:
    """Follow the way of the one file and the two letters of *case*."""
    if case is None:
        return Verdict(NOT_ACCEPTED)
    team = case.letters.get(TEAM_NEW)
    broken = next(_broken(case, team, in_records=in_records), None)
    if broken:
        return broken
    if team is None or team.delivered_at is None:
        return Verdict(LETTER_NOT_SENT)
    took = team.delivered_at - case.inquiry.received_at
    return Verdict(None, seconds=max(0.0, took.total_seconds()))  # SES has a clock of its own


def _broken(case: Case, team: Letter | None, *, in_records: bool) -> Iterator[Verdict]:
    unclean = [file for file in case.files if file.state != "clean"]
    if unclean or not case.files:
        yield Verdict(NOT_CLEAN, _why_unclean(unclean[0]) if unclean else "no file")
    if not in_records:
        yield Verdict(NOT_IN_RECORDS)
    begun = case.inquiry.received_at
    yield from _undelivered(team, begun, *_LINKS_OF_LETTER)
    yield from _undelivered(case.letters.get(RECEIPT), begun, *_LINKS_OF_RECEIPT)


def _undelivered(
    letter: Letter | None, begun: datetime, not_sent: str, not_delivered: str, late: str
) -> Iterator[Verdict]:
    if letter is None or letter.sent_at is None:
        yield Verdict(not_sent, _why_unsent(letter))
    elif letter.bounced_at:
        yield Verdict(not_delivered, letter.reason or "")
    elif letter.delivered_at is None:
        # Its reason may be left from an attempt before the one that SES took.
        yield Verdict(not_delivered, "no report")
    elif letter.delivered_at - begun > LONGEST_WAY:
        took = letter.delivered_at - begun
        yield Verdict(late, f"{took.total_seconds():.0f} s")


def _why_unclean(file: File) -> str:
    return " ".join(filter(None, (file.state, file.reason, file.scan)))


def _why_unsent(letter: Letter | None) -> str:
    if letter is None:
        return "not owed"
    if letter.attempts == 0:
        return letter.reason or "no attempt"
    return letter.reason or "attempt without an outcome"
