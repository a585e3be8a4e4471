"""What stands still: what rang stays in sight until a person has seen to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.operate.rows import Known, Rows
from infra.operate.stalled import FILES_WAIT, LETTERS_ENDED, LETTERS_SILENT, stalled
from intake.inquiry import RECEIPT, TEAM_FALLBACK, TEAM_NEW, File, Letter

NOW = datetime(2026, 11, 22, 11, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = "a2" * 13


def rows(*letters: Letter, files: tuple[File, ...] = (), **known: Any) -> Rows:
    told = {"reference": "INQ-7F3K-22QX", "form": "f", "is_opened": False, "is_rejected": False}
    return Rows(
        {ID: Known(**(told | known))},
        {ID: {letter.kind: letter for letter in letters}},
        {ID: {file.n: file for file in files}},
    )


def file(**given: Any) -> File:
    told: dict[str, Any] = {"record": 0, "requirement": "blood", "version": "v", "size": 3}
    told |= {"sha256": None, "name": "", "declared_type": "", "declared_at": NOW - 2 * HOUR}
    return File(ID, 1, **(told | given))


@pytest.mark.parametrize(
    "stamp", ["bounced_at", "rejected_at", "complained_at", "undelivered_at", "gave_up_at"]
)
def test_a_failed_team_letter_stays_in_sight_though_the_fallback_arrived(stamp: str) -> None:
    fallback = Letter(ID, TEAM_FALLBACK, delivered_at=NOW - timedelta(minutes=2))
    failed = Letter(ID, TEAM_NEW, reason="Permanent", **{stamp: NOW - HOUR})

    (line,) = stalled(rows(failed, fallback), NOW)

    assert (line.what, line.thing, line.is_late) == (LETTERS_ENDED, TEAM_NEW, True)
    how = stamp.removesuffix("_at").replace("_", " ")
    assert line.note == f"{how}, last Permanent, fallback delivered 11:02"


@pytest.mark.parametrize("seen", ["is_opened", "is_rejected"])
def test_a_failed_team_letter_is_over_when_somebody_saw_the_case(seen: str) -> None:
    failed = Letter(ID, TEAM_NEW, bounced_at=NOW - HOUR)

    assert not stalled(rows(failed, **{seen: True}), NOW)


def test_a_bounce_after_the_delivery_rang_and_is_in_sight() -> None:
    letter = Letter(ID, TEAM_NEW, delivered_at=NOW - HOUR, bounced_at=NOW)

    assert [line.note for line in stalled(rows(letter), NOW)] == ["bounced"]


def test_a_delivery_that_was_reported_late_is_good_news() -> None:
    letter = Letter(ID, TEAM_NEW, undelivered_at=NOW - HOUR, delivered_at=NOW)

    assert not stalled(rows(letter), NOW)


def test_a_receipt_of_a_refused_inquiry_is_nobodys_task() -> None:
    letter = Letter(ID, RECEIPT, gave_up_at=NOW - HOUR)

    assert not stalled(rows(letter, is_rejected=True), NOW)


def test_a_letter_in_doubt_says_so_beside_its_reason() -> None:
    letter = Letter(
        ID, TEAM_NEW, due_at=NOW, owed_at=NOW - HOUR, attempts=2, in_doubt=True, reason="Timeout"
    )

    assert [line.note for line in stalled(rows(letter), NOW)] == [
        "2 attempts, last Timeout, in doubt"
    ]


def test_what_waits_within_its_time_is_counted_and_not_late() -> None:
    sent = Letter(ID, TEAM_NEW, sent_at=NOW, due_at=NOW + HOUR)
    waits = file(arrived_at=NOW, due_at=NOW + HOUR)

    lines = stalled(rows(sent, files=(waits,)), NOW)

    assert [(line.what, line.is_late) for line in lines] == [
        (LETTERS_SILENT, False),
        (FILES_WAIT, False),
    ]


def test_a_file_waits_since_it_arrived() -> None:
    kept = file(
        arrived_at=NOW - 8 * 24 * HOUR,
        checked_at=NOW - 6 * 24 * HOUR,
        verdict="withheld",
        reason="file_unreadable",
        scan="NO_THREATS_FOUND",
        due_at=NOW,
    )

    (line,) = stalled(rows(files=(kept,)), NOW)

    assert (line.since, line.is_late) == (kept.arrived_at, True)
