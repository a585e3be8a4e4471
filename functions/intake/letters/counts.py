"""The counts of the required records in words. Counts only: what they are tells of illnesses."""

from __future__ import annotations

from dataclasses import asdict

from intake.standing import Completeness
from intake.words import Words

# In this order, and only what there is of it.
_REST = ("received", "checking", "coming", "promised", "missing")


def records(words: Words, reader: str, counts: Completeness) -> str:
    """Say to *reader* ("team", "sender") how many are complete, and how the others stand."""
    key = f"mail.{reader}_records"
    stand = asdict(counts)
    return words.listed(
        (
            words.text(f"{key}.complete", complete=counts.complete, count=counts.total),
            *(words.text(f"{key}.{name}", count=stand[name]) for name in _REST if stand[name]),
        )
    )
