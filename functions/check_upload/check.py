"""Take one message about a handed-in version, and do whatever is left to do for its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from check_upload import scan
from check_upload.arrival import Arrivals
from check_upload.settle import Settling
from check_upload.verdict import HARMFUL, WITHHELD
from intake import clock, scanning
from intake.aws.announcing import Announcer
from intake.aws.queues import CheckQueue
from intake.inquiry import File, from_key

# An object comes before its row: look again soon, then when no row can still be on its way.
_SOON = timedelta(seconds=30)
_LONG = timedelta(minutes=15)

NOT_OURS = "object is not a file of an inquiry"
OTHER_VERSION = "object is not the pinned version"
WAITING = "object has no row yet"
REMOVED = "object without a row removed"
GONE = "object is gone"
NOT_HERE = "file has not come yet"
NOT_SCANNED = "file waits for the scanner"
CHECKED = "file checked"
CHECKED_BEFORE = "file was checked before"
CHANGED = "verdict changed"
WITHDRAWN = "file withdrawn from the records"


@dataclass(frozen=True)
class Outcome:
    """What to log: one of the constants above, what is known, and what was decided."""

    result: str
    inquiry: str = ""
    file: int = -1
    verdict: str | None = None
    reason: str | None = None
    scan: str | None = None
    scan_error: str | None = None


@dataclass(frozen=True)
class Checker:
    """Where files wait and are judged, and who is told."""

    settling: Settling
    plan: scan.Plan
    again: CheckQueue
    announcer: Announcer

    def check(self, message: Mapping[str, Any], now: datetime) -> Outcome:
        """
        Do what is left to do for the version that *message* names; a repeat changes nothing.

        An event of S3, the scanner's word and a look at what is due all end here, in any order.
        Each finding is written before the next step, the verdict before the upload is deleted, and
        the letter moves last: after a crash anywhere, the same message does the rest.
        """
        key, version = message["key"], message["version"]
        place = from_key(key)
        if place is None or not self.plan.is_meant(message):
            return Outcome(NOT_OURS)
        inquiry, n = place
        row = self.settling.files.find(inquiry, n)
        if row is None:
            return self._without_row(message, now)
        arrivals = Arrivals(self.settling.files, self.settling.uploads)
        file = arrivals.pinned(row, message, now)
        if file is None:
            return Outcome(NOT_HERE, inquiry, n)
        if version and version != file.version:
            # Only the first version was ever declared; who overwrote it changed nothing. Of two
            # windows on one place, one person's second file is lost so: their page says it.
            self.settling.files.note_second(file, now)
            self.settling.uploads.delete(key, version)
            return Outcome(OTHER_VERSION, inquiry, n)
        before, after, scan_error = self._judge(file, message, now)
        if after.checked_at and after.verdict != WITHHELD:
            self.settling.uploads.delete(after.key, str(after.version))
        # By the clock, not *now*: the sender may have said "that is all" while the check ran.
        self.announcer.announce(inquiry, clock.now())
        result = _result(before, after, message)
        return Outcome(result, inquiry, n, after.verdict, after.reason, after.scan, scan_error)

    def _judge(
        self, file: File, message: Mapping[str, Any], now: datetime
    ) -> tuple[File, File, str | None]:
        """
        Return the file before and after its verdict, and why the scanner could not be asked.

        Before is as the verdict found it: of two events at once, one says that it judged.
        """
        if scan.is_scan(message):
            heard = self.settling.verdicts.scanned(file, scan.result(message), now)
            file = heard or self.settling.files.find(file.inquiry, file.n) or file
        file = self.settling.inspected(file, now)
        # Deadlines are for looks alone: each is pushed, and counted, by retry_stalled.
        is_look = scan.is_look(message)
        given_up = is_look and scanning.given_up_at(file) <= now
        was_kept_back = scanning.is_kept_back(file)
        before, file = self.settling.settled(file, now, given_up=given_up)
        if scanning.is_awaited(file):
            file, scan_error = self.settling.waiting(file, now, is_look=is_look)
            return file, file, scan_error
        # Not by the look that withheld it: its first turn has just been written.
        if was_kept_back and scanning.is_kept_back(file):
            return before, *self.settling.kept_back(file, now, is_look=is_look)
        return before, file, None

    def _without_row(self, message: Mapping[str, Any], now: datetime) -> Outcome:
        """Wait for the row by the object's age, then remove what no inquiry ever claimed."""
        uploads, key, version = self.settling.uploads, message["key"], message["version"]
        upload = uploads.look(key, version, 1)
        if upload is None:
            return Outcome(GONE)
        age = now - upload.arrived_at
        if age < _LONG:
            self.again.put_off(message, _SOON if age < _SOON else _LONG - age)
            return Outcome(WAITING)
        uploads.delete(key, version)
        return Outcome(REMOVED)


def _result(before: File, after: File, message: Mapping[str, Any]) -> str:
    # At each message that says so: somebody must hear of it, even if this process dies first.
    if after.reason == HARMFUL and after.records_version and scan.is_scan(message):
        return WITHDRAWN
    if not after.checked_at:
        return NOT_SCANNED
    if not before.checked_at:
        return CHECKED
    is_same = (before.verdict, before.reason) == (after.verdict, after.reason)
    return CHECKED_BEFORE if is_same else CHANGED
