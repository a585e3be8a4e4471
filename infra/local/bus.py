"""EventBridge's default bus: the template's patterns, transformers and targets."""

import json
import queue
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from moto.events.models import EventPattern

from infra.local.blueprint import Rule, Target
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.journal import Journal

if TYPE_CHECKING:
    from moto.events.utils import EventMessageType

SCANNER = "Scanner"
"""Where results of malware scans come from, in the picture."""
_PLACEHOLDER = re.compile(r'"<([A-Za-z0-9_.-]+)>"|<([A-Za-z0-9_.-]+)>')
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


class NotTransformedError(Exception):
    """The event lacks what the transformer's template needs, so AWS could not deliver it."""


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


def transform(target: Target, rule: Rule, event: Mapping[str, Any]) -> str:
    """
    Return what *target* gets for *event*.

    As on AWS, a string that stands without quotes in the template gets them, and a path that
    the event lacks leaves a hole: the JSON breaks and nothing is delivered.
    """
    if target.template is None:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    values: dict[str, Any] = {
        "aws.events.event.json": event,
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for name, path in target.paths.items():
        values[name] = _look_up(event, path)

    def fill(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        value = values.get(name)
        if value is None:
            message = f"nothing to put in for <{name}>"
            raise NotTransformedError(message)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    filled = _PLACEHOLDER.sub(fill, target.template)
    try:
        json.loads(filled)
    except ValueError as error:
        message = "the filled template is not JSON"
        raise NotTransformedError(message) from error
    return filled


def _look_up(event: Mapping[str, Any], path: str) -> Any:
    node: Any = event
    for step in path.split(".")[1:]:
        if not isinstance(node, dict) or step not in node:
            return None
        node = node[step]
    return node


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
        send: Callable[[str, str], None],
        invoke: Callable[[str, dict[str, Any]], None],
        journal: Journal,
    ) -> None:
        """*send* puts a body into the queue with an ARN; *invoke* wakes a function by ARN."""
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
                    self._bury(target, rule, event)

    def _deliver_to(self, target: Target, rule: Rule, event: dict[str, Any]) -> None:
        body = transform(target, rule, event)
        if target.arn.split(":")[2] == "lambda":
            self._invoke(target.arn, json.loads(body))
        else:
            self._send(target.arn, body)
        self._journal.happened(event["detail-type"], _source(event), target.arn.split(":")[-1])

    def _bury(self, target: Target, rule: Rule, event: dict[str, Any]) -> None:
        if target.dead_letters is None:
            return
        try:
            self._send(target.dead_letters, json.dumps(event))
        except Exception as error:  # noqa: BLE001 - the journal is the last place to tell it
            self._journal.failed("dead letter", rule.name, type(error).__name__)
