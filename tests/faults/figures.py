"""The tiers of `make faults`: what is run, in chunks, each named so that it can be run alone."""

from __future__ import annotations

from functools import cache

from tests.faults import days, exhaustive
from tests.faults.campaign import Tally, own

CHUNKS = 16
DAYS_A_CHUNK = 100


@cache
def _singles() -> list[exhaustive.Case]:
    return exhaustive.singles(own())


def singles(chunk: int) -> Tally:
    """Run every CHUNKSth single fault."""
    tally = Tally()
    for case in _singles()[chunk::CHUNKS]:
        tally.add(str(case), case.run(own()), wanted=1)
    return tally


@cache
def firsts() -> list[exhaustive.Case]:
    """Return what the pairs begin with."""
    return exhaustive.firsts(own())


def pairs(chunk: int) -> Tally:
    """Run every pair that begins with every CHUNKSth first."""
    tally = Tally()
    for first in firsts()[chunk::CHUNKS]:
        for case in exhaustive.pairs(own(), first):
            tally.add(str(case), case.run(own()), wanted=2)
    return tally


def random_days(chunk: int) -> Tally:
    """Live through a chunk of days, whose numbers are their seeds."""
    tally = Tally()
    for seed in range(chunk * DAYS_A_CHUNK, (chunk + 1) * DAYS_A_CHUNK):
        tally.add(f"SEED={seed}", days.live(own(), seed))
    return tally
