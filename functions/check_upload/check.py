"""Check one handed-in version, let it through if it is clean, and have the team told in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from check_upload.sniff import START_BYTES
from check_upload.verdict import CLEAN, UNFINISHED, WITHHELD, Verdict, decide
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import LEASE, Ledger
from intake.aws.queues import CheckQueue, Queue
from intake.aws.records import RecordsBucket
from intake.aws.uploads import UploadsBucket
from intake.inquiry import (
    TEAM_FOLLOW_UP,
    TEAM_NEW,
    Case,
    File,
    Letter,
    all_settled,
    from_key,
)

# An object comes before its row: look again soon, then when no row can still be on its way.
_SOON = timedelta(seconds=30)
_LONG = timedelta(minutes=15)

NOT_OURS = "object is not a file of an inquiry"
OTHER_VERSION = "object is not the pinned version"
WAITING = "object has no row yet"
REMOVED = "object without a row removed"
GONE = "object is gone"
CHECKED = "file checked"
CHECKED_BEFORE = "file was checked before"


@dataclass(frozen=True)
class Outcome:
    """What to log: one of the constants above, and what was decided."""

    result: str
    inquiry: str = ""
    file: int = -1
    verdict: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Checker:
    """Where files wait, where they go, and who is told."""

    inquiries: InquiryTable
    ledger: Ledger
    uploads: UploadsBucket
    records: RecordsBucket
    again: CheckQueue
    team: Queue

    def check(self, message: Mapping[str, Any], now: datetime) -> Outcome:
        """
        Decide about the version that *message* names, once; a repeat finishes what is left.

        The verdict is written before the upload is deleted, and the letter moves last: after a
        crash anywhere, the same message does the rest.
        """
        key, version = message["key"], message["version"]
        place = from_key(key)
        if place is None:
            return Outcome(NOT_OURS)
        inquiry, n = place
        file = self.inquiries.file(inquiry, n)
        if file is None:
            return self._without_row(key, version, now)
        if version != file.version:
            # Whoever overwrote it changed nothing: only the first version was ever declared.
            return Outcome(OTHER_VERSION, inquiry, n)
        result = CHECKED_BEFORE if file.checked_at else CHECKED
        if not file.checked_at:
            file = self._settle(file, now)
        if file.verdict != WITHHELD:
            self.uploads.delete(file.key, file.version)
        self._bring_letter_forward(inquiry, now)
        return Outcome(result, inquiry, n, file.verdict, file.reason)

    def _without_row(self, key: str, version: str, now: datetime) -> Outcome:
        """Wait for the row by the object's age, then remove what no inquiry ever claimed."""
        upload = self.uploads.look(key, version, 1)
        if upload is None:
            return Outcome(GONE)
        age = now - upload.arrived_at
        if age < _LONG:
            delay = _SOON if age < _SOON else _LONG - age
            self.again.check(self.uploads.name, key, version, delay)
            return Outcome(WAITING)
        self.uploads.delete(key, version)
        return Outcome(REMOVED)

    def _settle(self, file: File, now: datetime) -> File:
        verdict = decide(file, self.uploads.look(file.key, file.version, START_BYTES))
        copy_version = None
        if verdict.verdict == CLEAN:
            copy_version = self._take_in(file)
            if copy_version is None:
                verdict = Verdict(WITHHELD, UNFINISHED, verdict.kind)
        settled = replace(
            file,
            arrived_at=file.arrived_at or now,
            checked_at=now,
            verdict=verdict.verdict,
            reason=verdict.reason,
            kind=verdict.kind,
            records_version=copy_version,
            due_at=None,
        )
        if self.inquiries.settle(settled):
            return settled
        # A twin of this message was faster; its verdict holds.
        return self.inquiries.file(file.inquiry, file.n) or settled

    def _take_in(self, file: File) -> str | None:
        """Copy to records, or find the copy of an interrupted attempt; None: bytes differ."""
        copy = self.records.find(file.key)
        if copy is None:
            copy = self.records.take_in(file.key, self.uploads.name, file.version)
        if copy.sha256 == file.sha256:
            return copy.version
        self.records.delete(file.key, copy.version)
        return None

    def _bring_letter_forward(self, inquiry: str, now: datetime) -> None:
        """
        Have the team told as soon as all is settled.

        What settled after the letter was claimed may be missing in it: then one follow-up is
        owed, which looks at what was told when it is written. It waits for no record that never
        got a file.
        """
        case = self.inquiries.case(inquiry)
        letter = case.letters.get(TEAM_NEW) if case else None
        if case is None or letter is None or any(not file.checked_at for file in case.files):
            return
        if letter.owed_at is None:
            if all_settled(case) and self.ledger.owe_now(inquiry, TEAM_NEW, now):
                self.team.send({"inquiry": inquiry, "letter": TEAM_NEW})
        elif letter.claimed_at and _untold(case, letter):
            due_at = now if letter.sent_at else now + LEASE
            follow_up = Letter(inquiry, TEAM_FOLLOW_UP, due_at=due_at, owed_at=due_at)
            if self.ledger.owe(follow_up) and due_at == now:
                self.team.send({"inquiry": inquiry, "letter": TEAM_FOLLOW_UP})


def _untold(case: Case, letter: Letter) -> bool:
    return any(file.n not in letter.told for file in case.settled_files)
