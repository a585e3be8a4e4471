"""One attempt at one letter: claim it, write it, hand it over, record what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.inquiry import (
    LONGEST_WAIT,
    SENDER_LETTERS,
    TEAM_FALLBACK,
    Case,
    Letter,
    has_fallback,
)
from intake.letters.draft import Mail, NotWanted
from intake.letters.pace import BEGINNING_TAKES, SENDING_TAKES, Pace
from intake.letters.partners import Inquiries, Ledger, Postbox

# Ten minutes twice, because the last call cuts one of them short.
BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=10),
)
THEN = timedelta(hours=1)
# SES names no time; its quota is over a sliding day, so some of it is free again by then.
QUOTA_WAIT = LONGEST_WAIT
DAILY_QUOTA = "DailyQuota"
# SES will not take this mail, ever. A mistyped sender's address is no reason to wake anybody.
REFUSED_FOR_GOOD = "MessageRejected"
# Under the same code: the clinic's own address is not verified, or, in SES's sandbox, the reader's.
NOT_VERIFIED = "NotVerified"
# The promise is five minutes after `owed_at`: one more attempt is made just before it breaks.
LAST_CALL = timedelta(minutes=4)
GIVE_UP_AFTER = timedelta(hours=48)

SENT = "letter sent"
NOT_DUE = "letter not due"
CLOSED = "letter not wanted"
POSTPONED = "letter postponed"
IN_DOUBT = "letter in doubt"
GAVE_UP = "letter given up"
LEFT = "letter left for later"
# Why a letter was put off: the table was slow, so SES might not answer before the end.
NO_TIME = "no_time"
_GONE = NotWanted("inquiry_gone")


class NotTakenError(Exception):
    """The mail was surely not sent. `reason` is an error code or type name, never a text."""

    def __init__(self, reason: str) -> None:
        """Keep the *reason*."""
        super().__init__(reason)
        self.reason = reason


class OutcomeUnknownError(NotTakenError):
    """The mail may have been sent: the answer was lost."""


@dataclass(frozen=True)
class Attempt:
    """What a composer may know: the case, the letter, and whether SES may have it already."""

    case: Case
    letter: Letter
    repeat: bool
    now: datetime


@dataclass(frozen=True)
class Outcome:
    """
    What became of one attempt: one of the constants above, and why.

    `seconds` is how long a letter that was sent had been owed.
    """

    result: str
    reason: str = ""
    files: int = 0
    repeat: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class Desk:
    """Where letters of one step are written. `compose` gives the mail, or says: not wanted."""

    ledger: Ledger
    inquiries: Inquiries
    postbox: Postbox
    compose: Callable[[Attempt], Mail | NotWanted]
    pace: Pace

    def post(
        self, inquiry: str, kind: str, clock: Callable[[], datetime], left: Callable[[], float]
    ) -> Outcome:
        """
        Send the letter if it is due; *left* tells how many seconds this invocation still has.

        The claim comes first: whatever happens after it, nobody else sends this letter before
        the lease ends, and then the ledger knows that its outcome is in doubt. Without the time
        for an attempt nothing is claimed: the letter stays due, so the sweep sends it on.
        """
        if left() < self.pace.wait + BEGINNING_TAKES:
            return Outcome(LEFT)
        now = clock()
        claimed = self.ledger.claim(inquiry, kind, now)
        if claimed is None:
            return Outcome(NOT_DUE)
        letter, repeat = claimed
        try:
            mail = self._write(letter, now, left, repeat=repeat)
        except NotTakenError as error:
            return self._put_off(letter, error.reason, clock(), repeat=repeat)
        except Exception as error:
            # Nothing left the house, so this attempt adds no doubt; whoever called us crashes,
            # unless it was the last time: then the alarm has to ring.
            outcome = self._put_off(letter, type(error).__name__, clock(), repeat=repeat)
            if outcome.result == GAVE_UP:
                return outcome
            raise
        if isinstance(mail, NotWanted):
            return self._close(letter, mail.reason, now)
        self.pace.keep()
        return self._hand_over(letter, mail, clock, repeat=repeat)

    def _write(
        self, letter: Letter, now: datetime, left: Callable[[], float], *, repeat: bool
    ) -> Mail | NotWanted:
        """Return the mail, or why there is none. Raises NotTakenError if it can't leave now."""
        case = self.inquiries.case(letter.inquiry)
        mail = self.compose(Attempt(case, letter, repeat, now)) if case else _GONE
        if isinstance(mail, Mail) and left() < self.pace.wait + SENDING_TAKES:
            raise NotTakenError(NO_TIME)
        return mail

    def _hand_over(
        self, letter: Letter, mail: Mail, clock: Callable[[], datetime], *, repeat: bool
    ) -> Outcome:
        tags = {"inquiry": letter.inquiry, "letter": letter.kind}
        try:
            message_id = self.postbox.send(mail, tags)
        except OutcomeUnknownError as error:
            return self._leave_in_doubt(letter, error.reason, clock(), repeat=repeat)
        except NotTakenError as error:
            return self._put_off(letter, error.reason, clock(), repeat=repeat)
        sent_at = clock()
        self.ledger.sent(letter, message_id, sent_at, mail.told, mail.heard)
        seconds = (sent_at - letter.owed_at).total_seconds() if letter.owed_at else None
        return Outcome(SENT, files=len(mail.told), repeat=repeat, seconds=seconds)

    def _put_off(self, letter: Letter, reason: str, now: datetime, *, repeat: bool) -> Outcome:
        if letter.kind in SENDER_LETTERS and reason == REFUSED_FOR_GOOD:
            return self._close(letter, reason, now)
        if _hopeless(letter, now):
            return self._give_up(letter, reason, now)
        # An older attempt's doubt outlives this one's certainty.
        self.ledger.postpone(
            replace(letter, in_doubt=repeat), next_due(letter, reason, now), reason
        )
        return Outcome(POSTPONED, reason, repeat=repeat)

    def _leave_in_doubt(
        self, letter: Letter, reason: str, now: datetime, *, repeat: bool
    ) -> Outcome:
        """
        Have the lease run on, at least, so that SES's Send event can still settle the letter.

        If those events are lost too, each attempt may be one more mail: so no more than there are
        of a letter that is refused.
        """
        if _hopeless(letter, now):
            return self._give_up(letter, reason, now)
        due = next_due(letter, reason, now)
        if letter.due_at and due > letter.due_at:
            self.ledger.postpone(letter, due, reason)
        return Outcome(IN_DOUBT, reason, repeat=repeat)

    def _give_up(self, letter: Letter, reason: str, now: datetime) -> Outcome:
        """Stop trying; what the team was never told goes to the fallback address, once."""
        if has_fallback(letter.kind):
            self.ledger.owe(Letter(letter.inquiry, TEAM_FALLBACK, due_at=now, owed_at=now))
        self.ledger.finish(letter.inquiry, letter.kind, "gave_up_at", now, reason=reason)
        return Outcome(GAVE_UP, reason)

    def _close(self, letter: Letter, reason: str, now: datetime) -> Outcome:
        self.ledger.finish(letter.inquiry, letter.kind, "closed_at", now, reason=reason)
        return Outcome(CLOSED, reason)


def next_due(letter: Letter, reason: str, now: datetime) -> datetime:
    """Return when to try again: the back-off, but once more before the promise breaks."""
    step = letter.attempts - 1
    wait = BACK_OFF[step] if step < len(BACK_OFF) else THEN
    due = now + (QUOTA_WAIT if reason == DAILY_QUOTA else wait)
    last_call = letter.owed_at + LAST_CALL if letter.owed_at else now
    return min(due, last_call) if now < last_call else due


def _hopeless(letter: Letter, now: datetime) -> bool:
    return letter.owed_at is not None and now - letter.owed_at >= GIVE_UP_AFTER
