"""What is broken at the moment, for whoever plays by hand: nothing, until they break it."""

from __future__ import annotations

from datetime import datetime

from tests.faults.plan import AT_CALLS, DELIVERY, START, Boundary, Kind, Plan

# Each twin of a twin would have twins of its own as long as a service is down so.
AWAY = tuple(kind for kind in AT_CALLS if kind is not Kind.MEANWHILE)
SERVICES = ("dynamodb", "sqs", "s3", "sesv2", "guardduty")


class World(Plan):
    """Services that are down, a schedule that stands still, and what goes wrong once."""

    def __init__(self) -> None:
        super().__init__()
        self.down: dict[str, Kind] = {}
        self.is_stopped = False  # the sweep's schedule
        self._calls: dict[int, Kind] = {}  # by how many calls from now
        self._once: dict[str, Kind] = {}  # at the next start, or the next delivery

    @property
    def is_well(self) -> bool:
        """Whether nothing is broken, and nothing is about to be."""
        return not (self.down or self._calls or self._once or self.is_stopped)

    def break_call(self, n: int, kind: Kind) -> None:
        """Have the *n*th call from now go wrong."""
        self._calls[n] = kind

    def break_next(self, what: str, kind: Kind) -> None:
        """Have the next START or DELIVERY go wrong."""
        self._once[what] = kind

    def mend(self) -> None:
        """Have nothing go wrong any more."""
        self.down.clear()
        self._calls.clear()
        self._once.clear()
        self.is_stopped = False

    def _kind(self, at: Boundary, _now: datetime) -> Kind | None:
        if at.what == DELIVERY and at.who == "tick":
            return Kind.VANISHED if self.is_stopped else None
        if at.what in {START, DELIVERY}:
            return self._once.pop(at.what, None)
        once = self._calls.pop(1, None)
        self._calls = {n - 1: kind for n, kind in self._calls.items()}
        kind = once or self.down.get(at.what.partition(".")[0])
        return kind if kind in at.kinds else None
