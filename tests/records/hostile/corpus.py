"""The whole corpus, by theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from tests.records.hostile import archives, bombs, broken, cells, pdfs, polyglots, scans
from tests.records.hostile.piece import Piece

THEMES: dict[str, Callable[[], Iterator[Piece]]] = {
    "cells": cells.pieces,
    "polyglots": polyglots.pieces,
    "broken": broken.pieces,
    "archives": archives.pieces,
    "bombs": bombs.pieces,
    "pdfs": pdfs.pieces,
    "scans": scans.pieces,
}


@cache
def corpus() -> tuple[Piece, ...]:
    """Return every file; each is made when it is asked for."""
    return tuple(piece for pieces in THEMES.values() for piece in pieces())
