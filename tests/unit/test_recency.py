"""How old a record may be, from the document's date and never to the sender's harm."""

from __future__ import annotations

from datetime import date

import pytest

from intake.recency import is_stale, latest_day, window_days

POLICY = {
    "windows": {
        "blood": {"days": 90},
        "radiology": {"days": 180, "by_modality": {"XR": 365}},
    }
}
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("requirement", "modality", "days"),
    [
        ("blood", None, 90),
        ("blood", "XR", 90),
        ("radiology", None, 180),
        ("radiology", "MR", 180),
        ("radiology", "XR", 365),
        ("diagnosis_letter", None, None),
    ],
)
def test_the_window_follows_requirement_and_modality(requirement, modality, days):
    assert window_days(requirement, modality, POLICY) == days


@pytest.mark.parametrize(
    ("record", "stale"),
    [
        ({"requirement": "blood", "document_date": "2026-08-24"}, False),  # the 90th day
        ({"requirement": "blood", "document_date": "2026-08-23"}, True),
        ({"requirement": "blood", "document_date": "2026-08"}, False),  # may mean its last day
        ({"requirement": "blood", "document_date": "2026-07"}, True),
        ({"requirement": "blood", "document_date": "2026"}, False),
        ({"requirement": "blood", "document_date": "2025"}, True),
        ({"requirement": "blood"}, False),
        ({"requirement": "radiology", "modality": "XR", "document_date": "2025-12-01"}, False),
        ({"requirement": "radiology", "modality": "MR", "document_date": "2025-12-01"}, True),
        ({"requirement": "diagnosis_letter", "document_date": "1999"}, False),
    ],
)
def test_a_record_is_stale_only_when_it_surely_is(record, stale):
    assert is_stale(record, POLICY, TODAY) is stale


@pytest.mark.parametrize(
    ("stored", "day"),
    [
        ("2026", date(2026, 12, 31)),
        ("2026-04", date(2026, 4, 30)),
        ("2024-02", date(2024, 2, 29)),
        ("2026-02-03", date(2026, 2, 3)),
    ],
)
def test_a_partial_date_means_its_last_day_at_the_latest(stored, day):
    assert latest_day(stored) == day
