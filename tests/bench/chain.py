"""The AWS calls between a post and the team's letter, without our code between them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from infra.local import sealed
from tests.bench.calls import Call, bare_clients, recorded, repeat
from tests.bench.plan import Plan
from tests.bench.steps import Context, accept, wired


class Chain:
    """
    What accept_inquiry and notify_team call, and what fetches the message between them.

    Recorded from the steps themselves, on queues of our own that wake nobody.
    """

    def __init__(self, plan: Plan, aws_url: str, form: str, answers: Mapping[str, Any]) -> None:
        """Have the steps accept and announce *answers* once, with AWS at *aws_url*."""
        sealed.seal(aws_url)
        self._sqs = boto3.client("sqs")
        self._queue, sender_queue = (
            self._sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("team", "sender")
        )
        ours = {"TEAM_QUEUE": self._queue, "SENDER_QUEUE": sender_queue}
        accepting = {**plan.environment("AcceptInquiry", aws_url), **ours}
        self._accepting = _accepting(accepting, form, answers)
        message = self._receive()
        self._delete(message)
        self._notifying = _notifying(plan.environment("NotifyTeam", aws_url), message["Body"])
        self._bare = bare_clients([*self._accepting, *self._notifying])

    def __len__(self) -> int:
        """Return the number of calls, with the two that Lambda makes for a queue."""
        return len(self._accepting) + len(self._notifying) + 2

    def run(self) -> None:
        """Make all calls anew, about an inquiry that the table does not know."""
        fresh = _fresh_names(self._accepting)
        repeat(self._bare, _renamed(self._accepting, fresh))
        message = self._receive()
        repeat(self._bare, _renamed(self._notifying, fresh))
        self._delete(message)

    def _receive(self) -> Mapping[str, str]:
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=5)
        message: Mapping[str, str] = answer["Messages"][0]
        return message

    def _delete(self, message: Mapping[str, str]) -> None:
        self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])


def _accepting(
    environment: Mapping[str, str], form: str, answers: Mapping[str, Any]
) -> Sequence[Call]:
    handler = wired("accept_inquiry", environment)
    with recorded(*map(handler.client, ("dynamodb", "s3", "sqs"))) as calls:
        accept(handler, form, answers)
    return calls


def _notifying(environment: Mapping[str, str], message: str) -> Sequence[Call]:
    handler = wired("notify_team", environment)
    event = {"Records": [{"messageId": "1", "body": message}]}
    with recorded(*map(handler.client, ("dynamodb", "sesv2"))) as calls:
        handler.handle(event, Context())
    if "send_email" not in {call.operation for call in calls}:
        raise RuntimeError("the team's letter was not sent")
    return calls


def _fresh_names(accepting: Sequence[Call]) -> Mapping[str, str]:
    """Return by old name a new one for each thing that the transaction insists is new."""
    names = [
        write["Put"]["Item"]["pk"]["S"].rpartition("#")[2]
        for call in accepting
        if call.operation == "transact_write_items"
        for write in call.arguments["TransactItems"]
    ]
    return {name: secrets.token_hex(len(name))[: len(name)] for name in names}


def _renamed(calls: Sequence[Call], names: Mapping[str, str]) -> Sequence[Call]:
    renamed = []
    for call in calls:
        arguments = json.dumps(call.arguments)
        for old, new in names.items():
            arguments = arguments.replace(old, new)
        renamed.append(Call(call.service, call.operation, json.loads(arguments)))
    return renamed
