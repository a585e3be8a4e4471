"""What happened in this world, for people who look at it and for tests."""

import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_KEPT = 200


@dataclass(frozen=True)
class Entry:
    """One thing that happened; *source* and *target* are names in the picture."""

    at: datetime
    kind: str
    source: str
    target: str
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the entry as `GET /world.json` tells it."""
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "kind": self.kind,
            "from": self.source,
            "to": self.target,
            "note": self.note,
        }


class Journal:
    """Counts by kind, the last events, the last failures, and whether anybody is at work."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._at_work = 0
        self.names: Mapping[str, str] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything but who is at work."""
        with self._lock:
            self.counts: Counter[str] = Counter()
            self.moves: Counter[str] = Counter()
            self.events: deque[Entry] = deque(maxlen=_KEPT)
            self.failures: deque[Entry] = deque(maxlen=_KEPT)

    def happened(self, kind: str, source: str, target: str, note: str = "") -> None:
        """Write down that *kind* went from *source* to *target*; `names` has their short names."""
        source, target = self.names.get(source, source), self.names.get(target, target)
        with self._lock:
            self.counts[kind] += 1
            self.moves[f"{source}>{target}"] += 1
            self.events.append(Entry(datetime.now(UTC), kind, source, target, note))

    def failed(self, kind: str, where: str, reason: str) -> None:
        """Write down that something did not work, for example a handler that raised."""
        where = self.names.get(where, where)
        with self._lock:
            self.counts[f"failed: {kind}"] += 1
            self.failures.append(Entry(datetime.now(UTC), kind, where, where, reason))

    def as_json(self, latest: int) -> dict[str, Any]:
        """Return counts, all kept failures and the *latest* events, newest first."""
        with self._lock:
            return {
                "delivered": dict(self.counts),
                "moves": dict(self.moves),
                "events": [entry.as_json() for entry in list(self.events)[: -latest - 1 : -1]],
                "failures": [entry.as_json() for entry in list(self.failures)[::-1]],
            }

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Count the caller as at work, so that nobody takes the world for idle meanwhile."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def begin(self) -> None:
        """One more is at work; `end` belongs to it, perhaps on another thread."""
        with self._lock:
            self._at_work += 1

    def end(self) -> None:
        """One fewer is at work."""
        with self._lock:
            self._at_work -= 1

    @property
    def idle(self) -> bool:
        """Whether nobody is at work."""
        with self._lock:
            return self._at_work == 0
