"""Check one handed-in version, let it through if it is clean, and have the team told in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from check_upload.arrival import Arrivals
from check_upload.sniff import START_BYTES
from check_upload.verdict import CLEAN, UNFINISHED, WITHHELD, Verdict, decide, decided
from intake import clock
from intake.aws.announcing import Announcer
from intake.aws.files import Files
from intake.aws.queues import CheckQueue
from intake.aws.records import RecordsBucket
from intake.aws.uploads import UploadsBucket
from intake.inquiry import WITHHELD_TOO_LONG, File, from_key

# An object comes before its row: look again soon, then when no row can still be on its way.
_SOON = timedelta(seconds=30)
_LONG = timedelta(minutes=15)

NOT_OURS = "object is not a file of an inquiry"
OTHER_VERSION = "object is not the pinned version"
WAITING = "object has no row yet"
REMOVED = "object without a row removed"
GONE = "object is gone"
NOT_HERE = "file has not come yet"
CHECKED = "file checked"
CHECKED_BEFORE = "file was checked before"
CARRIED_OUT = "decision carried out"


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

    files: Files
    uploads: UploadsBucket
    records: RecordsBucket
    again: CheckQueue
    announcer: Announcer

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
        row = self.files.find(inquiry, n)
        if row is None:
            return self._without_row(key, version, now)
        file = Arrivals(self.files, self.uploads).pinned(row, message, now)
        if file is None:
            return Outcome(NOT_HERE, inquiry, n)
        if version and version != file.version:
            # Only the first version was ever declared; who overwrote it changed nothing. Of two
            # windows on one place, one person's second file is lost so: their page says it.
            self.files.note_second(file, now)
            self.uploads.delete(key, version)
            return Outcome(OTHER_VERSION, inquiry, n)
        result, file = self._decide(file, now)
        if file.verdict != WITHHELD and file.version:
            self.uploads.delete(file.key, file.version)
        # By the clock, not *now*: the sender may have said "that is all" while the check ran.
        self.announcer.announce(inquiry, clock.now())
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

    def _decide(self, file: File, now: datetime) -> tuple[str, File]:
        if not file.checked_at:
            return CHECKED, self._settle(file, now)
        if file.verdict == WITHHELD and file.decision:
            return CARRIED_OUT, self._carry_out(file)
        return CHECKED_BEFORE, file

    def _settle(self, file: File, now: datetime) -> File:
        verdict = decide(file, self._look(file))
        settled = self._with(file, verdict)
        # Not *now*: a letter may have left while a large file was being copied.
        settled = replace(settled, arrived_at=file.arrived_at or now, checked_at=clock.now())
        if settled.verdict == WITHHELD:
            settled = replace(settled, due_at=now + WITHHELD_TOO_LONG)
        if self.files.settle(settled):
            return settled
        # A twin of this message was faster; its verdict holds.
        return self.files.find(file.inquiry, file.n) or settled

    def _carry_out(self, file: File) -> File:
        """Do with a withheld file what the staff decided; a second time it changes nothing."""
        after = self._with(file, decided(file, self._look(file)))
        if self.files.carry_out(after):
            return after
        return self.files.find(file.inquiry, file.n) or after

    def _look(self, file: File) -> Any:
        return self.uploads.look(file.key, str(file.version), START_BYTES)

    def _with(self, file: File, verdict: Verdict) -> File:
        """Return *file* under its verdict, copied to records if it is clean."""
        copy_version, sha256 = None, file.sha256
        if verdict.verdict == CLEAN:
            copy_version, sha256 = self._take_in(file)
            if copy_version is None:
                verdict = Verdict(WITHHELD, UNFINISHED, verdict.kind)
        return replace(
            file,
            verdict=verdict.verdict,
            reason=verdict.reason,
            kind=verdict.kind,
            records_version=copy_version,
            sha256=sha256,
            due_at=None,
        )

    def _take_in(self, file: File) -> tuple[str | None, str | None]:
        """Copy to records, or find an interrupted attempt's copy; no version: bytes differ."""
        copy = self.records.find(file.key)
        if copy is None:
            copy = self.records.take_in(file.key, self.uploads.name, str(file.version))
        if file.sha256 in {None, copy.sha256}:
            return copy.version, copy.sha256
        self.records.delete(file.key, copy.version)
        return None, file.sha256
