"""What a sender changes by their link: each change one transaction, on the case as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.aws import items
from intake.aws.casework import Note
from intake.aws.revisions import Revisions, Write
from intake.inquiry import Inquiry, Letter

_STANDS = "attribute_not_exists(rejected_at) AND attribute_not_exists(withdrawn_at)"
_NOT_YET = "attribute_exists(due_at) AND attribute_not_exists(sent_at)"


@dataclass(frozen=True)
class Change:
    """One change: the inquiry after it, the event, and what becomes of letters with it."""

    after: Inquiry
    changed: Sequence[str]  # names of its fields
    note: Note
    owed: Sequence[Letter] = ()
    joined: Letter | None = None  # waits, and tells of this change too
    closed: Sequence[Letter] = ()
    reason: str = ""  # of closing them
    only_if: str = ""  # more that has to hold of the inquiry


@dataclass(frozen=True)
class Changed:
    """The table, for senders who change something."""

    revisions: Revisions

    def write(self, change: Change, now: datetime) -> bool:
        """
        Write all of it or nothing; False where the case is not any more as it was read.

        A letter that somebody has begun to write since is no longer as it was: it may say what
        was true before.
        """
        owed = [self._owe(letter) for letter in change.owed]
        joined = [self._join(change.joined)] if change.joined else []
        closed = [self._close(letter, change.reason, now) for letter in change.closed]
        return self.revisions.write_for_sender(
            change.after,
            change.note,
            change.changed,
            f"{_STANDS} AND {change.only_if}" if change.only_if else _STANDS,
            [*owed, *joined, *closed],
        )

    def _owe(self, letter: Letter) -> Write:
        return {
            "Put": {
                "TableName": self.revisions.table,
                "Item": items.from_letter(letter),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _join(self, letter: Letter) -> Write:
        """Hold that nobody has begun to write it."""
        return self._update(letter, "SET due_at = :due", {":due": letter.due_at})

    def _close(self, letter: Letter, reason: str, now: datetime) -> Write:
        change = "SET closed_at = :now, reason = :reason REMOVE due_at, due_shard"
        return self._update(letter, change, {":now": now, ":reason": reason})

    def _update(self, letter: Letter, change: str, given: dict[str, Any]) -> Write:
        begun, seen = "attribute_not_exists(claimed_at)", dict[str, Any]()
        if letter.claimed_at:
            begun, seen = "claimed_at = :claimed", {":claimed": letter.claimed_at}
        return {
            "Update": {
                "TableName": self.revisions.table,
                "Key": items.key(letter.inquiry, items.letter_sort_key(letter.kind)),
                "UpdateExpression": change,
                "ConditionExpression": f"{_NOT_YET} AND {begun}",
                "ExpressionAttributeValues": items.values(given | seen),
            }
        }
