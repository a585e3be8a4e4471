"""One clock for the whole process, and what is due by it."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import time_machine

SOON = timedelta(seconds=5)


class Clock:
    """
    Time as everybody in this process sees it: handlers, botocore and moto.

    It runs on at normal speed after a move. `time.monotonic` stays real, so waits do.
    """

    def __init__(self) -> None:
        """Start with the time there is."""
        self._began = datetime.now(UTC)
        self._travel = time_machine.travel(self._began, tick=True)
        self._traveller = self._travel.start()
        self.shift = timedelta()

    @staticmethod
    def now() -> datetime:
        """Return this world's time."""
        return datetime.now(UTC)

    def move(self, by: timedelta) -> None:
        """Put the clock forward. Back is refused: what was sent would be in the future."""
        if by < timedelta():
            message = "the clock moves forward only"
            raise ValueError(message)
        self._traveller.shift(by)
        self.shift += by

    def stop(self) -> None:
        """Give the process its own time back."""
        self._travel.stop()


class Agenda:
    """What happens at a time of this world, run in order by one thread."""

    def __init__(self, clock: Clock) -> None:
        """Wait for *clock*; nothing runs before `start`."""
        self._clock = clock
        self._entries: list[tuple[datetime, int, str, Callable[[], None]]] = []
        self._changed = threading.Condition()
        self._order = itertools.count()
        self._stopped = False
        self._running = False
        self._repeated: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="agenda", daemon=True)

    def start(self) -> None:
        """Begin to look at the clock."""
        self._thread.start()

    def at(self, when: datetime, label: str, action: Callable[[], None]) -> None:
        """Have *action* run at *when*; it must not raise and not take long."""
        with self._changed:
            heapq.heappush(self._entries, (when, next(self._order), label, action))
            self._changed.notify()

    def every(self, period: timedelta, label: str, action: Callable[[], None]) -> None:
        """
        Have *action* run again and again, *period* after its last turn.

        A clock moved over many periods brings one turn, as for a computer that slept.
        """
        self._repeated.add(label)

        def turn() -> None:
            self.at(self._clock.now() + period, label, turn)
            action()

        self.at(self._clock.now() + period, label, turn)

    def clock_moved(self) -> None:
        """Look at the clock again."""
        with self._changed:
            self._changed.notify()

    def due(self) -> list[tuple[datetime, str]]:
        """Return what is to come, soonest first."""
        with self._changed:
            return [(when, label) for when, _, label, _ in sorted(self._entries)]

    def idle(self) -> bool:
        """Whether nothing runs or is overdue, and nothing that was set once is due in seconds."""
        now = self._clock.now()
        with self._changed:
            return not self._running and all(
                when > (now if label in self._repeated else now + SOON)
                for when, _, label, _ in self._entries
            )

    def forget(self) -> None:
        """Drop everything that was set once."""
        with self._changed:
            self._entries = [entry for entry in self._entries if entry[2] in self._repeated]
            heapq.heapify(self._entries)

    def stop(self) -> None:
        """Stop looking at the clock."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (action := self._next()) is not None:
            action()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._running = False
            while not self._stopped:
                if not self._entries:
                    self._changed.wait()
                    continue
                wait = (self._entries[0][0] - self._clock.now()).total_seconds()
                if wait <= 0:
                    self._running = True
                    return heapq.heappop(self._entries)[3]
                self._changed.wait(min(wait, 3600))
        return None
