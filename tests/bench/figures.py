"""What was measured, beside its baseline, and how it is printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

Work = Callable[[], float]
Line = tuple[str, ...]

_HEAD: Line = ("", "ours", "baseline", "", "compared", "goal", "met")


@dataclass(frozen=True)
class Figure:
    """One measure of ours and its baseline, taken in the same rounds. Goals are upper limits."""

    title: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float]
    beside: str  # what the baseline is
    goal: float | None = None
    goal_for: Literal["ours", "difference", "ratio"] = "ratio"

    @property
    def met(self) -> bool | None:
        """Tell whether the goal is met; None without one."""
        return None if self.goal is None else self._judged() <= self.goal

    def line(self) -> Line:
        """Return the cells of this figure's line."""
        compared = f"x {self._ratio():.2f}"
        if self.goal_for == "difference":
            compared = f"{self._difference():+.2f} {self.unit}"
        unit = "x" if self.goal_for == "ratio" else self.unit
        return (
            f"{self.title}, {self.unit}",
            _spread(self.ours),
            _spread(self.baseline),
            self.beside,
            compared,
            "" if self.goal is None else f"<= {self.goal:g} {unit}",
            _said(met=self.met),
        )

    def _judged(self) -> float:
        if self.goal_for == "ours":
            return median(self.ours)
        return self._ratio() if self.goal_for == "ratio" else self._difference()

    # Round by round, so that a machine that slows down meanwhile slows both sides of a pair.
    def _ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.baseline, strict=True))

    def _difference(self) -> float:
        return median(a - b for a, b in zip(self.ours, self.baseline, strict=True))


@dataclass(frozen=True)
class Fact:
    """Something that was counted or looked up. `holds` says whether it meets the goal, if any."""

    title: str
    found: str
    holds: bool | None = None
    goal: str = ""
    baseline: str = ""
    beside: str = ""  # what the baseline is

    def line(self) -> Line:
        """Return the cells of this fact's line."""
        given = (self.title, self.found, self.baseline, self.beside)
        return (*given, "", self.goal, _said(met=self.holds))


def alternate(rounds: int, *works: Work) -> list[list[float]]:
    """
    Run each work once unrecorded, then *rounds* times in turn; return what each one measured.

    The order is reversed every other round, so that none always runs after the same other.
    """
    measured: list[list[float]] = [[] for _ in works]
    if rounds > 1:  # a single round only shows that everything runs
        for work in works:
            work()
    for round_ in range(rounds):
        turns = list(zip(works, measured, strict=True))
        for work, results in turns if round_ % 2 == 0 else reversed(turns):
            results.append(work())
    return measured


def cpu_ms(times: int, work: Callable[[], object]) -> Work:
    """Return a measure: this process's processor time for one *work*, in ms, mean of *times*."""
    return _mean_ms(time.process_time, times, work)


def elapsed_ms(times: int, work: Callable[[], object]) -> Work:
    """Return a measure: how long one *work* takes, in ms, mean of *times*."""
    return _mean_ms(time.perf_counter, times, work)


def _mean_ms(clock: Callable[[], float], times: int, work: Callable[[], object]) -> Work:
    def measure() -> float:
        begun = clock()
        for _ in range(times):
            work()
        return (clock() - begun) / times * 1000

    return measure


def table(lines: Sequence[Figure | Fact]) -> str:
    """Return all lines as one table of plain text."""
    cells = [_HEAD, *(line.line() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _spread(samples: Sequence[float]) -> str:
    """Write the median and the quartiles around it."""
    if len(samples) == 1:
        return _number(samples[0])
    low, middle, high = quantiles(samples, n=4, method="inclusive")
    return f"{_number(middle)} ({_number(low)}-{_number(high)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _said(*, met: bool | None) -> str:
    return "" if met is None else "yes" if met else "NO"
