"""Rebuilds what queues lost, from the table and quarantine alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from infra.operate.deployed import Deployed
from infra.operate.rows import Rows
from intake import clock
from intake.aws import items
from intake.aws.announcing import Announcer
from intake.aws.casework import Note
from intake.aws.decisions import Decisions
from intake.aws.files import Files
from intake.aws.inquiries import InquiryTable
from intake.aws.ledger import Ledger
from intake.aws.queues import CheckQueue, MailQueues, Queue
from intake.aws.revisions import Revisions
from intake.errors import IntakeError
from intake.inquiry import FILE_CHECK_OVERDUE, File, Letter, due_shard, from_key
from retry_stalled.sweep import Sweep, Tally


@dataclass(frozen=True)
class _FromTheTable(Ledger):
    """The ledger, whose due items are taken from what was read of the table, not from the index."""

    rows: Rows

    def due(
        self, shard: str, now: datetime, _unreadable: list[str] | None = None
    ) -> Iterator[Letter | File]:
        found: Iterator[Letter | File] = chain(self.rows.all_letters(), self.rows.all_files())
        for item in found:
            if item.due_at is None or item.due_at > now or due_shard(item.inquiry) != shard:
                continue
            # Whether a sent letter arrived is for the sweep alone to say: its metric rings then.
            if isinstance(item, File) or item.sent_at is None:
                yield item


@dataclass(frozen=True)
class Recovery:
    """A stack, and what was read of its table."""

    deployed: Deployed
    rows: Rows

    def sweep(self) -> Tally:
        """Push everything that is due and unfinished, as the step does each minute."""
        table, dynamodb = self.deployed.table, self.deployed.aws.dynamodb
        ledger = _FromTheTable(dynamodb, table, self.rows)
        mail = self._mail()
        return Sweep(
            Files(dynamodb, table),
            ledger,
            Announcer(InquiryTable(dynamodb, table), ledger, mail.team),
            self.deployed.uploads,
            CheckQueue(self._queue("CheckQueue")),
            mail,
        ).run(self.deployed.now)

    def quarantine(self) -> tuple[list[File], list[str]]:
        """
        Return files that lie in quarantine and have no verdict, and keys that no inquiry claims.

        The latter are for a person: check_upload would delete them, for good, and if the table
        was just restored from a backup, they are all there is.
        """
        waiting: dict[str, File] = {}
        unclaimed: list[str] = []
        pages = self.deployed.aws.s3.get_paginator("list_object_versions").paginate(
            Bucket=self.deployed.uploads
        )
        for page in pages:
            for found in page.get("Versions", []):
                key, version = found["Key"], found["VersionId"]
                named = from_key(key)
                is_new = self.deployed.now - found["LastModified"] < FILE_CHECK_OVERDUE
                if named is None or is_new:
                    continue
                row = self.rows.files.get(named[0], {}).get(named[1])
                if row is None:
                    unclaimed.append(key)
                elif not row.checked_at and row.version in {None, version}:
                    waiting[key] = row
        return list(waiting.values()), unclaimed

    def check(self, files: Sequence[File]) -> None:
        """Have each of *files* looked at now."""
        checks = self._queue("CheckQueue")
        for file in files:
            version = file.version or ""
            checks.send({"bucket": self.deployed.uploads, "key": file.key, "version": version})

    def given_up(self) -> list[Letter]:
        """Return the letters that nobody tries to send any more, and that were never sent."""
        return [
            letter
            for letter in self.rows.all_letters()
            if letter.gave_up_at and not (letter.due_at or letter.sent_at or letter.delivered_at)
        ]

    def send_again(self, letters: Sequence[Letter], who: str) -> list[Letter]:
        """Owe *letters* anew, as the case page's button does; return those that can't be."""
        table, dynamodb = self.deployed.table, self.deployed.aws.dynamodb
        decisions, mail = Decisions(Revisions(dynamodb, table)), self._mail()
        at, refused = clock.text(self.deployed.now), []
        for letter in letters:
            note = Note(at, who, "operator", "resend", letter=letter.kind)
            try:
                case = InquiryTable(dynamodb, table).case(letter.inquiry)
                if case is None or case.inquiry.rejected_at:
                    refused.append(letter)
                    continue
                decisions.resend(case.inquiry, note, letter)
            except (IntakeError, *items.UNREADABLE):
                refused.append(letter)
                continue
            mail.announce(letter.inquiry, letter.kind)
        return refused

    def _mail(self) -> MailQueues:
        return MailQueues(self._queue("TeamQueue"), self._queue("SenderQueue"))

    def _queue(self, name: str) -> Queue:
        return Queue(self.deployed.aws.sqs, self.deployed.queues[name])
