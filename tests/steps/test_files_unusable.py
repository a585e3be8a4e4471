"""The sender hears of refused files once, at an address that is theirs, and whatever breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from intake.aws.announcing import Announcer
from intake.aws.clients import client
from intake.aws.queues import Queue
from intake.inquiry import FILES_UNUSABLE, LONGEST_WAIT, RECEIPT, WAIT_FOR_RECORDS, File
from intake.settling import QUIET
from tests.steps.clinic import (
    INQUIRY,
    NOW,
    OUTAGE,
    UPLOADS,
    Clinic,
    Killed,
    a_letter,
    an_inquiry,
    kill,
)
from tests.steps.sender import RECEIPT as RECEIPT_LINK
from tests.steps.sender import Sender

MINUTE = timedelta(minutes=1)
OWED = {"inquiry": INQUIRY, "letter": FILES_UNUSABLE}


@pytest.fixture
def sender(aws: Clinic) -> Sender:
    return Sender(aws)


def a_file(n: int = 0, verdict: str | None = "refused", **changes: Any) -> File:
    file = File(
        inquiry=INQUIRY,
        n=n,
        record=n,
        requirement="blood",
        version="v",
        size=9,
        sha256=None,
        name="Jane.pdf",
        declared_type="application/pdf",
        declared_at=NOW,
        arrived_at=NOW,
        checked_at=NOW if verdict else None,
        verdict=verdict,
        reason=None if verdict == "clean" else "empty_file",
    )
    return replace(file, **changes)


def store(aws: Clinic, *files: File, **changes: Any) -> None:
    told = a_letter(sent_at=NOW, claimed_at=NOW, due_at=None, told=tuple(file.n for file in files))
    receipt = a_letter(RECEIPT, sent_at=NOW, claimed_at=NOW, due_at=None)
    aws.store(an_inquiry(**{"confirmed_at": NOW} | changes), told, receipt, *files)


def announce(aws: Clinic, at: timedelta = timedelta(0)) -> None:
    team = Queue(client("sqs"), aws.queues["team"])
    Announcer(aws.inquiries, aws.ledger, team).announce(INQUIRY, NOW + at)


def swept(aws: Clinic, after: timedelta) -> list[dict[str, Any]]:
    """Move the clock, sweep once, and return what the sender's queue got."""
    aws.clock.shift(after)
    aws.sweep()
    return aws.waiting("sender")


def test_a_refused_file_is_told_within_a_minute_of_its_check(aws: Clinic) -> None:
    version = aws.upload(b"")
    waiting = a_file(verdict=None, version=version, size=0, record=0)
    store(aws, waiting)

    assert aws.check({"bucket": UPLOADS, "key": waiting.key, "version": version}) == []

    assert aws.case().files[0].state == "refused"
    assert aws.letter(FILES_UNUSABLE).due_at == NOW
    assert swept(aws, MINUTE) == [OWED]
    assert swept(aws, MINUTE) == []  # it is on its way


def test_clean_and_withheld_files_are_no_reason_to_write(aws: Clinic) -> None:
    store(aws, a_file(0, "clean"), a_file(1, "withheld"), a_file(2, None))
    announce(aws)

    assert FILES_UNUSABLE not in aws.case().letters


def test_all_of_a_batch_is_told_together(aws: Clinic) -> None:
    later = NOW + 2 * MINUTE
    store(aws, a_file(0), a_file(1, "clean", declared_at=later))
    announce(aws, 3 * MINUTE)

    assert aws.letter(FILES_UNUSABLE).due_at == later + QUIET
    assert swept(aws, 3 * MINUTE) == []
    assert swept(aws, MINUTE) == [OWED]


def test_a_file_that_never_settles_holds_it_back_for_fifteen_minutes_at_most(aws: Clinic) -> None:
    store(aws, a_file(0), a_file(1, None, declared_at=NOW + MINUTE))
    announce(aws)

    assert aws.letter(FILES_UNUSABLE).due_at == NOW + WAIT_FOR_RECORDS
    assert swept(aws, WAIT_FOR_RECORDS - MINUTE) == []
    assert swept(aws, MINUTE) == [OWED]


