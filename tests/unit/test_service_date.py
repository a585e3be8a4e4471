"""When the clinic will have answered, in its own working days."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from intake.service_date import answer_by

BANGKOK = ZoneInfo("Asia/Bangkok")
WEEKDAYS = {
    "working_days": ["mon", "tue", "wed", "thu", "fri"],
    "answer_within_working_days": 2,
    "answer_hour": 17,
}


def at(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("received", "answered"),
    [
        ("2026-11-23T10:00", "2026-11-25T17:00"),  # Monday
        ("2026-11-23T16:59", "2026-11-25T17:00"),
        ("2026-11-23T17:00", "2026-11-26T17:00"),  # closed: Tuesday counts first
        ("2026-11-26T10:00", "2026-11-30T17:00"),  # Thursday: over the weekend
        ("2026-11-27T18:00", "2026-12-02T17:00"),  # Friday evening
        ("2026-11-22T18:04", "2026-11-25T17:00"),  # Sunday
        ("2026-11-21T03:00", "2026-11-25T17:00"),  # Saturday
        ("2026-12-31T10:00", "2027-01-04T17:00"),  # holidays are not known
    ],
)
def test_two_working_days_are_counted_in_the_clinics_zone(received, answered):
    promised = answer_by(at(received, BANGKOK).astimezone(UTC), WEEKDAYS, BANGKOK)

    assert promised == at(answered, BANGKOK)
    assert promised.tzinfo is UTC


def test_the_day_is_the_clinics_and_not_the_servers():
    late_on_sunday_in_utc = datetime(2026, 11, 22, 20, tzinfo=UTC)  # Monday, 03:00 in Bangkok

    promised = answer_by(late_on_sunday_in_utc, WEEKDAYS, BANGKOK)

    assert promised == at("2026-11-25T17:00", BANGKOK)


def test_the_hour_is_the_same_on_both_sides_of_a_clock_change():
    london = ZoneInfo("Europe/London")  # leaves summer time on 25 October 2026

    promised = answer_by(at("2026-10-23T10:00", london), WEEKDAYS, london)

    assert promised == datetime(2026, 10, 27, 17, tzinfo=UTC)


def test_other_working_weeks_and_same_day_answers():
    sunday_week = {
        "working_days": ["sun", "mon", "tue", "wed", "thu"],
        "answer_within_working_days": 0,
        "answer_hour": 12,
    }

    friday = answer_by(at("2026-11-27T10:00", BANGKOK), sunday_week, BANGKOK)
    sunday = answer_by(at("2026-11-22T10:00", BANGKOK), sunday_week, BANGKOK)

    assert friday == at("2026-11-29T12:00", BANGKOK)
    assert sunday == at("2026-11-22T12:00", BANGKOK)
