"""What a run does: how many clients, how long, and when which service of AWS is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

from infra.local.guard import LOST, SCANNER, TIMEOUT

_COMMON = ("outage", "throttle", LOST, TIMEOUT)
_BREAKABLE = ("dynamodb", "s3", "sqs", "ses")
WAYS = (
    *((service, how) for service in _BREAKABLE for how in _COMMON),
    ("ses", "quota"),
    (SCANNER, "outage"),
)
_SHORTEST_S, _LONGEST_S = 0.5, 2.5
# Eight clients then ask about as much of two processors as leaves them time to catch up.
_THINKS_S = 5.0
# At last letters hang, so that there is a backlog to drain when all is mended.
_LAST = ("ses", TIMEOUT)
# From one fault to the next; some begin before the one before is over.
_OVERLAP_S, _PAUSE_S = 0.5, 1.0


@dataclass(frozen=True)
class Fault:
    """A time, in seconds since faults began, in which one service is broken in one way."""

    begins: float
    ends: float
    service: str
    how: str


@dataclass(frozen=True)
class Plan:
    """How many clients post for how long: *seconds* of faults, a calm time before and after."""

    clients: int
    seconds: float
    seed: int

    @property
    def calm(self) -> float:
        """Seconds in which all goes well, to compare with."""
        return self.seconds / 4

    @property
    def thinks(self) -> float:
        """Seconds, on average, from one inquiry of a client to its next."""
        return min(_THINKS_S, self.seconds / 10)

    @property
    def mended(self) -> float:
        """Seconds in which clients go on when nothing is broken any more."""
        return self.seconds / 6

    def faults(self) -> list[Fault]:
        """Return what is broken when: every way once before any comes again."""
        return list(self._faults())

    def _faults(self) -> Iterator[Fault]:
        dice = Random(f"faults {self.seed}")  # noqa: S311
        ways, begins = dice.sample(WAYS, len(WAYS)), 0.0
        for service, how in cycle(ways):
            ends = begins + dice.uniform(_SHORTEST_S, _LONGEST_S)
            if ends > self.seconds - _LONGEST_S:
                break
            yield Fault(begins, ends, service, how)
            begins = max(0.0, ends + dice.uniform(-_OVERLAP_S, _PAUSE_S))
        yield Fault(max(0.0, self.seconds - _LONGEST_S), self.seconds, *_LAST)