def test_another_file_in_time_moves_it(aws: Clinic) -> None:
    store(aws, a_file(0), a_file(1, declared_at=NOW + MINUTE))
    announce(aws, MINUTE)
    aws.store(a_file(2, declared_at=NOW + 2 * MINUTE))
    announce(aws, 2 * MINUTE)

    assert aws.letter(FILES_UNUSABLE).due_at == NOW + 2 * MINUTE + QUIET


def test_it_waits_for_somebody_to_confirm_the_address(aws: Clinic, sender: Sender) -> None:
    store(aws, a_file(), confirmed_at=None)
    announce(aws)

    assert aws.letter(FILES_UNUSABLE).due_at == NOW + LONGEST_WAIT
    for _ in range(3):
        assert swept(aws, LONGEST_WAIT) == []
    # Whoever holds the other link has proved no address.
    sender.press(do="done")
    assert swept(aws, MINUTE) == []

    sender.press(RECEIPT_LINK, do="confirm")

    assert swept(aws, timedelta(0)) == [OWED]
    assert aws.letter(FILES_UNUSABLE).owed_at is None  # a claim writes when it fell due


def test_who_confirms_first_is_told_at_once_later(aws: Clinic, sender: Sender) -> None:
    store(aws, confirmed_at=None)
    sender.press(RECEIPT_LINK, do="confirm")
    assert FILES_UNUSABLE not in aws.case().letters

    aws.store(a_file())
    announce(aws)

    assert swept(aws, MINUTE) == [OWED]


def test_an_outage_while_somebody_confirms_loses_nothing(aws: Clinic, sender: Sender) -> None:
    store(aws, a_file(), confirmed_at=None)
    announce(aws)
    aws.on("dynamodb.Query", OUTAGE, skip=1)  # the page's own

    sender.press(RECEIPT_LINK, do="confirm")

    aws.mend()
    assert aws.case().inquiry.confirmed_at == NOW
    assert swept(aws, MINUTE) == []
    assert swept(aws, LONGEST_WAIT) == [OWED]  # it looks again, and now knows


def test_a_process_that_dies_before_it_owes_the_letter_loses_nothing(aws: Clinic) -> None:
    version = aws.upload(b"")
    waiting = a_file(verdict=None, version=version, size=0, record=0)
    store(aws, waiting)
    event = {"bucket": UPLOADS, "key": waiting.key, "version": version}
    aws.on("dynamodb.PutItem", kill)

    with pytest.raises(Killed):
        aws.check(event)

    aws.mend()
    assert aws.check(event) == []
    assert swept(aws, MINUTE) == [OWED]


def test_it_is_written_once_whatever_comes_later(aws: Clinic) -> None:
    store(aws, a_file())
    announce(aws)
    claimed = aws.ledger.claim(INQUIRY, FILES_UNUSABLE, NOW)
    assert claimed is not None
    aws.ledger.sent(claimed[0], "ses-id", NOW, (0,))
    before = aws.letter(FILES_UNUSABLE)

    aws.store(a_file(1, declared_at=NOW + 10 * MINUTE, checked_at=NOW + 10 * MINUTE))
    announce(aws, 20 * MINUTE)

    assert aws.letter(FILES_UNUSABLE) == before


def test_an_attempt_under_way_is_left_alone(aws: Clinic) -> None:
    store(aws, a_file())
    announce(aws)
    aws.ledger.claim(INQUIRY, FILES_UNUSABLE, NOW)
    before = aws.letter(FILES_UNUSABLE)

    announce(aws, MINUTE)

    assert aws.letter(FILES_UNUSABLE) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"answered_at": NOW},
        {"rejected_at": NOW},
        {"quarantined_at": NOW},
        {"tokens_expire_at": NOW},
    ],
)
def test_nobody_is_written_to_for_whom_it_is_over(aws: Clinic, changes: dict[str, Any]) -> None:
    store(aws, a_file(), **changes)
    announce(aws)

    assert FILES_UNUSABLE not in aws.case().letters


def test_an_address_that_nobody_ever_confirmed_is_given_up_with_the_link(aws: Clinic) -> None:
    store(aws, a_file(), confirmed_at=None, tokens_expire_at=NOW + LONGEST_WAIT + MINUTE)
    announce(aws)

    assert swept(aws, LONGEST_WAIT) == []
    assert aws.letter(FILES_UNUSABLE).due_at == NOW + LONGEST_WAIT + MINUTE
    # Whoever writes it finds that nothing is wanted any more, and closes it.
    assert swept(aws, MINUTE) == [OWED]
