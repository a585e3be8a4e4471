"""EventBridge's default bus: the template's patterns, transformers and targets."""

import json
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from moto.events.models import EventPattern

from infra.local.blueprint import Rule, Target
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.journal import Journal
from infra.local.transformer import transform

if TYPE_CHECKING:
    from moto.events.utils import EventMessageType

SCANNER = "Scanner"
"""Where results of malware scans come from, in the picture."""
_OPERATORS = {
    "prefix",
    "suffix",
    "exists",
    "anything-but",
    "numeric",
    "cidr",
    "wildcard",
    "equals-ignore-case",
}


def check_pattern(rule: Rule) -> None:
    """Raise on a pattern operator that moto would silently take as always true."""
    seen: list[Any] = [rule.pattern]
    while seen:
        node = seen.pop()
        if isinstance(node, dict):
            seen.extend(node.values())
        elif isinstance(node, list):
            for item in node:
                if isinstance(item, dict) and not set(item) <= _OPERATORS:
                    message = f"{rule.name}: the pattern {item} is not known here"
                    raise UnknownToThisWorldError(message)


def _source(event: Mapping[str, Any]) -> str:
    """Return the place in the picture that *event* comes from."""
    if event["source"] == "aws.ses":
        return "SES"
    if event["source"] == "aws.guardduty":
        return SCANNER
    return str(event["resources"][0].split(":")[-1])


class Bus:
    """Takes events from anywhere and delivers them on a thread of its own."""

    def __init__(
        self,
        rules: Iterable[Rule],
        send: Callable[[str, str, Mapping[str, str]], None],
        invoke: Callable[[str, dict[str, Any]], None],
        journal: Journal,
    ) -> None:
        """*send* puts a body and attributes into the queue with an ARN; *invoke* wakes by ARN."""
        self._rules = [(rule, EventPattern.load(json.dumps(rule.pattern))) for rule in rules]
        for rule, _ in self._rules:
            check_pattern(rule)
        self._send, self._invoke, self._journal = send, invoke, journal
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="event bus", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def publish(self, event: dict[str, Any]) -> None:
        """Have *event* delivered soon; returns at once, so it may be called inside a request."""
        self._journal.begin()
        self._events.put(event)

    def stop(self) -> None:
        """Deliver what is under way, then stop."""
        self._events.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                self._deliver(event)
            finally:
                self._journal.end()

    def _deliver(self, event: dict[str, Any]) -> None:
        for rule, pattern in self._rules:
            if not pattern.matches_event(cast("EventMessageType", event)):
                continue
            for target in rule.targets:
                try:
                    self._deliver_to(target, rule, event)
                except Exception as error:  # noqa: BLE001 - one bad target must not stop the bus
                    self._journal.failed("event", rule.name, f"{type(error).__name__}: {error}")
                    self._bury(target, rule, event, type(error).__name__)

    def _deliver_to(self, target: Target, rule: Rule, event: dict[str, Any]) -> None:
        body = transform(target, rule, event)
        if target.arn.split(":")[2] == "lambda":
            self._invoke(target.arn, json.loads(body))
        else:
            self._send(target.arn, body, {})
        self._journal.happened(event["detail-type"], _source(event), target.arn.split(":")[-1])

    def _bury(self, target: Target, rule: Rule, event: dict[str, Any], kind: str) -> None:
        if target.dead_letters is None:
            return
        try:
            # Its own words for where it came from and was to go; a redrive needs both.
            whence = {"RULE_ARN": rule.arn, "TARGET_ARN": target.arn, "ERROR_CODE": kind}
            self._send(target.dead_letters, json.dumps(event), whence)
        except Exception as error:  # noqa: BLE001 - the journal is the last place to tell it
            self._journal.failed("dead letter", rule.name, type(error).__name__)
