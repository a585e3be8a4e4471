"""When the team should be told of an inquiry and its files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.changes import CONTACT
from intake.inquiry import (
    FILES_UNUSABLE,
    LONGEST_WAIT,
    TEAM_FOLLOW_UP,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    WAIT_FOR_RECORDS,
    Case,
    File,
    Inquiry,
    Letter,
)
from intake.settling import (
    EVENT_TAKES,
    QUIET,
    first_letter_at,
    follow_up_at,
    next_follow_up,
    settled_from,
    untold,
    unusable_at,
    unusable_letter,
    waiting_follow_up,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATEST = NOW + WAIT_FOR_RECORDS
INQUIRY = Inquiry(
    id="a" * 26,
    form="rheumatoid-arthritis",
    form_version="2026-11-22",
    reference="INQ-7F3K-22AB",
    locale="en",
    received_at=NOW,
    answer_by=NOW + timedelta(days=2),
    answers={"records": [{"requirement": "blood"}, {"requirement": "radiology"}]},
    upload_secret="u" * 26,
    receipt_secret="r" * 26,
    tokens_expire_at=NOW + timedelta(days=60),
    base_url="https://intake.clinic.example",
)
BARE = replace(INQUIRY, answers={})
FIRST = Letter(INQUIRY.id, TEAM_NEW, claimed_at=NOW, sent_at=NOW, told=(0,))


def a_file(n, record, *, checked=True, verdict="clean", declared=NOW, **more):
    return replace(
        File(
            inquiry=INQUIRY.id,
            n=n,
            record=record,
            requirement="blood",
            version="1",
            size=10,
            sha256="0" * 64,
            name="blood.pdf",
            declared_type="application/pdf",
            declared_at=declared,
            arrived_at=declared,
            checked_at=declared if checked else None,
            verdict=verdict if checked else None,
        ),
        **more,
    )


def declared(n, minutes, record=None, **more):
    """Return a file that a page declared some minutes after the form was sent."""
    return a_file(n, record, declared=NOW + minutes * MINUTE, **more)


@pytest.mark.parametrize(
    ("files", "settled"),
    [
        ((), None),
        ((a_file(0, 0),), None),
        ((a_file(0, 0), a_file(1, 1)), NOW),
        ((a_file(0, 0), a_file(1, 1, verdict="refused")), NOW),
        ((a_file(0, 0), a_file(1, 1, verdict="withheld")), NOW),
        ((a_file(0, 0), a_file(1, 1, checked=False)), None),
        ((a_file(0, 0), a_file(1, 1), a_file(2, 1, checked=False)), None),
        ((a_file(0, 0), a_file(1, 1), declared(2, 1)), NOW + MINUTE + QUIET),
        ((a_file(0, 0), declared(1, 3, 1), declared(2, 1)), NOW + 3 * MINUTE + QUIET),
        ((a_file(0, 0), a_file(1, 1), declared(2, 1, checked=False, arrived_at=None)), None),
        (
            (a_file(0, 0), a_file(1, 1), declared(2, 1, checked=False, abandoned_at=NOW)),
            NOW + MINUTE + QUIET,
        ),
    ],
)
def test_all_is_settled_when_every_record_has_a_verdict_and_nobody_adds_more(files, settled):
    assert settled_from(Case(INQUIRY, files)) == settled


def test_without_announced_records_nothing_is_waited_for():
    assert settled_from(Case(BARE)) == NOW


def test_who_says_that_this_is_all_waits_neither_for_quiet_nor_for_records():
    done = replace(INQUIRY, done_at=NOW + 2 * MINUTE)

    assert settled_from(Case(done, (declared(0, 1),))) == NOW + 2 * MINUTE
    assert settled_from(Case(done)) == NOW + 2 * MINUTE


def test_who_says_that_this_is_all_waits_for_what_arrived_and_not_for_what_never_came():
    done = replace(BARE, done_at=NOW + 2 * MINUTE)
    arrived = declared(0, 1, checked=False)
    never = declared(0, 1, checked=False, arrived_at=None)

    assert settled_from(Case(done, (arrived,))) is None
    # But a minute more: the browser knows of its last file before we do.
    assert settled_from(Case(done, (never,))) == NOW + 2 * MINUTE + EVENT_TAKES


def test_a_file_after_that_is_all_begins_a_new_quiet_time():
    done = replace(BARE, done_at=NOW + MINUTE)

    assert settled_from(Case(done, (declared(0, 5),))) == NOW + 5 * MINUTE + QUIET


def test_the_first_letter_never_waits_longer_than_fifteen_minutes():
    assert first_letter_at(Case(INQUIRY)) == LATEST
    assert first_letter_at(Case(BARE, (declared(0, 14),))) == LATEST
    assert first_letter_at(Case(BARE, (declared(0, 4),))) == NOW + 6 * MINUTE


def test_a_follow_up_is_for_files_that_no_letter_told_of():
    case = Case(INQUIRY, (a_file(0, 0), declared(1, 30)), {TEAM_NEW: FIRST})

    assert [file.n for file in untold(case)] == [1]
    assert follow_up_at(case) == NOW + 30 * MINUTE + QUIET
    assert follow_up_at(replace(case, files=case.files[:1])) is None


def test_a_follow_up_waits_for_files_in_flight_but_no_longer_than_fifteen_minutes():
    coming = declared(2, 31, checked=False, arrived_at=None)
    case = Case(INQUIRY, (a_file(0, 0), declared(1, 30), coming), {TEAM_NEW: FIRST})

    assert follow_up_at(case) == NOW + 30 * MINUTE + WAIT_FOR_RECORDS


def test_follow_ups_are_numbered_and_end_some_day():
    letters = {TEAM_NEW: FIRST}
    assert next_follow_up(Case(INQUIRY, (), letters)) == TEAM_FOLLOW_UP

    letters |= {kind: Letter(INQUIRY.id, kind) for kind in TEAM_FOLLOW_UPS[:3]}
    assert next_follow_up(Case(INQUIRY, (), letters)) == TEAM_FOLLOW_UPS[3]

    letters |= {kind: Letter(INQUIRY.id, kind) for kind in TEAM_FOLLOW_UPS}
    assert next_follow_up(Case(INQUIRY, (), letters)) is None


def test_a_follow_up_that_nobody_writes_yet_takes_later_files_along():
    waiting = Letter(INQUIRY.id, TEAM_FOLLOW_UP, due_at=NOW)
    claimed = replace(waiting, claimed_at=NOW)

    assert waiting_follow_up(Case(INQUIRY, (), {TEAM_FOLLOW_UP: waiting})) == waiting
    assert waiting_follow_up(Case(INQUIRY, (), {TEAM_FOLLOW_UP: claimed})) is None


def test_a_lost_note_does_not_make_old_files_new_again():
    lost = replace(FIRST, told=None, claimed_at=NOW + 20 * MINUTE)
    case = Case(BARE, (a_file(0, None), declared(1, 30)), {TEAM_NEW: lost})

    assert [file.n for file in untold(case)] == [1]
    assert follow_up_at(case) == NOW + 30 * MINUTE + QUIET


def test_what_was_checked_while_a_letter_of_unknown_content_left_counts_as_untold():
    lost = replace(FIRST, told=None, claimed_at=NOW + MINUTE)

    assert [file.n for file in untold(Case(BARE, (a_file(0, None),), {TEAM_NEW: lost}))] == [0]
    knew = replace(lost, told=())
    assert [file.n for file in untold(Case(BARE, (a_file(0, None),), {TEAM_NEW: knew}))] == [0]


CONFIRMED = replace(BARE, confirmed_at=NOW)


def refused(n, at, **more):
    return declared(n, at, verdict="refused", **more)


def test_a_sender_is_written_to_of_refused_files_alone():
    clean = Case(CONFIRMED, (declared(0, 1),))
    mixed = Case(CONFIRMED, (declared(0, 1), refused(1, 2)))

    assert unusable_at(clean, NOW) is None
    assert unusable_at(mixed, NOW) == NOW + 2 * MINUTE + QUIET


def test_it_is_never_due_before_now():
    posted = Case(CONFIRMED, (a_file(0, None, verdict="refused"),))

    assert unusable_at(posted, NOW + 9 * MINUTE) == NOW + 9 * MINUTE


def test_it_waits_for_files_in_flight_but_no_longer_than_fifteen_minutes():
    coming = declared(1, 3, checked=False, arrived_at=None)

    assert unusable_at(Case(CONFIRMED, (refused(0, 2), coming)), NOW) == (
        NOW + 2 * MINUTE + WAIT_FOR_RECORDS
    )


def test_until_the_address_is_confirmed_it_is_looked_at_again_and_again():
    case = Case(BARE, (refused(0, 1),))
    ends = BARE.tokens_expire_at

    assert unusable_at(case, NOW) == NOW + LONGEST_WAIT
    assert unusable_at(case, ends - MINUTE) == ends
    assert unusable_at(case, ends) is None


@pytest.mark.parametrize("stamp", ["answered_at", "rejected_at", "quarantined_at"])
def test_who_can_do_nothing_any_more_is_not_written_to(stamp):
    over = replace(CONFIRMED, **{stamp: NOW})

    assert unusable_at(Case(over, (refused(0, 1),)), NOW) is None


@pytest.mark.parametrize(
    ("decisions", "is_owed"),
    [(("granted",), True), (("refused",), False), (("granted", "withdrawn"), False)],
)
def test_who_was_asked_and_did_not_agree_to_contact_is_not_written_to(decisions, is_owed):
    ledger = tuple({"purpose": CONTACT, "decision": decision} for decision in decisions)
    case = Case(replace(CONFIRMED, consents=ledger), (refused(0, 1),))

    assert (unusable_at(case, NOW) is not None) == is_owed


def test_who_was_released_is_written_to():
    free = replace(CONFIRMED, quarantined_at=NOW, released_at=NOW)

    assert unusable_at(Case(free, (refused(0, 1),)), NOW) is not None


def test_the_letter_of_refused_files_is_owed_once():
    case = Case(CONFIRMED, (refused(0, 1),))
    letter = Letter(BARE.id, FILES_UNUSABLE, due_at=NOW + MINUTE + QUIET)

    assert unusable_letter(case, NOW) == letter
    assert unusable_letter(replace(case, letters={FILES_UNUSABLE: letter}), NOW) is None
    assert unusable_letter(replace(case, files=()), NOW) is None
