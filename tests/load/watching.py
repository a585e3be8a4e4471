"""What can be seen of the world from outside, once a second: queues, letters, its own clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MAIL_QUEUES = ("TeamQueue", "SenderQueue")
_LOOK_S = 1.0


@dataclass(frozen=True)
class Sample:
    """One look: messages that wait in each queue, and how many letters SES took so far."""

    at: float  # time.time()
    waiting: Mapping[str, int]
    letters: int

    @property
    def mail_waiting(self) -> int:
        """How many messages wait for a letter to be written."""
        return sum(self.waiting[queue] for queue in MAIL_QUEUES)


def sampled(state: Mapping[str, Any]) -> Sample:
    """Return what world.json tells."""
    waiting = {name: queue["waiting"] for name, queue in state["queues"].items()}
    return Sample(time.time(), waiting, state["letters"])


@dataclass
class Watcher:
    """Looks once a second on a thread of its own, and hands each look to *on_look*."""

    look: Callable[[], Mapping[str, Any]]
    on_look: Callable[[Mapping[str, Any]], None]
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_S):
            state = self.look()
            self.samples.append(sampled(state))
            self.on_look(state)


def now_of(state: Mapping[str, Any]) -> datetime:
    """Return the world's own time."""
    return datetime.fromisoformat(state["now"])
