"""Randomness that comes again: what clocks are to time-machine, the kernel's bits are to this."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

# What `secrets` and `random.SystemRandom` draw from, bound when `random` was imported.
_DRAWN_FROM = "_urandom"


class Dice:
    """Stands in for the operating system's random bits; `roll` begins the sequence of a seed."""

    def __init__(self) -> None:
        self._bits = random.Random(0)

    def roll(self, seed: int) -> None:
        """Begin again, as for *seed*; jitter of back-offs, which `random` draws, with it."""
        self._bits = random.Random(seed)
        random.seed(seed)

    def bits(self, count: int) -> bytes:
        """Return *count* bytes."""
        return self._bits.randbytes(count)


@contextmanager
def seeded() -> Iterator[Dice]:
    """Have this process draw ids, tokens and references from dice, so that a day comes again."""
    dice = Dice()
    kept = os.urandom, getattr(random, _DRAWN_FROM)
    os.urandom = dice.bits
    setattr(random, _DRAWN_FROM, dice.bits)
    try:
        yield dice
    finally:
        os.urandom, drawn_from = kept
        setattr(random, _DRAWN_FROM, drawn_from)
