"""What became of a canary: how far it came, by what the table says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intake.inquiry import RECEIPT, TEAM_NEW, Case, Letter

# The links of the way, in the order in which they are looked at. The log names the first that
# is broken, and infra/ says what to do about each.
REFUSED = "post refused"
NO_ANSWER = "post not answered"
NOT_ACCEPTED = "not accepted"
NOT_CLEAN = "file not clean"
NOT_IN_RECORDS = "file not in records"
LETTER_NOT_SENT = "letter not sent"
LETTER_NOT_DELIVERED = "letter not delivered"
RECEIPT_NOT_SENT = "receipt not sent"
RECEIPT_NOT_DELIVERED = "receipt not delivered"
NOT_READABLE = "table or bucket not readable"


@dataclass(frozen=True)
class Verdict:
    """The first broken `link`, none if it arrived; then the `seconds` that its letter took."""

    link: str | None
    seconds: float | None = None


def judge(case: Case | None, *, in_records: bool) -> Verdict:
    """Follow the way of the one file and the two letters of *case*."""
    if case is None:
        return Verdict(NOT_ACCEPTED)
    team = case.letters.get(TEAM_NEW)
    link = next(_broken(case, team, in_records=in_records), None)
    if link or team is None or team.delivered_at is None:
        return Verdict(link or LETTER_NOT_SENT)
    took = team.delivered_at - case.inquiry.received_at
    return Verdict(None, max(0.0, took.total_seconds()))  # SES has a clock of its own


def _broken(case: Case, team: Letter | None, *, in_records: bool) -> Iterator[str]:
    if not case.files or any(file.state != "clean" for file in case.files):
        yield NOT_CLEAN
    if not in_records:
        yield NOT_IN_RECORDS
    yield from _undelivered(team, LETTER_NOT_SENT, LETTER_NOT_DELIVERED)
    yield from _undelivered(case.letters.get(RECEIPT), RECEIPT_NOT_SENT, RECEIPT_NOT_DELIVERED)


def _undelivered(letter: Letter | None, not_sent: str, not_delivered: str) -> Iterator[str]:
    if letter is None or letter.sent_at is None:
        yield not_sent
    elif letter.delivered_at is None or letter.bounced_at:
        yield not_delivered
