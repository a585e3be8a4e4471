"""
Puts dead letters back to where they came from: sent first, then deleted.

At least once: whoever stops in between leaves one in both places, and a message that comes twice
changes nothing. AWS's own move task can't do it for the rules' queue, and it would carry events
whole, with patients' addresses, into ours.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from infra.local.blueprint import Rule, Target
from infra.local.transformer import NotTransformedError, transform
from infra.operate import dead
from infra.operate.dead import DeadQueue, Message
from infra.operate.deployed import Deployed

A_SECOND = 10
# A send and a delete: until then nobody else may take the message.
_HIDDEN = timedelta(minutes=5)


class StaysError(Exception):
    """One message can't be moved; the text of the error says why."""


@dataclass
class Moved:
    """What one redrive did: how many it moved to which queue, and which stay, with the reason."""

    moved: dict[str, int] = field(default_factory=dict)
    stay: list[tuple[str, str, str]] = field(default_factory=list)  # message id, about, why


@dataclass
class Redrive:
    """
    Moves the letters of one queue after another, at most A_SECOND a second.

    Never moves what was first sent after it began: that has crashed again already.
    """

    deployed: Deployed
    sleep: Callable[[float], None] = time.sleep
    _rules: dict[str, tuple[Rule, ...]] = field(default_factory=dict)

    def run(self, queue: DeadQueue) -> Moved:
        """Move all that can be seen in *queue*; what can't be moved stays there."""
        done, sqs = Moved(), self.deployed.aws.sqs
        kept: list[Message] = []
        try:
            for message in dead.take(self.deployed, queue, _HIDDEN):
                try:
                    name, url, body = self._destination(queue, message)
                except StaysError as error:
                    kept.append(message)
                    done.stay.append((message.id, dead.about(message.body), str(error)))
                    continue
                # Its attributes say where it failed; nobody who reads our queues needs them.
                sqs.send_message(QueueUrl=url, MessageBody=body)
                sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message.receipt)
                done.moved[name] = done.moved.get(name, 0) + 1
                self.sleep(1 / A_SECOND)
        finally:
            for message in kept:
                dead.put_back(self.deployed, queue, message)
        return done

    def _destination(self, queue: DeadQueue, message: Message) -> tuple[str, str, str]:
        """Return name and address of the queue that *message* is for, and the body for it."""
        if message.first_sent >= self.deployed.now:
            raise StaysError("came after this redrive began; it has crashed again")
        if len(queue.sources) == 1:
            (source,) = queue.sources
            return source.name, source.url, message.body
        if queue.sources:
            raise StaysError("more than one queue ends here, and it does not say which it is from")
        return self._by_rule(message)

    def _by_rule(self, message: Message) -> tuple[str, str, str]:
        """Do what EventBridge could not: transform the event, and name the rule's target."""
        arn, target_arn = message.attribute("RULE_ARN"), message.attribute("TARGET_ARN")
        if not arn or not target_arn:
            raise StaysError("does not name its rule: EventBridge did not put it here")
        for rule in self._targets(arn):
            for target in rule.targets:
                if target.arn == target_arn:
                    return self._transformed(rule, target, message)
        raise StaysError(f"no rule {arn.rpartition('/')[2]} with that target is left")

    def _transformed(self, rule: Rule, target: Target, message: Message) -> tuple[str, str, str]:
        ours = {url.rpartition("/")[2]: name for name, url in self.deployed.queues.items()}
        name = ours.get(target.arn.rpartition(":")[2])
        if name is None:
            raise StaysError("its rule leads to no queue of this stack")
        if target.template is None:
            raise StaysError("its rule has no transformer, and an event whole holds addresses")
        try:
            body = transform(target, rule, json.loads(message.body))
        except (NotTransformedError, ValueError) as error:
            raise StaysError("it lacks what its rule takes from it") from error
        return name, self.deployed.queues[name], body

    def _targets(self, arn: str) -> tuple[Rule, ...]:
        """Return the rule with its targets as they are today; nothing if it is gone."""
        if arn not in self._rules:
            name = arn.rpartition("/")[2]
            try:
                answer = self.deployed.aws.events.list_targets_by_rule(Rule=name)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                answer = {"Targets": []}
            targets = tuple(_target(given) for given in answer["Targets"])
            self._rules[arn] = (Rule(name, arn, {}, targets),)
        return self._rules[arn]


def _target(given: dict[str, Any]) -> Target:
    transformer = given.get("InputTransformer", {})
    return Target(
        given["Arn"], transformer.get("InputTemplate"), transformer.get("InputPathsMap", {})
    )
