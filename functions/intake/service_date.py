"""When the clinic will have answered: the form's working days and hour, in the clinic's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def answer_by(received_at: datetime, service: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """
    Return the service date of an inquiry, in UTC.

    Counting starts on the day of receipt if the clinic still works then, else on its next
    working day. Public holidays are not known.
    """
    there = received_at.astimezone(zone)
    closed = there.hour >= service["answer_hour"]
    day = there.date() + timedelta(days=1) if closed else there.date()
    while not _works(day.weekday(), service):
        day += timedelta(days=1)
    left = service["answer_within_working_days"]
    while left:
        day += timedelta(days=1)
        left -= _works(day.weekday(), service)
    return datetime.combine(day, time(service["answer_hour"]), zone).astimezone(UTC)


def a_working_day_later(moment: datetime, service: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """Return the answer hour of the next working day after *moment*, in UTC."""
    day = moment.astimezone(zone).date() + timedelta(days=1)
    while not _works(day.weekday(), service):
        day += timedelta(days=1)
    return datetime.combine(day, time(service["answer_hour"]), zone).astimezone(UTC)


def _works(weekday: int, service: Mapping[str, Any]) -> bool:
    return _DAYS[weekday] in service["working_days"]
