"""retry_stalled: whatever got lost, the table knows; and what is late is told to the alarms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from intake.aws import items
from intake.aws.clients import client
from intake.aws.ledger import DELIVERY_EXPECTED, LEASE
from intake.inquiry import (
    FILE_CHECK_OVERDUE,
    RECEIPT,
    SCAN_GIVEN_UP,
    SENDER_LETTERS,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UP,
    TEAM_NEW,
    WAIT_FOR_RECORDS,
    File,
)
from intake.reference import new_id
from retry_stalled.handler import UnfinishedSweepError
from tests.records import small
from tests.steps.clinic import (
    INQUIRY,
    NOW,
    OUTAGE,
    TABLE,
    UPLOADS,
    Killed,
    a_letter,
    an_inquiry,
    kill,
    kill_after,
    refusal,
)

MINUTE = timedelta(minutes=1)
PDF = small.pdf()
SENT = a_letter(claimed_at=NOW, sent_at=NOW, attempts=1, due_at=NOW + DELIVERY_EXPECTED)


@pytest.fixture
def tick(aws, capsys):
    """Return a way to let the schedule tick; it returns the metrics that were printed."""

    def run():
        capsys.readouterr()
        aws.sweep()
        (line,) = capsys.readouterr().out.splitlines()
        emf = json.loads(line)
        (told,) = emf["_aws"]["CloudWatchMetrics"]
        assert told["Namespace"] == "ClinicIntake"
        return {metric["Name"]: emf[metric["Name"]][0] for metric in told["Metrics"]}

    return run


def metrics(*, overdue=0, undelivered=0, withheld=0, unscanned=0, queues=0):
    return {
        "LettersOverdue": overdue,
        "LettersUndelivered": undelivered,
        "WithheldTooLong": withheld,
        "FilesUnscanned": unscanned,
        "QueueErrors": queues,
    }


def message(kind=TEAM_NEW):
    return {"inquiry": INQUIRY, "letter": kind}


def a_file(aws, **changes):
    file = File(
        inquiry=INQUIRY,
        n=0,
        record=0,
        requirement="blood",
        version=aws.upload(PDF),
        size=len(PDF),
        sha256="0" * 64,
        name="Jane.pdf",
        declared_type="application/pdf",
        declared_at=NOW,
        arrived_at=NOW,
        due_at=NOW + FILE_CHECK_OVERDUE,
    )
    return replace(file, **changes)


def test_a_quiet_minute_is_told_too(aws, tick):
    assert tick() == metrics(overdue=0, undelivered=0)

    assert aws.is_empty()
    assert aws.logged()[0]["level"] == "INFO"


def test_what_is_not_due_yet_is_left_alone(aws, tick):
    file = a_file(aws)
    aws.store(an_inquiry(), file, a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS))
    before = aws.rows()

    assert tick() == metrics(overdue=0, undelivered=0)

    assert aws.rows() == before
    assert aws.waiting("check") == aws.waiting("team") == []


def test_a_file_whose_event_was_lost_is_checked(aws, tick):
    file = a_file(aws)
    aws.store(an_inquiry(), file)
    aws.clock.shift(FILE_CHECK_OVERDUE)

    tick()

    (asked,) = aws.waiting("check")
    assert asked == {"bucket": UPLOADS, "key": file.key, "version": file.version}
    assert aws.judge(asked) == []
    assert aws.case().files[0].checked_at is not None
    aws.clock.shift(timedelta(hours=1))
    tick()
    assert aws.waiting("check") == []


def test_a_file_is_asked_for_every_five_minutes_and_not_every_minute(aws, tick):
    aws.store(an_inquiry(), a_file(aws))
    aws.clock.shift(FILE_CHECK_OVERDUE)

    asked = []
    for _ in range(11):
        tick()
        asked.append(len(aws.waiting("check")))
        aws.clock.shift(MINUTE)

    assert asked == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


def awaited(aws, **changes):
    """Return the row of a file that we found clean and nobody has scanned."""
    return a_file(aws, inspected_at=NOW, found="clean", due_at=NOW + SCAN_GIVEN_UP, **changes)


def test_a_file_that_nobody_scanned_in_time_rings_until_it_is_withheld(aws, tick):
    aws.store(an_inquiry(), awaited(aws))
    aws.clock.shift(SCAN_GIVEN_UP - MINUTE)
    assert tick() == metrics()
    aws.clock.shift(MINUTE)

    assert tick() == metrics(unscanned=1)
    assert tick() == metrics()
    aws.clock.shift(FILE_CHECK_OVERDUE)
    assert tick() == metrics(unscanned=1)
    aws.check(*aws.waiting("check"))
    assert aws.case().files[0].verdict == "withheld"
    aws.clock.shift(FILE_CHECK_OVERDUE)
    assert tick() == metrics()

    (file,) = {line["file"] for line in aws.logged() if line["message"] == "file not scanned"}
    assert file == 0


def test_a_dead_check_queue_silences_no_file_that_nobody_scanned(aws, tick):
    aws.store(an_inquiry(), awaited(aws))
    aws.clock.shift(SCAN_GIVEN_UP)
    aws.on("sqs.SendMessage", OUTAGE)

    assert [tick(), tick()] == [metrics(unscanned=1, queues=1)] * 2


@pytest.mark.parametrize(
    "known",
    [{"scan": "UNSUPPORTED"}, {"scan": "NO_THREATS_FOUND"}, {"found": "withheld"}],
    ids=str,
)
def test_a_file_that_waits_for_something_else_does_not_ring_as_unscanned(aws, tick, known):
    aws.store(an_inquiry(), replace(awaited(aws), **known))
    aws.clock.shift(SCAN_GIVEN_UP)

    assert tick() == metrics()


def test_with_a_dead_check_queue_the_file_stays_due(aws, tick):
    aws.store(an_inquiry(), a_file(aws))
    aws.clock.shift(FILE_CHECK_OVERDUE)
    aws.on("sqs.SendMessage", OUTAGE)
    tick()
    aws.mend()

    tick()

    assert len(aws.waiting("check")) == 1
    assert aws.logged()[0]["queue_errors"] == ["ClientError"]


@pytest.mark.parametrize("kind", [TEAM_NEW, TEAM_FOLLOW_UP, TEAM_FALLBACK, *SENDER_LETTERS])
def test_a_letter_whose_message_was_lost_is_sent_on_to_its_queue(aws, tick, kind):
    aws.store(a_letter(kind))

    tick()

    queue, other = ("sender", "team") if kind in SENDER_LETTERS else ("team", "sender")
    assert aws.waiting(queue) == [message(kind)]
    assert aws.waiting(other) == []


def test_a_letter_that_waits_for_records_is_due_after_a_quarter_of_an_hour(aws, tick):
    aws.store(a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS))
    aws.clock.shift(WAIT_FOR_RECORDS - MINUTE)
    tick()
    assert aws.waiting("team") == []
    aws.clock.shift(MINUTE)

    tick()

    assert aws.waiting("team") == [message()]
    assert aws.letter().owed_at is None  # whoever claims it writes since when


def test_a_letter_is_pushed_every_two_minutes_and_not_every_minute(aws, tick):
    aws.store(a_letter())

    pushed = []
    for _ in range(5):
        tick()
        pushed.append(len(aws.waiting("team")))
        aws.clock.shift(MINUTE)

    assert pushed == [1, 0, 1, 0, 1]


def test_a_leased_letter_is_left_to_whoever_has_it(aws, tick):
    aws.store(a_letter())
    aws.ledger.claim(INQUIRY, TEAM_NEW, NOW)

    tick()
    assert aws.waiting("team") == []
    aws.clock.shift(LEASE)
    tick()
    assert aws.waiting("team") == [message()]


def test_a_dead_mail_queue_is_told_and_outlived(aws, tick):
    aws.store(a_letter())
    aws.on("sqs.SendMessage", OUTAGE)
    tick()
    aws.mend()
    (line,) = aws.logged()
    assert (line["level"], line["queue_errors"]) == ("ERROR", ["ClientError"])

    for _ in range(2):
        aws.clock.shift(MINUTE)
        tick()

    assert aws.waiting("team") == [message()]


@pytest.mark.parametrize(("late", "overdue"), [(0, 0), (1, 0), (2, 1), (5, 1), (600, 1)], ids=str)
def test_a_letter_that_breaks_its_promise_rings(aws, tick, late, overdue):
    aws.store(a_letter(), a_letter(RECEIPT, due_at=None, delivered_at=NOW))
    aws.clock.shift(late * MINUTE)

    assert tick() == metrics(overdue=overdue, undelivered=0)
    assert aws.logged()[-1]["level"] == ("ERROR" if overdue else "INFO")


def test_a_late_letter_that_was_put_off_for_hours_keeps_ringing(aws, tick):
    aws.store(a_letter(attempts=4, due_at=NOW + timedelta(hours=3)))
    aws.clock.shift(30 * MINUTE)

    assert [tick()["LettersOverdue"] for _ in range(2)] == [1, 1]
    assert aws.waiting("team") == []


def test_a_letter_that_was_never_claimed_is_late_since_it_fell_due(aws, tick):
    aws.store(a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS))
    aws.clock.shift(WAIT_FOR_RECORDS + 3 * MINUTE)

    assert tick()["LettersOverdue"] == 1


@pytest.mark.parametrize("kind", [TEAM_NEW, TEAM_FOLLOW_UP])
def test_a_letter_nobody_reported_delivered_is_told_elsewhere_and_never_repeated(aws, tick, kind):
    aws.store(replace(SENT, kind=kind))
    aws.clock.shift(DELIVERY_EXPECTED)

    assert tick() == metrics(overdue=0, undelivered=1)

    now = NOW + DELIVERY_EXPECTED
    assert aws.waiting("team") == [message(TEAM_FALLBACK)]
    assert aws.letter(TEAM_FALLBACK) == a_letter(TEAM_FALLBACK, due_at=now, owed_at=now)
    assert (aws.letter(kind).undelivered_at, aws.letter(kind).due_at) == (now, None)
    assert aws.ledger.claim(INQUIRY, kind, now + timedelta(days=1)) is None
    assert aws.logged()[0]["letter"] == kind


def test_a_delivery_written_while_the_sweep_looks_makes_no_fallback(aws, tick):
    aws.store(SENT)
    aws.clock.shift(DELIVERY_EXPECTED)

    def delivered(_event_name, _request):
        aws.ledger.finish(INQUIRY, TEAM_NEW, "delivered_at", NOW)

    aws.on("dynamodb.GetItem", delivered, times=1)  # between the lagging index and the table

    assert tick() == metrics(overdue=0, undelivered=0)

    assert aws.letter().undelivered_at is None
    assert [item["sk"] for item in aws.rows()] == ["letter#team_new"]


@pytest.mark.parametrize("is_sent_again", [False, True])
def test_a_letter_that_a_person_had_sent_again_meanwhile_is_not_closed(aws, tick, is_sent_again):
    """The index may show it as it was before that: under way, and its delivery overdue."""
    aws.store(SENT)
    aws.clock.shift(DELIVERY_EXPECTED)
    now = NOW + DELIVERY_EXPECTED
    anew = a_letter(due_at=now, owed_at=now, resent_at=now)
    if is_sent_again:
        anew = replace(anew, attempts=1, claimed_at=now, sent_at=now, due_at=now + LEASE)

    def sent_again(_event_name, _request):
        aws.store(anew)

    aws.on("dynamodb.GetItem", sent_again, times=1)  # between the lagging index and the table

    assert tick() == metrics(overdue=0, undelivered=0)

    assert [item["sk"] for item in aws.rows()] == ["letter#team_new"]
    assert aws.letter() == anew


def test_a_letter_that_was_put_off_meanwhile_is_pushed_when_it_is_due_again(aws, tick):
    """Noted as pushed before that, it would wait for longer than it was put off."""
    aws.store(a_letter(attempts=1))

    def put_off(_event_name, _request):
        aws.store(a_letter(attempts=1, due_at=NOW + MINUTE))

    aws.on("dynamodb.UpdateItem", put_off, times=1)  # between the lagging index and the table
    tick()
    assert aws.waiting("team") == []
    aws.clock.shift(MINUTE)

    tick()

    assert aws.waiting("team") == [message()]


def test_two_letters_undelivered_make_one_fallback(aws, tick):
    aws.store(SENT, replace(SENT, kind=TEAM_FOLLOW_UP))
    aws.clock.shift(DELIVERY_EXPECTED)

    assert tick()["LettersUndelivered"] == 2

    assert aws.waiting("team") == [message(TEAM_FALLBACK)]


def test_an_undelivered_fallback_rings_and_makes_no_other(aws, tick):
    aws.store(replace(SENT, kind=TEAM_FALLBACK))
    aws.clock.shift(DELIVERY_EXPECTED)

    assert tick()["LettersUndelivered"] == 1

    assert aws.waiting("team") == []
    assert [item["sk"] for item in aws.rows()] == ["letter#team_fallback"]


@pytest.mark.parametrize("kind", SENDER_LETTERS)
def test_a_letter_to_the_sender_that_was_not_delivered_is_closed_without_noise(aws, tick, kind):
    aws.store(replace(SENT, kind=kind))
    aws.clock.shift(DELIVERY_EXPECTED)

    assert tick() == metrics(overdue=0, undelivered=0)

    assert aws.letter(kind).due_at is None
    assert aws.waiting("team") == aws.waiting("sender") == []


def test_a_delivered_letter_is_finished_for_good(aws, tick):
    aws.store(SENT)
    aws.ledger.finish(INQUIRY, TEAM_NEW, "delivered_at", NOW)
    aws.clock.shift(timedelta(days=1))

    assert tick() == metrics(overdue=0, undelivered=0)
    assert aws.waiting("team") == []


def test_every_shard_is_swept(aws, tick):
    ids = [new_id() for _ in range(40)]
    aws.store(*(replace(a_letter(), inquiry=one) for one in ids))

    tick()

    assert {body["inquiry"] for body in aws.waiting("team")} == set(ids)
    assert aws.logged()[0]["letters_pushed"] == 40


def test_an_item_that_breaks_the_sweep_stops_no_other_and_fails_the_tick(aws, tick):
    ids = [new_id() for _ in range(5)]
    aws.store(*(replace(a_letter(), inquiry=one) for one in ids))
    aws.on("dynamodb.UpdateItem", refusal("AccessDeniedException"), times=1)

    with pytest.raises(UnfinishedSweepError):
        tick()

    assert len(aws.waiting("team")) == 4
    swept = aws.logged()[-1]
    assert (swept["level"], swept["letters_pushed"]) == ("ERROR", 4)
    assert swept["failures"][0].startswith("ClientError ")
    aws.mend()
    aws.clock.shift(2 * MINUTE)
    tick()
    assert {body["inquiry"] for body in aws.waiting("team")} == set(ids)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("due_at", {"S": "2026"}),
        ("owed_at", {"S": "soon"}),
        ("attempts", {"S": "x"}),
        ("kind", None),
    ],
)
def test_an_item_that_nobody_can_read_stops_no_other_and_fails_the_tick(aws, tick, name, value):
    aws.store(a_letter())
    item = items.from_letter(replace(a_letter(), inquiry="z" * 26))
    item |= {"due_shard": items.from_letter(a_letter())["due_shard"], name: value}
    client("dynamodb").put_item(
        TableName=TABLE, Item={name: value for name, value in item.items() if value}
    )

    with pytest.raises(UnfinishedSweepError):
        tick()

    assert aws.waiting("team") == [message()]
    (line,) = [line for line in aws.logged() if line["message"] == "item not readable"]
    assert line["item"] == f"inquiry#{'z' * 26} letter#team_new"


def test_a_letter_that_can_t_be_closed_stops_no_other(aws, tick):
    aws.store(SENT, replace(SENT, kind=RECEIPT))
    aws.clock.shift(DELIVERY_EXPECTED)
    aws.on("dynamodb.UpdateItem", refusal("InternalServerError", 509), times=1)

    with pytest.raises(UnfinishedSweepError):
        tick()

    closed = [kind for kind in (TEAM_NEW, RECEIPT) if aws.letter(kind).undelivered_at]
    assert len(closed) == 1


def test_what_there_is_no_time_for_is_counted_and_comes_first_in_its_minute(aws, tick):
    ids = [new_id() for _ in range(20)]
    aws.store(*(replace(a_letter(), inquiry=one) for one in ids))
    aws.clock.shift(3 * MINUTE)
    aws.seconds_left = 1

    assert tick()["LettersOverdue"] == 20
    assert aws.waiting("team") == []
    assert aws.logged()[-1]["left"] == 20
    aws.seconds_left = 300
    tick()
    assert {body["inquiry"] for body in aws.waiting("team")} == set(ids)


@pytest.mark.parametrize("after", [kill, kill_after], ids=["before", "after"])
def test_an_alarm_is_out_before_its_letter_is_closed(aws, capsys, after):
    aws.store(SENT)
    aws.clock.shift(DELIVERY_EXPECTED)
    aws.on("dynamodb.UpdateItem", after, times=1)

    with pytest.raises(Killed):
        aws.sweep()

    assert json.loads(capsys.readouterr().out)["LettersUndelivered"] == [1.0]


@pytest.mark.parametrize("after", [kill, kill_after], ids=["before", "after"])
@pytest.mark.parametrize("call", ["PutItem", "SendMessage", "UpdateItem"])
def test_killed_anywhere_the_next_sweeps_do_the_rest(aws, tick, call, after):
    aws.store(SENT)
    aws.clock.shift(DELIVERY_EXPECTED)
    service = "sqs" if call == "SendMessage" else "dynamodb"
    aws.on(f"{service}.{call}", after, times=1)
    with pytest.raises(Killed):
        aws.sweep()
    aws.mend()

    for _ in range(3):
        aws.clock.shift(MINUTE)
        tick()

    assert message(TEAM_FALLBACK) in aws.waiting("team")
    assert aws.letter().undelivered_at is not None
    assert {item["sk"] for item in aws.rows()} == {"letter#team_new", "letter#team_fallback"}


def test_an_outage_of_the_table_fails_the_tick_so_that_its_alarm_rings(aws):
    aws.store(a_letter())
    aws.on("dynamodb.Query", OUTAGE)

    with pytest.raises(ClientError, match="ServiceUnavailable"):
        aws.sweep()
