"""What staff decide about a case: each decision one transaction, on the case as they saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intake import clock
from intake.aws import items
from intake.aws.casework import Note
from intake.aws.revisions import Revisions
from intake.inquiry import TOKENS_LIVE, File, Inquiry, Letter, due_shard
from intake.scanning import NO_THREATS

# A transaction holds 100 writes, and the inquiry and its notes are among them.
_MOST_FILES = 90
# What an attempt or SES wrote on a letter; without these it is as if it had never been tried.
_OUTCOMES = (
    *("sent_at", "message_id", "told", "heard", "claimed_at", "delayed_at", "complained_at"),
    *("soft_bounced_at", "bounced_at", "rejected_at", "undelivered_at", "gave_up_at", "closed_at"),
    *("reason", "pushed_at"),
)
_WAITS = (
    "attribute_exists(quarantined_at)"
    " AND attribute_not_exists(released_at) AND attribute_not_exists(rejected_at)"
)


@dataclass(frozen=True)
class Decisions:
    """
    The table, for those who decide.

    Each method raises CaseChangedError where the case is no longer *inquiry* as it was read, and
    UnavailableError where the table stays in conflict. Then nothing was changed.
    """

    revisions: Revisions

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
                    "TableName": self.revisions.table,
                    "Item": items.from_letter(letter),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for letter in letters
        ]
        stamps = ("released_at", "answer_by", "tokens_expire_at")
        self.revisions.write(released, note, stamps, _WAITS, owed)

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
                    "TableName": self.revisions.table,
                    "Key": items.key(file.inquiry, items.file_sort_key(file.n)),
                    "UpdateExpression": "REMOVE due_at, due_shard",
                    "ConditionExpression": "attribute_exists(pk)",
                }
            }
            for file in awaited
        ]
        self.revisions.write(rejected, note, ("rejected_at",), _WAITS, off_the_clock)

    def answered(self, inquiry: Inquiry, note: Note) -> None:
        """Take an inquiry off its worklist: the sender has heard from the team."""
        answered = replace(inquiry, answered_at=clock.moment(note.at))
        self.revisions.write(answered, note, ("answered_at",), "attribute_not_exists(answered_at)")

    def reopen(self, inquiry: Inquiry, note: Note) -> None:
        """Put an answered inquiry back on its worklist."""
        reopened = replace(inquiry, answered_at=None)
        self.revisions.write(reopened, note, ("answered_at",), "attribute_exists(answered_at)")

    def decide(self, inquiry: Inquiry, note: Note, file: File, decision: str) -> None:
        """
        Write what becomes of a withheld *file*, once; check_upload carries it out.

        Nobody overrules the malware scanner: without its word nothing is released.
        """
        condition = "verdict = :withheld AND attribute_not_exists(decision)"
        given = {
            ":decision": decision,
            ":now": note.at,
            ":shard": due_shard(file.inquiry),
            ":withheld": "withheld",
        }
        names = {}
        if decision == "release":
            condition += " AND #scan = :no_threats"
            names = {"ExpressionAttributeNames": {"#scan": "scan"}}
            given[":no_threats"] = NO_THREATS
        update = {
            "Update": {
                "TableName": self.revisions.table,
                "Key": items.key(file.inquiry, items.file_sort_key(file.n)),
                "UpdateExpression": "SET decision = :decision, decided_at = :now,"
                " due_at = :now, due_shard = :shard",
                "ConditionExpression": condition,
                "ExpressionAttributeValues": items.values(given),
                **names,
            }
        }
        self.revisions.write(inquiry, note, (), "attribute_exists(pk)", [update])

    def resend(self, inquiry: Inquiry, note: Note, letter: Letter) -> None:
        """Make a failed *letter* due as on its first day: a person wants it repeated."""
        update = {
            "Update": {
                "TableName": self.revisions.table,
                "Key": items.key(letter.inquiry, items.letter_sort_key(letter.kind)),
                "UpdateExpression": "SET due_at = :now, owed_at = :now, due_shard = :shard,"
                " attempts = :none, in_doubt = :no, resent_at = :now, earlier = :earlier"
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
                        ":earlier": [*letter.earlier, *filter(None, [letter.message_id])],
                    }
                ),
            }
        }
        self.revisions.write(inquiry, note, (), "attribute_exists(pk)", [update])

    def waive(self, inquiry: Inquiry, note: Note, waived: Sequence[Mapping[str, str]]) -> None:
        """Write which kinds of record the team does without from now on, all of them."""
        after = replace(inquiry, waived=tuple(waived))
        self.revisions.write(after, note, ("waived",), "attribute_exists(pk)")
