"""The queues between the steps. They carry ids only; any message may vanish or come twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from intake.inquiry import SENDER_LETTERS


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

    def offer(self, body: dict[str, Any]) -> str | None:
        """
        Send *body*, or return the error's name if the queue did not take it.

        For what is in the table and due anyway: `retry_stalled` sends it on.
        """
        try:
            self.send(body)
        except (ClientError, BotoCoreError) as error:
            return type(error).__name__
        return None


@dataclass(frozen=True)
class MailQueues:
    """Where letters wait to be written: the team's and the sender's."""

    team: Queue
    sender: Queue

    def announce(self, inquiry: str, kind: str) -> str | None:
        """Have the letter written now; return the error's name if the queue is down."""
        queue = self.sender if kind in SENDER_LETTERS else self.team
        return queue.offer({"inquiry": inquiry, "letter": kind})


@dataclass(frozen=True)
class CheckQueue:
    """Where files wait to be checked."""

    queue: Queue

    def put_off(self, message: Mapping[str, Any], delay: timedelta) -> None:
        """Have the very same *message* come again, after *delay*."""
        self.queue.send(dict(message), delay)

    def offer(self, bucket: str, key: str, version: str) -> str | None:
        """Have this version looked at; return the error's name if the queue is down."""
        return self.queue.offer({"bucket": bucket, "key": key, "version": version})
