"""
The write that every decision of the staff is: the next revision of an inquiry, with its notes.

The revision grows by one with each, so that of two people who decide on the same view only one
is heard. What a sender changes is a revision too: staff decide on no view from before it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from intake.aws import items, transactions
from intake.aws.casework import THE_CASE, Note, noted
from intake.aws.transactions import FAILED_CONDITION
from intake.errors import CaseChangedError
from intake.inquiry import Inquiry

_ATTEMPTS = 5
_FIRST_WAIT_S = 0.02

Write = dict[str, Any]


@dataclass(frozen=True)
class Revisions:
    """The table, for those who change a case as they saw it."""

    dynamodb: Any
    table: str
    sleep: Callable[[float], None] = time.sleep

    def write(
        self,
        after: Inquiry,
        note: Note,
        changed: Sequence[str],
        condition: str,
        others: Sequence[Write] = (),
    ) -> None:
        """
        Write what *changed* in *after*, the note, a look of its maker, and *others*, or nothing.

        Raises CaseChangedError unless the stored inquiry is of the revision in *after* and meets
        *condition*, and UnavailableError where the table stays in conflict.
        """
        event = noted(after.id, items.EVENT, note)
        look = noted(after.id, items.ACCESS, Note(note.at, note.who, note.name, THE_CASE))
        writes = [
            self._inquiry(after, changed, condition),
            {"Put": {"TableName": self.table, "Item": event}},
            {"Put": {"TableName": self.table, "Item": look}},
            *others,
        ]
        # The answer to our own write may have been lost, and the client asked again.
        if not self._written(writes) and not self._is_there(event):
            raise CaseChangedError

    def write_for_sender(
        self,
        after: Inquiry,
        note: Note,
        changed: Sequence[str],
        condition: str,
        others: Sequence[Write] = (),
    ) -> bool:
        """
        Write as for staff, but without a look: a sender sees nothing of the case page.

        False where the inquiry or a letter is not as it was read: whoever asks reads it again, and
        finds it done where only the answer was lost.
        """
        event = {"Put": {"TableName": self.table, "Item": noted(after.id, items.EVENT, note)}}
        return self._written([self._inquiry(after, changed, condition), event, *others])

    def _written(self, writes: list[Write]) -> bool:
        """Tell whether all was written; False where a condition was not met."""
        for attempt in range(_ATTEMPTS):
            reasons = transactions.attempt(self.dynamodb, writes)
            if reasons is None:
                return True
            if FAILED_CONDITION in reasons:
                return False
            self.sleep(random.uniform(0, _FIRST_WAIT_S * 2**attempt))  # noqa: S311  jitter
        raise transactions.given_up(reasons)

    def _inquiry(self, after: Inquiry, changed: Sequence[str], condition: str) -> Write:
        """Return the write of the inquiry: its next revision, what changed, its place on a list."""
        stored = items.plain(items.from_inquiry(after)) if changed else {}
        wanted = {name: stored.get(name) for name in changed}
        if changed:
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
