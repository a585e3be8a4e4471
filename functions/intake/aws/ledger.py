"""
The letters we owe, one item each: claimed before they are sent, closed by what SES reports.

Every write is conditional, so that any message may come twice, late, or never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items
from intake.inquiry import File, Letter

# Longer than a mail step may run (30 s), so that only one attempt is ever under way, and long
# enough for SES's Send event to close a letter whose answer was lost.
LEASE = timedelta(minutes=2)
# By then SES has reported a delivery, or something is wrong.
DELIVERY_EXPECTED = timedelta(minutes=15)
RECEIPTS_A_DAY = 3
_RECEIPTS_KEPT = timedelta(days=2)
_PAGE = 100


@dataclass(frozen=True)
class Ledger:
    """The letters, and the due index over letters and files."""

    dynamodb: Any
    table: str

    def claim(self, inquiry: str, kind: str, now: datetime) -> tuple[Letter, bool] | None:
        """
        Take the letter for one attempt, or return None: not due, sent, finished or leased.

        The bool tells that an earlier attempt ended in doubt: SES may have that mail already,
        so this one must say that it may be a repeat.
        """
        try:
            before = self._update(
                inquiry,
                kind,
                "SET claimed_at = :now, in_doubt = :yes, due_at = :lease,"
                " attempts = if_not_exists(attempts, :zero) + :one,"
                # On the right, due_at is still the old one: the moment it fell due.
                " owed_at = if_not_exists(owed_at, due_at)",
                "due_at <= :now AND attribute_not_exists(sent_at)",
                {"now": now, "yes": True, "lease": now + LEASE, "zero": 0, "one": 1},
                returning="ALL_OLD",
            )
        except ClientError as error:
            if items.failed(error):
                return None
            raise
        old = items.to_letter(before)
        claimed = replace(
            old,
            claimed_at=now,
            in_doubt=True,
            due_at=now + LEASE,
            attempts=old.attempts + 1,
            owed_at=old.owed_at or old.due_at,
        )
        return claimed, old.in_doubt

    def sent(
        self,
        letter: Letter,
        message_id: str,
        now: datetime,
        told: Sequence[int] = (),
        heard: int = 0,
    ) -> None:
        """
        Write that SES took the letter; from now on it is never sent again.

        In the same write which files it *told* of, and of how many changes whoever reads it has
        *heard*: without it, none could be told from a note that was lost.
        """
        noted = {"told": list(told), "heard": heard}
        self._mark_sent(letter.inquiry, letter.kind, message_id, now, noted)

    def send_reported(self, letter: Letter, message_id: str, at: datetime) -> bool:
        """
        Write SES's Send event: the same as `sent`, for when the answer was lost.

        Not on a *letter* that a person has had sent again since it was read.
        """
        return self._mark_sent(letter.inquiry, letter.kind, message_id, at, of=letter)

    def _mark_sent(
        self,
        inquiry: str,
        kind: str,
        message_id: str,
        now: datetime,
        noted: dict[str, Any] | None = None,
        of: Letter | None = None,
    ) -> bool:
        same, seen = _unchanged(of)
        wait = now + DELIVERY_EXPECTED
        noted = noted or {}
        note = "".join(f", {name} = :{name}" for name in noted)
        first = self._try(
            inquiry,
            kind,
            f"SET sent_at = :now, message_id = :id, in_doubt = :no, due_at = :wait{note}",
            f"attribute_exists(due_at) AND attribute_not_exists(sent_at){same}",
            {"now": now, "id": message_id, "no": False, "wait": wait, **noted, **seen},
        )
        # Sent already, or an event overtook us and finished the letter: due_at stays as it is.
        return first or self._try(
            inquiry,
            kind,
            "SET sent_at = if_not_exists(sent_at, :now),"
            f" message_id = if_not_exists(message_id, :id), in_doubt = :no{note}",
            f"attribute_exists(pk){same}",
            {"now": now, "id": message_id, "no": False, **noted, **seen},
        )

    def postpone(self, letter: Letter, due_at: datetime, reason: str) -> None:
        """
        Write the next attempt of a letter that SES surely did not take this time.

        `letter.in_doubt` says whether an earlier attempt is still in doubt.
        """
        self._try(
            letter.inquiry,
            letter.kind,
            "SET due_at = :due, in_doubt = :doubt, reason = :reason",
            "attribute_exists(due_at) AND attribute_not_exists(sent_at)",
            {"due": due_at, "doubt": letter.in_doubt, "reason": reason},
        )

    def finish(
        self,
        inquiry: str,
        kind: str,
        stamp: str,
        at: datetime,
        *,
        reason: str | None = None,
        final: bool = True,
        of: Letter | None = None,
    ) -> bool:
        """
        Write the time stamp named *stamp* once; a *final* one takes the letter off the clock.

        Not on a letter that a person has had sent again since it was read as *of*.

        Stamps: delivered_at, delayed_at, soft_bounced_at, bounced_at, complained_at,
        rejected_at, undelivered_at, gave_up_at, closed_at. False: it was written before, or
        there is no such letter.
        """
        same, seen = _unchanged(of)
        update = "SET #stamp = :at" + (", reason = :reason" if reason else "")
        if final:
            update += " REMOVE due_at, due_shard"
        given: dict[str, Any] = {"at": at} | ({"reason": reason} if reason else {})
        return self._try(
            inquiry,
            kind,
            update,
            f"attribute_exists(pk) AND attribute_not_exists(#stamp){same}",
            given | seen,
            {"#stamp": stamp},
        )

    def owe(self, letter: Letter) -> bool:
        """Add a letter that acceptance did not know of; False if it is owed already."""
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=items.from_letter(letter),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def owe_now(self, inquiry: str, kind: str, now: datetime) -> bool:
        """Bring forward a letter that waited for records; the promise starts now, once."""
        return self._try(
            inquiry,
            kind,
            "SET owed_at = :now, due_at = :now",
            "attribute_exists(due_at) AND attribute_not_exists(owed_at)",
            {"now": now},
        )

    def wait_until(self, inquiry: str, kind: str, due_at: datetime) -> bool:
        """
        Move a letter that is not owed yet to *due_at*, sooner or later; False if it is too late.

        A claim writes `owed_at`, so what is owed, under way, sent or finished stays as it is.
        """
        return self._try(
            inquiry,
            kind,
            "SET due_at = :due",
            "attribute_exists(due_at)"
            " AND attribute_not_exists(owed_at) AND attribute_not_exists(sent_at)",
            {"due": due_at},
        )

    def letter(self, inquiry: str, kind: str) -> Letter | None:
        """Read one letter consistently."""
        answer = self.dynamodb.get_item(
            TableName=self.table,
            Key=items.key(inquiry, items.letter_sort_key(kind)),
            ConsistentRead=True,
        )
        return items.to_letter(answer["Item"]) if "Item" in answer else None

    def due(
        self, shard: str, now: datetime, unreadable: list[str] | None = None
    ) -> Iterator[Letter | File]:
        """
        Yield what is due in one shard of the due index, oldest first.

        The keys of items that can't be read are added to *unreadable*; without it they raise.
        """
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard AND due_at <= :now",
            ExpressionAttributeValues=items.values({":shard": shard, ":now": now}),
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            for item in page["Items"]:
                if items.has_expired(item, now):
                    continue
                is_file = item["sk"]["S"].startswith(items.FILE)
                try:
                    found = items.to_file(item) if is_file else items.to_letter(item)
                except items.UNREADABLE:
                    if unreadable is None:
                        raise
                    unreadable.append(f"{item['pk']['S']} {item['sk']['S']}")
                    continue
                yield found

    def pushed(self, letter: Letter, now: datetime) -> bool:
        """
        Note that the letter's message is sent again; False if one surely is on its way.

        False too for a letter that is not due any more: the index showed it as it was before.
        """
        return self._try(
            letter.inquiry,
            letter.kind,
            "SET pushed_at = :now",
            "due_at <= :now AND attribute_not_exists(sent_at)"
            " AND (attribute_not_exists(pushed_at) OR pushed_at <= :earlier)",
            {"now": now, "earlier": now - LEASE},
        )

    def admit_receipt(self, address_hash: str, inquiry: str, now: datetime) -> bool:
        """
        Count this receipt against its address's day; False if the day has three others.

        Asked again for the same inquiry the answer is the same, so that a retry counts once.
        """
        day = now.date().isoformat()
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.values({"pk": f"receipts#{address_hash}#{day}", "sk": "receipts"}),
                UpdateExpression="ADD inquiries :this SET expires_at = :expires",
                ConditionExpression="attribute_not_exists(inquiries)"
                " OR contains(inquiries, :id) OR size(inquiries) < :limit",
                ExpressionAttributeValues=items.values(
                    {
                        ":this": {inquiry},
                        ":id": inquiry,
                        ":limit": RECEIPTS_A_DAY,
                        ":expires": int((now + _RECEIPTS_KEPT).timestamp()),
                    }
                ),
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def _try(
        self,
        inquiry: str,
        kind: str,
        update: str,
        condition: str,
        given: dict[str, Any],
        names: dict[str, str] | None = None,
    ) -> bool:
        try:
            self._update(inquiry, kind, update, condition, given, names)
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True

    def _update(
        self,
        inquiry: str,
        kind: str,
        update: str,
        condition: str | None,
        given: dict[str, Any],
        names: dict[str, str] | None = None,
        returning: str = "NONE",
    ) -> items.Item:
        answer = self.dynamodb.update_item(
            TableName=self.table,
            Key=items.key(inquiry, items.letter_sort_key(kind)),
            UpdateExpression=update,
            ExpressionAttributeValues=items.values({f":{k}": v for k, v in given.items()}),
            ReturnValues=returning,
            **({"ConditionExpression": condition} if condition else {}),
            **({"ExpressionAttributeNames": names} if names else {}),
        )
        attributes: items.Item = answer.get("Attributes", {})
        return attributes


def _unchanged(of: Letter | None) -> tuple[str, dict[str, Any]]:
    """Return condition and value by which nobody had the letter sent again since it was read."""
    if of is None:
        return "", {}
    if of.resent_at is None:
        return " AND attribute_not_exists(resent_at)", {}
    return " AND resent_at = :resent", {"resent": of.resent_at}
