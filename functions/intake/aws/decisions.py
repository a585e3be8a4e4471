"""
What staff decide about a case: each decision one transaction, on the case as they saw it.

The inquiry's revision grows by one with each, so that of two people who decide on the same view
only one is heard.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from intake import clock
from intake.aws import items, transactions
from intake.aws.casework import THE_CASE, Note, noted
from intake.aws.transactions import FAILED_CONDITION
from intake.errors import CaseChangedError, UnavailableError
from intake.inquiry import TOKENS_LIVE, File, Inquiry, Letter, due_shard

_ATTEMPTS = 5
_FIRST_WAIT_S = 0.02
# A transaction holds 100 writes, and the inquiry and its notes are among them.
_MOST_FILES = 90
# What an attempt or SES wrote on a letter; without these it is as if it had never been tried.
_OUTCOMES = (
    *("sent_at", "message_id", "told", "claimed_at", "delayed_at", "complained_at"),
    *("bounced_at", "rejected_at", "undelivered_at", "gave_up_at", "closed_at"),
    *("reason", "pushed_at"),
)
_WAITS = (
    "attribute_exists(quarantined_at)"
    " AND attribute_not_exists(released_at) AND attribute_not_exists(rejected_at)"
)

Write = dict[str, Any]


@dataclass(frozen=True)
class Decisions:
    """
    The table, for those who decide.

    Each also notes a look at the case, which is what its maker is shown next.

    Each method raises CaseChangedError where the case is no longer *inquiry* as it was read, and
    UnavailableError where the table stays in conflict. Then nothing was changed.
    """

    dynamodb: Any
    table: str
    sleep: Callable[[float], None] = time.sleep

    def release(
        self, inquiry: Inquiry, note: Note, answer_by: datetime, letters: Sequence[Letter]
    ) -> None:
        """
        Put a quarantined inquiry on its worklist, and owe *letters*.

        It may have lain there for weeks while nobody worked on it: what the sender is promised,
        an answer and a link that opens, counts from now.
        """
        now = clock.moment(note.at)
        released = replace(
            inquiry, released_at=now, answer_by=answer_by, tokens_expire_at=now + TOKENS_LIVE
        )
        owed = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": items.from_letter(letter),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for letter in letters
        ]
        stamps = ("released_at", "answer_by", "tokens_expire_at")
        self._write(released, note, stamps, _WAITS, owed)

    def reject(self, inquiry: Inquiry, note: Note, files: Sequence[File]) -> None:
        """
        Take a quarantined inquiry off every list, for good.

        Nobody waits for its *files* any more, so none of them may fall due or sound an alarm.
        """
        rejected = replace(inquiry, rejected_at=clock.moment(note.at))
        awaited = [file for file in files if file.due_at][:_MOST_FILES]
        off_the_clock = [
            {
                "Update": {
                    "TableName": self.table,
                    "Key": items.key(file.inquiry, items.file_sort_key(file.n)),
                    "UpdateExpression": "REMOVE due_at, due_shard",
                    "ConditionExpression": "attribute_exists(pk)",
                }
            }
            for file in awaited
        ]
        self._write(rejected, note, ("rejected_at",), _WAITS, off_the_clock)

    def answered(self, inquiry: Inquiry, note: Note) -> None:
        """Take an inquiry off its worklist: the sender has heard from the team."""
        answered = replace(inquiry, answered_at=clock.moment(note.at))
        self._write(answered, note, ("answered_at",), "attribute_not_exists(answered_at)")

    def reopen(self, inquiry: Inquiry, note: Note) -> None:
        """Put an answered inquiry back on its worklist."""
        reopened = replace(inquiry, answered_at=None)
        self._write(reopened, note, ("answered_at",), "attribute_exists(answered_at)")

    def decide(self, inquiry: Inquiry, note: Note, file: File, decision: str) -> None:
        """Write what becomes of a withheld *file*, once; check_upload carries it out."""
        update = {
            "Update": {
                "TableName": self.table,
                "Key": items.key(file.inquiry, items.file_sort_key(file.n)),
                "UpdateExpression": "SET decision = :decision, decided_at = :now,"
                " due_at = :now, due_shard = :shard",
                "ConditionExpression": "verdict = :withheld AND attribute_not_exists(decision)",
                "ExpressionAttributeValues": items.values(
                    {
                        ":decision": decision,
                        ":now": note.at,
                        ":shard": due_shard(file.inquiry),
                        ":withheld": "withheld",
                    }
                ),
            }
        }
        self._write(inquiry, note, (), "attribute_exists(pk)", [update])

    def resend(self, inquiry: Inquiry, note: Note, letter: Letter) -> None:
        """Make a failed *letter* due as on its first day: a person wants it repeated."""
        update = {
            "Update": {
                "TableName": self.table,
                "Key": items.key(letter.inquiry, items.letter_sort_key(letter.kind)),
                "UpdateExpression": "SET due_at = :now, owed_at = :now, due_shard = :shard,"
                " attempts = :none, in_doubt = :no, resent_at = :now"
                f" REMOVE {', '.join(_OUTCOMES)}",
                # Finished and never delivered: a report that comes now must not be undone.
                "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(due_at)"
                " AND attribute_not_exists(delivered_at)",
                "ExpressionAttributeValues": items.values(
                    {
                        ":now": note.at,
                        ":shard": due_shard(letter.inquiry),
                        ":none": 0,
                        ":no": False,
                    }
                ),
            }
        }
        self._write(inquiry, note, (), "attribute_exists(pk)", [update])

    def _write(
        self,
        after: Inquiry,
        note: Note,
        stamps: Sequence[str],
        condition: str,
        others: Sequence[Write] = (),
    ) -> None:
        event = noted(after.id, items.EVENT, note)
        look = noted(after.id, items.ACCESS, replace(note, did=THE_CASE, file=None, letter=None))
        writes = [
            self._inquiry(after, stamps, condition),
            {"Put": {"TableName": self.table, "Item": event}},
            {"Put": {"TableName": self.table, "Item": look}},
            *others,
        ]
        for attempt in range(_ATTEMPTS):
            reasons = transactions.attempt(self.dynamodb, writes)
            if reasons is None:
                return
            if FAILED_CONDITION in reasons:
                # The answer to our own write may have been lost, and the client asked again.
                if self._is_there(event):
                    return
                raise CaseChangedError
            self.sleep(random.uniform(0, _FIRST_WAIT_S * 2**attempt))  # noqa: S311  jitter
        raise UnavailableError

    def _inquiry(self, after: Inquiry, stamps: Sequence[str], condition: str) -> Write:
        """Return the write of the inquiry: its next revision, its stamps, its place on a list."""
        wanted = {stamp: getattr(after, stamp) for stamp in stamps}
        if stamps:
            wanted |= {"worklist": None, "worklist_order": None} | items.worklist_of(after)
        # One that was stored before there were revisions has none, which reads as the first.
        seen = (
            "revision = :seen"
            if after.revision
            else ("(revision = :seen OR attribute_not_exists(revision))")
        )
        kept = {name: value for name, value in wanted.items() if value is not None}
        gone = [name for name, value in wanted.items() if value is None]
        update = "SET " + ", ".join(["revision = :next", *(f"#{name} = :{name}" for name in kept)])
        if gone:
            update += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        names = {f"#{name}": name for name in wanted}
        given = {":seen": after.revision, ":next": after.revision + 1}
        given |= {f":{name}": value for name, value in kept.items()}
        return {
            "Update": {
                "TableName": self.table,
                "Key": items.key(after.id, items.INQUIRY),
                "UpdateExpression": update,
                "ConditionExpression": f"{seen} AND {condition}",
                "ExpressionAttributeValues": items.values(given),
                **({"ExpressionAttributeNames": names} if names else {}),
            }
        }

    def _is_there(self, event: items.Item) -> bool:
        key = {name: event[name] for name in ("pk", "sk")}
        answer = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return "Item" in answer
