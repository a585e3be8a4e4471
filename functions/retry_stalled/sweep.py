"""One sweep over the due index: push on what stalled, and count what is late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from intake import scanning
from intake.aws.announcing import Announcer
from intake.aws.files import Files
from intake.aws.ledger import Ledger
from intake.aws.queues import CheckQueue, MailQueues
from intake.errors import place_of
from intake.inquiry import (
    DUE_SHARDS,
    FILE_CHECK_OVERDUE,
    LONGEST_WAIT,
    TEAM_FALLBACK,
    File,
    Letter,
    has_fallback,
)

# The promise: five minutes after a letter is owed it is sent, or an alarm has rung. A minute may
# pass before the next sweep sees it, one more if that sweep does not come, and another before
# CloudWatch counts the sweep's minute.
LATE = timedelta(minutes=2)


@dataclass
class Tally:
    """What one sweep found."""

    files_pushed: int = 0
    letters_pushed: int = 0
    overdue: list[Letter] = field(default_factory=list)
    undelivered: list[Letter] = field(default_factory=list)
    withheld_too_long: list[File] = field(default_factory=list)
    unscanned: list[File] = field(default_factory=list)
    queue_errors: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)  # error type and place
    unreadable: list[str] = field(default_factory=list)  # keys of items
    left: int = 0  # items that there was no time for


@dataclass(frozen=True)
class Sweep:
    """What is looked through, and where it is pushed."""

    files: Files
    ledger: Ledger
    announcer: Announcer
    uploads: str  # name of the bucket
    checks: CheckQueue
    mail: MailQueues

    def run(self, now: datetime, has_time: Callable[[], bool] = lambda: True) -> Tally:
        """
        Go once through everything that is due and unfinished, all shards of the index.

        One mechanism for a lost event, a dead queue, a crashed function and a letter that was
        never delivered: each of them leaves an item whose `due_at` has passed. An item on which
        this fails stops no other. Without time only what is late is still counted.
        """
        tally = Tally()
        for n in range(DUE_SHARDS):
            # Begun elsewhere each minute, so that what there was no time for comes first then.
            shard = (now.minute + n) % DUE_SHARDS
            # Looks ahead, because a late letter that was put off is still late.
            for item in self.ledger.due(str(shard), now + LONGEST_WAIT, tally.unreadable):
                if isinstance(item, Letter) and _is_late(item, now):
                    tally.overdue.append(item)
                if not has_time():
                    tally.left += 1
                    continue
                try:
                    self._look_at(item, now, tally)
                except Exception as error:  # noqa: BLE001  the handler fails when all is done
                    tally.failures.append(_what(error))
        return tally

    def close(self, letters: Iterable[Letter], now: datetime, failures: list[str]) -> None:
        """
        Close *letters* that nobody reported delivered; add to *failures* what went wrong.

        Once their alarm's metric is out: a process that dies before leaves them to the next sweep,
        which says it again.
        """
        for letter in letters:
            try:
                self.ledger.finish(letter.inquiry, letter.kind, "undelivered_at", now, of=letter)
            except Exception as error:  # noqa: BLE001  as in `run`
                failures.append(_what(error))

    def _look_at(self, item: File | Letter, now: datetime, tally: Tally) -> None:
        if isinstance(item, File) and self._is_over(item, now):
            self.files.rest(item)
            return
        if isinstance(item, File) and scanning.is_kept_too_long(item, now):
            # By the verdict's age: what nobody scanned is due again and again.
            tally.withheld_too_long.append(item)
        if item.due_at and item.due_at <= now:
            self._push(item, now, tally)

    def _push(self, item: File | Letter, now: datetime, tally: Tally) -> None:
        if isinstance(item, File):
            self._push_file(item, now, tally)
        elif item.sent_at:
            self._not_delivered(item, now, tally)
        else:
            self._push_letter(item, now, tally)

    def _push_file(self, file: File, now: datetime, tally: Tally) -> None:
        if scanning.is_kept_too_long(file, now) and not scanning.is_unscanned(file):
            return  # no look helps: a person must decide
        # Counted here and not where it is withheld: this repeats until that is done.
        if scanning.is_awaited(file) and scanning.given_up_at(file) <= now:
            tally.unscanned.append(file)
        # Without a version nothing was heard of the file: its event may be lost.
        error = self.checks.offer(self.uploads, file.key, file.version or "")
        if error:
            tally.queue_errors.add(error)
            return
        self.files.look_again(file, now + FILE_CHECK_OVERDUE)
        tally.files_pushed += 1

    def _is_over(self, file: File, now: datetime) -> bool:
        """Tell whether nobody will ever decide on a withheld *file* that is due, or late."""
        is_due = file.due_at is not None and file.due_at <= now
        if not (scanning.is_kept_back(file) and (is_due or scanning.is_kept_too_long(file, now))):
            return False
        case = self.announcer.inquiries.case(file.inquiry)
        return case is None or bool(case.inquiry.rejected_at or case.inquiry.withdrawn_at)

    def _push_letter(self, letter: Letter, now: datetime, tally: Tally) -> None:
        if letter.owed_at is None and not self.announcer.is_due(letter, now):
            return
        # Not again while a message from the last minutes may still be on its way.
        if self.ledger.pushed(letter, now):
            self._announce(letter.inquiry, letter.kind, tally)
            tally.letters_pushed += 1

    def _not_delivered(self, letter: Letter, now: datetime, tally: Tally) -> None:
        """
        Tell of a letter whose delivery nobody reported: never repeated, told elsewhere instead.

        SES's events are best effort, so the first reader may well have it; the fallback letter
        is of its own kind and says so. The index lags behind the table, so the letter is read once
        more: its delivery may have been written this second, or a person had it sent again.
        """
        known = self.ledger.letter(letter.inquiry, letter.kind)
        if known is None or not (known.sent_at and known.due_at and known.due_at <= now):
            return
        if has_fallback(letter.kind):
            fallback = Letter(letter.inquiry, TEAM_FALLBACK, due_at=now, owed_at=now)
            if self.ledger.owe(fallback):
                self._announce(letter.inquiry, TEAM_FALLBACK, tally)
        tally.undelivered.append(known)

    def _announce(self, inquiry: str, kind: str, tally: Tally) -> None:
        error = self.mail.announce(inquiry, kind)
        if error:
            tally.queue_errors.add(error)


def _what(error: Exception) -> str:
    return f"{type(error).__name__} {place_of(error)}"


def _is_late(letter: Letter, now: datetime) -> bool:
    owed_since = letter.owed_at or letter.due_at or now
    return letter.sent_at is None and now - owed_since >= LATE
