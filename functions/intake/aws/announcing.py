"""Have the team told as soon as all is settled, the sender of what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import LEASE, Ledger
from intake.aws.queues import Queue
from intake.inquiry import FILES_UNUSABLE, TEAM_NEW, Case, Letter, is_follow_up
from intake.settling import (
    first_letter_at,
    follow_up_at,
    next_follow_up,
    settled_from,
    unusable_at,
    unusable_letter,
    waiting_follow_up,
)


@dataclass(frozen=True)
class Announcer:
    """The letters that files bring about, and the queue in which those to the team are written."""

    inquiries: InquiryTable
    ledger: Ledger
    team: Queue

    def announce(self, inquiry: str, now: datetime) -> None:
        """
        Bring the team's letter forward when nothing more is awaited; owe a follow-up for the rest.

        The sender is written to of files that were refused, once they have confirmed their address.
        What settled after a letter was claimed may be missing in it: the follow-up looks at what
        was told when it is written. Any message may come twice: then nothing changes.
        """
        case = self.inquiries.case(inquiry)
        letter = case.letters.get(TEAM_NEW) if case else None
        if case is None or letter is None or case.inquiry.withdrawn_at:
            return
        self._of_refused_files(case, now)
        if letter.claimed_at:
            self._follow_up(case, letter, now)
        elif letter.owed_at is None:
            self._first(case, letter, now)

    def is_due(self, letter: Letter, now: datetime) -> bool:
        """Tell whether a waiting *letter* has waited enough; else put it off once more."""
        case = self.inquiries.case(letter.inquiry)
        if case is None or letter.owed_at or letter.claimed_at:
            return True
        if letter.kind == TEAM_NEW:
            at: datetime | None = first_letter_at(case)
        elif letter.kind == FILES_UNUSABLE:
            at = unusable_at(case, now)
        else:
            at = follow_up_at(case) if is_follow_up(letter.kind) else None
        if at is None or at <= now:
            return True
        return not self.ledger.wait_until(letter.inquiry, letter.kind, at)

    def _of_refused_files(self, case: Case, now: datetime) -> None:
        """
        Owe the sender the letter of their refused files, or move it; once for an inquiry.

        The sweep finds it within a minute of its time, and asks again whether it is due.
        """
        owed, at = unusable_letter(case, now), unusable_at(case, now)
        waiting = case.letters.get(FILES_UNUSABLE)
        if owed:
            self.ledger.owe(owed)
        elif at and waiting and waiting.due_at and max(at, waiting.due_at) > now:
            # What is owed already, a claim among others, stays as it is.
            self.ledger.wait_until(case.inquiry.id, FILES_UNUSABLE, at)

    def _first(self, case: Case, letter: Letter, now: datetime) -> None:
        if settled_from(case) is None:
            return  # it falls due by itself, at the latest
        at = first_letter_at(case)
        if at > now:
            self.ledger.wait_until(letter.inquiry, letter.kind, at)
        elif self.ledger.owe_now(letter.inquiry, letter.kind, now):
            self.team.send({"inquiry": letter.inquiry, "letter": letter.kind})

    def _follow_up(self, case: Case, first: Letter, now: datetime) -> None:
        at = follow_up_at(case)
        if at is None:
            return
        # Not before the letter that it follows has surely left or failed.
        at = max(at, now if first.sent_at else now + LEASE)
        waiting = waiting_follow_up(case)
        kind = waiting.kind if waiting else next_follow_up(case)
        if kind is None:
            return
        if waiting is None:
            owed_at = at if at <= now else None
            is_new = self.ledger.owe(Letter(case.inquiry.id, kind, due_at=at, owed_at=owed_at))
        elif at > now:
            is_new = self.ledger.wait_until(case.inquiry.id, kind, at)
        else:
            is_new = self.ledger.owe_now(case.inquiry.id, kind, now)
        if is_new and at <= now:
            self.team.send({"inquiry": case.inquiry.id, "letter": kind})
