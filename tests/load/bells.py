"""Which alarms rang, and which letters the log names: the template's alarms on what was printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.alarms import ALARM, Watch, alarms
from tests.handlers import blueprint
from tests.load.watching import now_of

# What a log line about a letter makes ring.
NAMED = {
    "letter overdue": "LettersOverdue",
    "delivery not reported": "LettersUndelivered",
    "letter given up": "LettersGivenUp",
}
_LATE = "letter overdue"
_LOG_TIME = "%Y-%m-%d %H:%M:%S,%f%z"
_SQS, _VISIBLE = "AWS/SQS", "ApproximateNumberOfMessagesVisible"
_decode = json.JSONDecoder().raw_decode


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Yield every JSON object of a log; two threads may have printed theirs into one line."""
    for line in text.splitlines():
        rest = line.strip()
        while rest.startswith("{"):
            try:
                found, end = _decode(rest)
            except ValueError:
                break
            yield found
            rest = rest[end:].lstrip()


@dataclass
class Bells:
    """CloudWatch for one run: is shown the log and the queues now and then."""

    start: datetime
    named: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    _read: int = 0

    def __post_init__(self) -> None:
        """Create the alarms on what a local world has: our own metrics, and queues."""
        ours = [each for each in alarms() if each.namespace in {"ClinicIntake", _SQS}]
        self._watch = Watch(ours, self.start)
        self._queues = {found.logical_id: name for name, found in blueprint().queues.items()}

    def hear(self, log: str, state: Mapping[str, Any]) -> None:
        """Take in what was printed since the last time, and how many messages wait."""
        now = now_of(state)
        new = log[self._read : log.rfind("\n") + 1]
        self._read += len(new)
        for document in documents(new):
            if "_aws" in document:
                self._watch.read_log(json.dumps(document), now)
            elif document.get("message") in NAMED:
                at = datetime.strptime(document["timestamp"], _LOG_TIME).astimezone(UTC)
                name = document["message"], document["inquiry"], document["letter"]
                self.named.setdefault(name, at)
        for queue, depth in state["queues"].items():
            dimensions = {"QueueName": self._queues[queue]}
            self._watch.put(_SQS, _VISIBLE, dimensions, depth["waiting"], now)
        self._watch.tick(now)

    def finish(self, state: Mapping[str, Any]) -> None:
        """Let the last minute end."""
        self._watch.tick(now_of(state) + timedelta(minutes=1))

    @property
    def rang(self) -> set[str]:
        """The names of all alarms that rang at some time."""
        return {change.name for change in self._watch.history if change.state == ALARM}

    def rang_for(self, inquiry: str, kind: str, by: datetime) -> bool:
        """Tell whether an alarm rang because this letter was late, before its promise broke."""
        at = self.named.get((_LATE, inquiry, kind))
        return at is not None and at <= by and NAMED[_LATE] in self.rang

    def rang_of(self, queue: str) -> bool:
        """Tell whether an alarm rang that watches how many messages lie in *queue*."""
        return any(
            dict(each.dimensions) == {"QueueName": self._queues[queue]}
            and each.metric == _VISIBLE
            and each.name in self.rang
            for each in alarms()
        )

    def count(self, message: str) -> int:
        """Return how many letters a kind of log line named."""
        return sum(said == message for said, _, _ in self.named)
