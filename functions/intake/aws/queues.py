"""The queues between the steps. They carry ids only; any message may vanish or come twice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from intake.inquiry import RECEIPT


@dataclass(frozen=True)
class Queue:
    """One SQS queue."""

    sqs: Any
    url: str

    def send(self, body: dict[str, Any], delay: timedelta = timedelta(0)) -> None:
        """Send *body* as JSON, to be seen after *delay* (at most 15 minutes)."""
        self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=json.dumps(body, separators=(",", ":")),
            DelaySeconds=int(delay.total_seconds()),
        )


@dataclass(frozen=True)
class MailQueues:
    """Where letters wait to be written: the team's and the sender's."""

    team: Queue
    sender: Queue

    def announce(self, inquiry: str, kind: str) -> str | None:
        """
        Have the letter written now; return the error's name if the queue did not take it.

        Never raises: the letter is in the table, due, and `retry_stalled` sends it on.
        """
        queue = self.sender if kind == RECEIPT else self.team
        try:
            queue.send({"inquiry": inquiry, "letter": kind})
        except (ClientError, BotoCoreError) as error:
            return type(error).__name__
        return None


@dataclass(frozen=True)
class CheckQueue:
    """Where files wait to be checked."""

    queue: Queue

    def check(self, bucket: str, key: str, version: str, delay: timedelta = timedelta(0)) -> None:
        """Have this version checked, after *delay*."""
        self.queue.send({"bucket": bucket, "key": key, "version": version}, delay)
