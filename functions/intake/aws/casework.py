"""What staff read beside the case itself, and the notes of who looked at it and when."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake import clock
from intake.aws import items

WORKLIST = "worklist"
A_PAGE = 50
# More of it no page needs; all of it stays in the table.
NOTES_SHOWN = 200
_RANDOM_BYTES = 8
# What somebody looked at.
THE_CASE, A_FILE = "case", "file"


@dataclass(frozen=True)
class Row:
    """One line of a worklist: nothing of the patient."""

    reference: str
    received: str
    answer_by: str


@dataclass(frozen=True)
class Position:
    """Where a page of a worklist ended: the order and the inquiry of its last row."""

    order: str
    inquiry: str


@dataclass(frozen=True)
class Note:
    """Who did what to a case. `name` is for colleagues; the log gets `who` alone."""

    at: str
    who: str
    name: str
    did: str
    file: int | None = None
    letter: str | None = None
    requirement: str | None = None
    why: str | None = None  # what they typed
    purpose: str | None = None  # of the consent that a sender took back


@dataclass(frozen=True)
class Casework:
    """The table, as staff need it."""

    dynamodb: Any
    table: str

    def worklist(
        self, partition: str, after: Position | None
    ) -> tuple[Sequence[Row], Position | None]:
        """Read one page of a list in the order of the promised answers, with where it ends."""
        start = {"ExclusiveStartKey": items.values(_key(partition, after))} if after else {}
        answer = self.dynamodb.query(
            TableName=self.table,
            IndexName=WORKLIST,
            KeyConditionExpression="worklist = :partition",
            ExpressionAttributeValues=items.values({":partition": partition}),
            Limit=A_PAGE,
            **start,
        )
        rows = [
            Row(found["reference"], found["received_at"], found["answer_by"])
            for found in map(items.plain, answer["Items"])
        ]
        if "LastEvaluatedKey" not in answer:
            return rows, None
        last = items.plain(answer["LastEvaluatedKey"])
        return rows, Position(last["worklist_order"], last["pk"].removeprefix(items.partition("")))

    def inquiry_of(self, reference: str) -> str | None:
        """Return the id of the inquiry that has this *reference*, or None."""
        answer = self.dynamodb.get_item(
            TableName=self.table,
            Key=items.values({"pk": f"reference#{reference}", "sk": "reference"}),
            ConsistentRead=True,
        )
        return items.plain(answer["Item"])["inquiry"] if "Item" in answer else None

    def note_look(self, inquiry: str, note: Note) -> None:
        """Write who looks, before they do: without this note nobody sees anything."""
        self.dynamodb.put_item(TableName=self.table, Item=noted(inquiry, items.ACCESS, note))

    def opened(self, inquiry: str, who: str, now: datetime) -> bool:
        """Write the first look of the team, once; False if it was written before."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(inquiry, items.INQUIRY),
                UpdateExpression="SET opened_at = :now, opened_by = :who",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(opened_at)",
                ExpressionAttributeValues=items.values({":now": now, ":who": who}),
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def decisions(self, inquiry: str) -> list[Note]:
        """Return what staff decided, the newest first."""
        return self._notes(inquiry, items.EVENT)

    def looks(self, inquiry: str) -> list[Note]:
        """Return who looked, the newest first."""
        return self._notes(inquiry, items.ACCESS)

    def _notes(self, inquiry: str, kind: str) -> list[Note]:
        answer = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues=items.values(
                {":pk": items.partition(inquiry), ":kind": kind}
            ),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=NOTES_SHOWN,
        )
        return [_to_note(item) for item in answer["Items"]]


def noted(inquiry: str, kind: str, note: Note) -> items.Item:
    """Return the item of *note*, its own among all of the same moment."""
    sort_key = f"{kind}{note.at}#{secrets.token_hex(_RANDOM_BYTES)}"
    return items.values(vars(note) | {"pk": items.partition(inquiry), "sk": sort_key})


def a_note(
    at: datetime,
    who: str,
    name: str,
    did: str,
    *,
    file: int | None = None,
    letter: str | None = None,
    requirement: str | None = None,
    why: str | None = None,
) -> Note:
    """Return a note of something done at this moment."""
    return Note(clock.text(at), who, name, did, file, letter, requirement, why)


def _to_note(item: items.Item) -> Note:
    stored = items.plain(item)
    file = stored.get("file")
    return Note(
        stored["at"],
        stored["who"],
        stored["name"],
        stored["did"],
        None if file is None else int(file),
        stored.get("letter"),
        stored.get("requirement"),
        stored.get("why"),
        stored.get("purpose"),
    )


def _key(partition: str, position: Position) -> dict[str, str]:
    return {
        "worklist": partition,
        "worklist_order": position.order,
        "pk": items.partition(position.inquiry),
        "sk": items.INQUIRY,
    }
