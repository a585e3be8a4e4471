"""Time as we store it: UTC, ISO 8601, always the same width, so that text sorts as time does."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def text(moment: datetime) -> str:
    """Write *moment* as stored, for example 2026-11-22T18:04:05.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(stored: str) -> datetime:
    """Read what `text` wrote."""
    return datetime.fromisoformat(stored)  # a tenth of what strptime takes, thousands of times
