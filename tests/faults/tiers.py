"""The tiers of the campaign: what is lived through, in chunks for all processors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from tests.faults import days, exhaustive, states
from tests.faults.campaign import Tally, over, own
from tests.faults.cases import Result
from tests.faults.drills import DRILLS
from tests.faults.invariants import Broken
from tests.faults.orders import ORDERS, Orders

_CHUNKS = 64
_DAYS_A_CHUNK = 10
_GAMES, _GAMES_A_CHUNK = 160, 20


@dataclass(frozen=True)
class Tier:
    """What is done in each of so many chunks."""

    what: str
    work: Callable[[int], Tally]
    chunks: int

    def run(self) -> Tally:
        """Do all of them."""
        return over(self.work, self.chunks)


@cache
def _singles() -> list[exhaustive.Case]:
    return exhaustive.singles(own())


def singles(chunk: int) -> Tally:
    """Live through every so manieth single fault."""
    tally = Tally()
    for case in _singles()[chunk::_CHUNKS]:
        tally.add(str(case), case.run(own()), wanted=1)
    return tally


@cache
def _firsts() -> list[exhaustive.Fault]:
    return exhaustive.firsts(own())


def pairs(chunk: int) -> Tally:
    """Live through every pair that begins with every so manieth first."""
    tally = Tally()
    for first in _firsts()[chunk::_CHUNKS]:
        for case in exhaustive.pairs(own(), first):
            tally.add(str(case), case.run(own()), wanted=2)
    return tally


def random_days(chunk: int) -> Tally:
    """Live through a chunk of days, whose numbers are their seeds."""
    tally = Tally()
    for seed in range(chunk * _DAYS_A_CHUNK, (chunk + 1) * _DAYS_A_CHUNK):
        tally.add(f"SEED={seed}", days.live(own(), seed))
    return tally


def games(chunk: int) -> Tally:
    """Play a chunk of games, whose number is their seed."""
    return states.play(own(), _GAMES_A_CHUNK, chunk)


def drilled(chunk: int) -> Tally:
    """Live through one drill."""
    tally, drill = Tally(), DRILLS[chunk]
    run = drill.run(own())
    tally.add(drill.name, run.result, wanted=bool(drill.away))
    tally.lines.append(run.line())
    return tally


@cache
def _left_by_the_first(orders: Orders) -> str:
    return orders.run(own(), orders.first())[1]


def ordered(chunk: int) -> Tally:
    """Live through every so manieth order of what is told."""
    tally = Tally()
    for orders in ORDERS:
        for order in list(orders.all())[chunk::_CHUNKS]:
            result, left = orders.run(own(), order)
            if left != _left_by_the_first(orders):
                other = Broken("any order leaves the same", f"{orders.name}")
                result = replace(result, broken=[*result.broken, other])
            tally.add(f"{orders.name}: {', '.join(order)}", result, wanted=1)
    return tally


def tiers(inquiries: int) -> Mapping[str, Tier]:
    """Return all of them, with as many days as *inquiries* take."""
    chunks = -(-inquiries // (_DAYS_A_CHUNK * days.ACCEPTED_A_DAY))
    return {
        "singles": Tier("every single fault", singles, _CHUNKS),
        "pairs": Tier("every pair of faults", pairs, _CHUNKS),
        "days": Tier("random days", random_days, chunks),
        "drills": Tier("long outages", drilled, len(DRILLS)),
        "orders": Tier("every order of what is told", ordered, _CHUNKS),
        "states": Tier("anything in any order", games, _GAMES // _GAMES_A_CHUNK),
    }


def replay(seed: int) -> Result:
    """Live through one day again, the same, byte for byte."""
    return days.live(own(), seed)
