"""The letters we owe: one attempt at a time, sent once, off the clock when finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from intake.aws.ledger import DELIVERY_EXPECTED, LEASE, RECEIPTS_A_DAY
from intake.inquiry import DUE_SHARDS, RECEIPT, TEAM_FOLLOW_UP, TEAM_NEW, File, due_shard
from intake.reference import new_id
from tests.steps.clinic import INQUIRY, NOW, a_letter, lose_answer, refusal

SECOND = timedelta(seconds=1)


def claim(aws, now=NOW, kind=TEAM_NEW):
    return aws.ledger.claim(INQUIRY, kind, now)


def due(aws, now):
    return [item for shard in range(DUE_SHARDS) for item in aws.ledger.due(str(shard), now)]


# ---- Claiming -------------------------------------------------------------------------------


def test_a_claim_is_written_before_anything_else_can_happen(aws):
    aws.store(a_letter())

    claimed, repeat = claim(aws)

    assert not repeat
    assert claimed == a_letter(
        claimed_at=NOW, in_doubt=True, attempts=1, due_at=NOW + LEASE, owed_at=NOW
    )
    assert aws.letter() == claimed


def test_nobody_else_has_the_letter_until_the_lease_ends(aws):
    aws.store(a_letter())
    claim(aws)

    assert claim(aws) is None
    assert claim(aws, NOW + LEASE - SECOND) is None
    again, repeat = claim(aws, NOW + LEASE)
    assert repeat  # what became of the first attempt nobody wrote down
    assert again.attempts == 2
    assert again.owed_at == NOW


def test_of_two_that_claim_at_once_one_has_it(aws):
    aws.store(a_letter())
    first = []

    def twin_is_faster(*_):
        aws.mend()
        first.append(claim(aws))

    aws.on("dynamodb.UpdateItem", twin_is_faster)

    assert claim(aws) is None
    assert first[0] is not None
    assert aws.letter().attempts == 1


def test_a_claim_whose_answer_was_lost_is_nobodys_and_ends_with_the_lease(aws):
    aws.store(a_letter())
    aws.on("dynamodb.UpdateItem", lose_answer, times=1)

    assert claim(aws) is None
    assert claim(aws, NOW + LEASE) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"due_at": NOW + SECOND},
        {"due_at": None},
        {"sent_at": NOW},
        {"sent_at": NOW, "due_at": NOW},
        {"gave_up_at": NOW, "due_at": None},
    ],
)
def test_what_is_not_due_sent_or_finished_is_not_claimed(aws, changes):
    aws.store(a_letter(**changes))

    assert claim(aws) is None
    assert aws.letter() == a_letter(**changes)


def test_a_letter_that_nobody_owes_is_not_claimed(aws):
    assert claim(aws) is None
    assert aws.rows() == []


def test_a_letter_that_waited_for_records_is_owed_since_it_fell_due(aws):
    fell_due = NOW - timedelta(seconds=40)
    aws.store(a_letter(owed_at=None, due_at=fell_due))

    claimed, _ = claim(aws)

    assert claimed.owed_at == fell_due


def test_the_promise_never_moves(aws):
    aws.store(a_letter())
    for attempt in range(3):
        letter, _ = claim(aws, NOW + attempt * LEASE)
        assert letter.owed_at == NOW
        assert aws.letter().owed_at == NOW


def test_another_error_than_a_condition_is_not_swallowed(aws):
    aws.store(a_letter())
    aws.on("dynamodb", refusal("AccessDeniedException"))

    with pytest.raises(ClientError, match="AccessDenied"):
        claim(aws)


# ---- Sent and delivered ---------------------------------------------------------------------


def test_a_sent_letter_waits_for_its_delivery_and_is_never_claimed_again(aws):
    aws.store(a_letter())
    letter, _ = claim(aws)

    aws.ledger.sent(letter, "ses-1", NOW + SECOND, (0, 2))

    stored = aws.letter()
    assert (stored.sent_at, stored.message_id, stored.told) == (NOW + SECOND, "ses-1", (0, 2))
    assert stored.due_at == NOW + SECOND + DELIVERY_EXPECTED
    assert not stored.in_doubt
    assert claim(aws, NOW + timedelta(days=1)) is None


def test_the_send_event_says_the_same_when_the_answer_was_lost(aws):
    aws.store(a_letter())
    claim(aws)

    assert aws.ledger.send_reported(aws.letter(), "ses-1", NOW + SECOND)

    stored = aws.letter()
    assert (stored.sent_at, stored.message_id) == (NOW + SECOND, "ses-1")
    assert not stored.in_doubt
    assert claim(aws, NOW + LEASE) is None


def test_answer_and_event_together_change_nothing_more(aws):
    aws.store(a_letter())
    letter, _ = claim(aws)
    aws.ledger.sent(letter, "ses-1", NOW + SECOND, (1,))
    before = aws.letter()

    aws.ledger.send_reported(aws.letter(), "ses-2", NOW + 5 * SECOND)

    assert aws.letter() == before


def test_an_answer_after_the_delivery_does_not_put_the_letter_back_on_the_clock(aws):
    aws.store(a_letter())
    letter, _ = claim(aws)
    aws.ledger.finish(INQUIRY, TEAM_NEW, "delivered_at", NOW + SECOND)

    aws.ledger.sent(letter, "ses-1", NOW + 2 * SECOND, (0,))

    stored = aws.letter()
    assert (stored.delivered_at, stored.sent_at) == (NOW + SECOND, NOW + 2 * SECOND)
    assert stored.told == (0,)
    assert stored.due_at is None
    assert due(aws, NOW + timedelta(days=365)) == []


def test_an_event_about_a_letter_that_does_not_exist_makes_none(aws):
    assert not aws.ledger.send_reported(a_letter(), "ses-1", NOW)
    assert not aws.ledger.finish(INQUIRY, TEAM_NEW, "delivered_at", NOW)
    assert not aws.ledger.owe_now(INQUIRY, TEAM_NEW, NOW)
    assert aws.rows() == []


@pytest.mark.parametrize(
    "stamp",
    ["delivered_at", "bounced_at", "rejected_at", "undelivered_at", "gave_up_at", "closed_at"],
)
def test_a_final_stamp_is_written_once_and_ends_the_letter(aws, stamp):
    aws.store(a_letter())

    assert aws.ledger.finish(INQUIRY, TEAM_NEW, stamp, NOW, reason="why")
    assert not aws.ledger.finish(INQUIRY, TEAM_NEW, stamp, NOW + SECOND)

    stored = aws.letter()
    assert (getattr(stored, stamp), stored.reason, stored.due_at) == (NOW, "why", None)
    assert due(aws, NOW + timedelta(days=365)) == []


def test_a_stamp_that_is_not_final_leaves_the_letter_on_the_clock(aws):
    aws.store(a_letter())

    assert aws.ledger.finish(INQUIRY, TEAM_NEW, "delayed_at", NOW, final=False)

    assert aws.letter() == a_letter(delayed_at=NOW)
    assert due(aws, NOW) == [a_letter(delayed_at=NOW)]


# ---- Next attempts --------------------------------------------------------------------------


def test_a_refused_attempt_ends_its_lease_and_its_doubt(aws):
    aws.store(a_letter())
    letter, _ = claim(aws)

    aws.ledger.postpone(replace(letter, in_doubt=False), NOW + 30 * SECOND, "Throttled")

    stored = aws.letter()
    assert (stored.due_at, stored.in_doubt) == (NOW + 30 * SECOND, False)
    assert stored.reason == "Throttled"
    assert claim(aws, NOW + 29 * SECOND) is None
    assert claim(aws, NOW + 30 * SECOND)[1] is False


def test_nothing_is_put_off_once_it_is_sent_or_finished(aws):
    aws.store(a_letter())
    letter, _ = claim(aws)
    aws.ledger.send_reported(aws.letter(), "ses-1", NOW)
    sent = aws.letter()

    aws.ledger.postpone(letter, NOW + SECOND, "x")
    assert aws.letter() == sent
    aws.ledger.finish(INQUIRY, TEAM_NEW, "delivered_at", NOW)
    aws.ledger.postpone(letter, NOW + SECOND, "x")
    assert aws.letter().due_at is None


# ---- Owing ----------------------------------------------------------------------------------


def test_a_letter_is_owed_once(aws):
    later = a_letter(TEAM_FOLLOW_UP, due_at=NOW + SECOND)

    assert aws.ledger.owe(a_letter(TEAM_FOLLOW_UP))
    assert not aws.ledger.owe(later)
    assert aws.letter(TEAM_FOLLOW_UP) == a_letter(TEAM_FOLLOW_UP)


def test_a_waiting_letter_is_brought_forward_once(aws):
    aws.store(a_letter(owed_at=None, due_at=NOW + timedelta(minutes=15)))

    assert aws.ledger.owe_now(INQUIRY, TEAM_NEW, NOW)
    assert not aws.ledger.owe_now(INQUIRY, TEAM_NEW, NOW + SECOND)
    assert aws.letter() == a_letter()
    assert claim(aws) is not None


def test_a_letter_on_its_way_is_not_brought_forward(aws):
    aws.store(a_letter(owed_at=None))
    claimed, _ = claim(aws)

    assert not aws.ledger.owe_now(INQUIRY, TEAM_NEW, NOW + SECOND)
    assert aws.letter() == claimed


def test_a_finished_letter_is_not_brought_forward(aws):
    aws.store(a_letter(owed_at=None, due_at=None, closed_at=NOW))

    assert not aws.ledger.owe_now(INQUIRY, TEAM_NEW, NOW)
    assert aws.letter().due_at is None


def test_a_letter_that_is_not_owed_yet_is_moved_sooner_or_later(aws):
    aws.store(a_letter(owed_at=None, due_at=NOW + timedelta(minutes=15)))

    assert aws.ledger.wait_until(INQUIRY, TEAM_NEW, NOW + timedelta(minutes=2))
    assert aws.letter() == a_letter(owed_at=None, due_at=NOW + timedelta(minutes=2))
    assert aws.ledger.wait_until(INQUIRY, TEAM_NEW, NOW + timedelta(minutes=3))
    assert claim(aws, NOW + timedelta(minutes=2)) is None
    assert claim(aws, NOW + timedelta(minutes=3))[0].owed_at == NOW + timedelta(minutes=3)


@pytest.mark.parametrize(
    "changes",
    [
        {},  # owed
        {"owed_at": None, "due_at": None, "closed_at": NOW},
        {"owed_at": None, "due_at": NOW + DELIVERY_EXPECTED, "sent_at": NOW},
    ],
)
def test_what_is_owed_sent_or_finished_is_not_moved(aws, changes):
    aws.store(a_letter(**changes))

    assert not aws.ledger.wait_until(INQUIRY, TEAM_NEW, NOW + timedelta(minutes=2))
    assert aws.letter() == a_letter(**changes)


def test_a_letter_on_its_way_or_unknown_is_not_moved(aws):
    assert not aws.ledger.wait_until(INQUIRY, TEAM_NEW, NOW)
    assert aws.rows() == []
    aws.store(a_letter(owed_at=None))
    claimed, _ = claim(aws)

    assert not aws.ledger.wait_until(INQUIRY, TEAM_NEW, NOW)
    assert aws.letter() == claimed


# ---- Sent again by a person -----------------------------------------------------------------


@pytest.mark.parametrize("end", ["gave_up_at", "bounced_at", "rejected_at", "undelivered_at"])
def test_a_letter_that_was_reset_goes_its_whole_way_a_second_time(aws, end):
    aws.store(a_letter())
    letter, _ = claim(aws)
    aws.ledger.sent(letter, "ses-1", NOW, (0,))
    assert aws.ledger.finish(INQUIRY, TEAM_NEW, end, NOW, reason="why")
    later = NOW + timedelta(hours=1)
    aws.store(a_letter(due_at=later, owed_at=later, resent_at=later))

    again, repeat = claim(aws, later)
    assert not repeat  # its own words say so: `resent_at`
    assert again.resent_at == again.owed_at == later
    aws.ledger.sent(again, "ses-2", later, (0, 1))
    stored = aws.letter()
    assert (stored.message_id, stored.told, stored.sent_at) == ("ses-2", (0, 1), later)
    assert aws.ledger.finish(INQUIRY, TEAM_NEW, end, later + SECOND)
    assert getattr(aws.letter(), end) == later + SECOND
    assert due(aws, NOW + timedelta(days=365)) == []


# ---- Due index ------------------------------------------------------------------------------


def test_what_is_due_is_found_oldest_first_letters_and_files_alike(aws):
    file = File(
        *(INQUIRY, 0, 0, "blood", "v1", 9, "0" * 64, "Jane.pdf", "application/pdf", NOW),
        due_at=NOW - SECOND,
    )
    aws.store(a_letter(), a_letter(RECEIPT, due_at=NOW - 2 * SECOND), file)
    aws.store(a_letter(TEAM_FOLLOW_UP, due_at=NOW + SECOND))

    assert due(aws, NOW) == [a_letter(RECEIPT, due_at=NOW - 2 * SECOND), file, a_letter()]


def test_everything_due_is_found_however_much_it_is(aws):
    busy = [one for one in (new_id() for _ in range(1_200)) if due_shard(one) == "0"][:101]
    aws.store(*(a_letter(inquiry=one) for one in busy))

    assert len(busy) == 101  # one more than a page of the index
    assert {letter.inquiry for letter in due(aws, NOW)} == set(busy)


def test_a_message_is_pushed_again_only_after_a_lease(aws):
    aws.store(a_letter())
    letter = aws.letter()

    assert aws.ledger.pushed(letter, NOW)
    assert not aws.ledger.pushed(letter, NOW + LEASE - SECOND)
    assert aws.ledger.pushed(letter, NOW + LEASE)


def test_a_finished_letter_is_not_pushed(aws):
    aws.store(a_letter(due_at=None, delivered_at=NOW))

    assert not aws.ledger.pushed(a_letter(), NOW)
    assert aws.letter().pushed_at is None


# ---- Receipts -------------------------------------------------------------------------------


def test_three_receipts_a_day_and_address_and_each_inquiry_once(aws):
    inquiries = [str(n) * 26 for n in range(RECEIPTS_A_DAY + 1)]

    admitted = [aws.ledger.admit_receipt("hash", one, NOW) for one in inquiries]
    again = [aws.ledger.admit_receipt("hash", one, NOW) for one in inquiries]

    assert admitted == again == [True, True, True, False]
    assert aws.ledger.admit_receipt("hash", inquiries[-1], NOW + timedelta(days=1))
    assert aws.ledger.admit_receipt("another", inquiries[-1], NOW)


def test_the_count_of_receipts_is_forgotten_by_itself_and_holds_no_address(aws):
    aws.ledger.admit_receipt("hash", INQUIRY, NOW)

    (item,) = aws.rows("receipts#")
    assert item["pk"] == "receipts#hash#2026-11-22"
    assert item["inquiries"] == {INQUIRY}
    assert item["expires_at"] > (NOW + timedelta(days=1)).timestamp()
