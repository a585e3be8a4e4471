"""What is said to the operator, and what they are asked."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"error: {text}\n")


def _answer(question: str) -> bool | None:
    """Ask at the terminal; None if there is nobody."""
    if not sys.stdin.isatty():
        return None
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


@dataclass(frozen=True)
class Talk:
    """The terminal. With *yes* nothing is asked."""

    yes: bool = False
    say: Callable[[str], None] = _write
    complain: Callable[[str], None] = _complain
    answer: Callable[[str], bool | None] = _answer

    def agrees(self, question: str) -> bool | None:
        """Tell whether the operator wants it; None if nobody is there to be asked."""
        return True if self.yes else self.answer(question)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Say *rows* with their columns under each other."""
        lines = [list(row) for row in rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  " + "  ".join(cells).rstrip())


def moment(at: datetime | None) -> str:
    """Write a time in UTC, to the minute, as the log has it."""
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "-"


def span(time: timedelta) -> str:
    """Write how long that is, in the largest unit that says enough."""
    minutes = int(time.total_seconds() // 60)
    if abs(minutes) < 120:  # noqa: PLR2004
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} d"  # noqa: PLR2004
