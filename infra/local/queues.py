"""Queues that wake functions: batches, partial failures, visibility, dead letters."""

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from infra.local.aws import Aws
from infra.local.blueprint import QueueTrigger
from infra.local.functions import EventTooLargeError, FunctionFailedError, Functions
from infra.local.journal import Journal

_LONGEST_WAIT = 3600.0


def name_of(arn: str) -> str:
    """Return the queue's name from its ARN."""
    return arn.rpartition(":")[2]


def as_record(message: Mapping[str, Any], arn: str, region: str) -> dict[str, Any]:
    """Return one record of the event that Lambda makes of *message*."""
    attributes = {
        name: {
            "stringValue": value["StringValue"],
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": value["DataType"],
        }
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


def failed_ids(answer: Any, batch: set[str]) -> set[str]:
    """
    Return the ids that *answer* names as failed.

    As AWS has it: nothing or an empty list means that all went well; an empty, unknown or
    misspelt identifier means that none did.
    """
    if answer is None or answer == {}:
        return set()
    try:
        named = [failure["itemIdentifier"] for failure in answer["batchItemFailures"] or []]
    except (TypeError, KeyError):
        return batch
    failed = set(named)
    return failed if failed.issubset(batch) else batch


class Poller:
    """Carries messages from one queue to one function."""

    def __init__(
        self, trigger: QueueTrigger, aws: Aws, functions: Functions, journal: Journal
    ) -> None:
        """Poll *trigger*'s queue; nothing happens before `start`."""
        self._trigger, self._functions, self._journal = trigger, functions, journal
        self.queue = name_of(trigger.queue_arn)
        self._sqs, self._region = aws.clients["sqs"], aws.place.region
        self._url = aws.place.queue_url(self.queue)
        self._seconds_to_next = partial(aws.emulator.seconds_to_next, self.queue)
        self._function = next(
            f for f in functions.by_arn.values() if trigger.function in (f.name, f.arn)
        )
        self._changed = threading.Condition()
        self._free = trigger.concurrency
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=f"poll {self.queue}", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def look(self) -> None:
        """Look at the queue now: a message came, or the clock moved."""
        with self._changed:
            self._changed.notify()

    def stop(self) -> None:
        """Take no more messages."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout=5)

    @property
    def idle(self) -> bool:
        """Whether no message can be seen."""
        wait = self._seconds_to_next()
        return wait is None or wait > 0

    def _run(self) -> None:
        while self._wait():
            with self._journal.at_work():
                messages = self._receive()
                if not messages:
                    self._give_back()
                    continue
                self._journal.begin()
            threading.Thread(
                target=self._work, args=(messages,), name=f"batch {self.queue}", daemon=True
            ).start()

    def _wait(self) -> bool:
        """Wait until there is a message and a place for it; take the place. False at the end."""
        with self._changed:
            while not self._stopped:
                wait = self._seconds_to_next()
                if wait == 0 and self._free:
                    self._free -= 1
                    return True
                timeout = _LONGEST_WAIT if wait is None or not self._free else wait
                self._changed.wait(min(timeout, _LONGEST_WAIT))
        return False

    def _give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()

    def _receive(self) -> list[dict[str, Any]]:
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=self._trigger.batch_size,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except Exception as error:  # noqa: BLE001 - a broken queue is tried again, as on AWS
            self._journal.failed("poll", self.queue, type(error).__name__)
            with self._changed:
                self._changed.wait(1)
            return []
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _work(self, messages: list[dict[str, Any]]) -> None:
        try:
            self._journal.happened(
                "message", self.queue, self._function.logical_id, f"{len(messages)} in the batch"
            )
            failed = self._invoke(messages)
            done = [m for m in messages if m["MessageId"] not in failed]
            if done:
                self._sqs.delete_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]}
                        for n, m in enumerate(done)
                    ],
                )
        except Exception as error:  # noqa: BLE001 - undeleted messages come again, as on AWS
            self._journal.failed("delete", self.queue, type(error).__name__)
        finally:
            self._give_back()
            self._journal.end()

    def _invoke(self, messages: list[dict[str, Any]]) -> set[str]:
        """Return the ids of the messages that have to come again."""
        batch = {m["MessageId"] for m in messages}
        arn, region = self._trigger.queue_arn, self._region
        event = {"Records": [as_record(m, arn, region) for m in messages]}
        try:
            answer = self._functions.invoke(self._function.arn, event)
        except (FunctionFailedError, EventTooLargeError):
            return batch
        if not self._trigger.reports_failures:
            return set()
        failed = failed_ids(answer, batch)
        for _ in failed:
            self._journal.failed("message", self.queue, "named as failed by the step")
        return failed
