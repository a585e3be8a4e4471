"""Accepting is one transaction: all of it or nothing, once for each key, whatever breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from intake.aws.clients import client
from intake.aws.inquiries import KEYS_LIVE, SAME_CONTENT, Claim, Earlier, ReferenceTakenError
from intake.errors import UnavailableError
from intake.inquiry import RECEIPT, TEAM_NEW, File
from tests.steps.clinic import (
    INQUIRY,
    NOW,
    OUTAGE,
    REFERENCE,
    TABLE,
    a_letter,
    an_inquiry,
    cancelled,
    lose_answer,
    refusal,
)

KEY, KEY_2 = "key#rheumatoid-arthritis#1", "key#rheumatoid-arthritis#2"
CONTENT_KEY = "content#rheumatoid-arthritis#1"
CLAIM = Claim({KEY: KEYS_LIVE}, "content-1", '{"ok":true}')
OTHER = "b" * 26
CONDITION, CONFLICT = "ConditionalCheckFailed", "TransactionConflict"


def a_file(n=0, **changes):
    file = File(
        inquiry=INQUIRY,
        n=n,
        record=0,
        requirement="blood",
        version="v1",
        size=9,
        sha256="0" * 64,
        name="Jane.pdf",
        declared_type="application/pdf",
        declared_at=NOW,
        arrived_at=NOW,
        due_at=NOW + timedelta(minutes=5),
    )
    return replace(file, **changes)


@pytest.fixture
def accept(aws):
    """Return a way to accept one inquiry with two files and two letters."""

    def run(inquiry=None, claim=CLAIM):
        inquiry = inquiry or an_inquiry()
        files = [a_file(n, inquiry=inquiry.id) for n in range(2)]
        letters = [replace(a_letter(kind), inquiry=inquiry.id) for kind in (TEAM_NEW, RECEIPT)]
        return aws.inquiries.accept(inquiry, files, letters, claim)

    return run


def another(**changes):
    """Return another inquiry, with its own id and reference."""
    return an_inquiry(**{"id": OTHER, "reference": "INQ-2222-2222", **changes})


def test_what_is_stored_is_read_back_equal(aws, accept):
    assert accept() is None

    case = aws.case()
    assert case.inquiry == an_inquiry()
    assert case.files == (a_file(0), a_file(1))
    assert case.letters == {kind: a_letter(kind) for kind in (TEAM_NEW, RECEIPT)}
    assert aws.files.find(INQUIRY, 1) == a_file(1)
    assert aws.files.find(INQUIRY, 2) is None
    assert aws.inquiries.case(OTHER) is None


def test_key_reference_and_everything_of_the_inquiry_are_items(aws, accept):
    accept()

    assert sorted((item["pk"], item["sk"]) for item in aws.rows()) == [
        (f"inquiry#{INQUIRY}", "file#0000"),
        (f"inquiry#{INQUIRY}", "file#0001"),
        (f"inquiry#{INQUIRY}", "inquiry"),
        (f"inquiry#{INQUIRY}", "letter#receipt"),
        (f"inquiry#{INQUIRY}", "letter#team_new"),
        ("key#rheumatoid-arthritis#1", "key"),
        (f"reference#{REFERENCE}", "reference"),
    ]


def test_only_the_key_ever_expires_and_only_what_is_unfinished_is_due(aws, accept):
    accept()

    for item in aws.rows():
        assert ("expires_at" in item) == (item["sk"] == "key")
        assert ("due_shard" in item) == item["sk"].startswith(("file#", "letter#"))
        assert ("due_at" in item) == ("due_shard" in item)
    (key,) = aws.rows("key#")
    assert key["expires_at"] >= (NOW + timedelta(days=30)).timestamp()


@pytest.mark.parametrize(("quarantined_at", "listed"), [(None, [REFERENCE]), (NOW, [])])
def test_the_worklist_shows_what_waits_for_an_answer_and_no_answers(accept, quarantined_at, listed):
    accept(an_inquiry(quarantined_at=quarantined_at))

    found = client("dynamodb").query(
        TableName=TABLE,
        IndexName="worklist",
        KeyConditionExpression="worklist = :form",
        ExpressionAttributeValues={":form": {"S": "rheumatoid-arthritis"}},
    )["Items"]
    assert [item["reference"]["S"] for item in found] == listed
    assert all("answers" not in item for item in found)


def test_the_same_key_finds_what_stands_under_it_and_changes_nothing(aws, accept):
    accept()
    before = aws.rows()

    earlier = Earlier(INQUIRY, "content-1", '{"ok":true}')
    assert aws.inquiries.earlier(CLAIM, NOW) == earlier
    assert accept(another(), replace(CLAIM, content="content-2")) == earlier
    assert aws.rows() == before


def test_another_key_is_another_inquiry(aws, accept):
    accept()

    assert accept(another(), replace(CLAIM, keys={KEY_2: KEYS_LIVE})) is None
    assert aws.case(OTHER).inquiry.reference == "INQ-2222-2222"


def test_two_keys_stand_for_one_inquiry_each_for_its_time(aws, accept):
    accept(claim=replace(CLAIM, keys={KEY: KEYS_LIVE, CONTENT_KEY: SAME_CONTENT}))
    again = replace(CLAIM, keys={KEY_2: KEYS_LIVE, CONTENT_KEY: SAME_CONTENT})

    assert accept(another(), again).inquiry == INQUIRY  # though nobody had looked before
    assert accept(another(received_at=NOW + SAME_CONTENT), again) is None
    assert aws.inquiries.earlier(CLAIM, NOW + SAME_CONTENT).inquiry == INQUIRY


@pytest.mark.parametrize("lives", [KEYS_LIVE, SAME_CONTENT])
def test_a_key_lapses_on_time_although_its_item_is_still_there(aws, accept, lives):
    claim = replace(CLAIM, keys={KEY: lives})
    accept(claim=claim)
    last, after = NOW + lives - timedelta(microseconds=1), NOW + lives

    assert aws.inquiries.earlier(CLAIM, last) is not None
    assert aws.inquiries.earlier(CLAIM, after) is None
    assert accept(another(received_at=last), claim).inquiry == INQUIRY
    assert accept(another(received_at=after), claim) is None
    assert aws.inquiries.earlier(CLAIM, after).inquiry == OTHER
    assert len(aws.rows("inquiry#")) == 10


def test_a_taken_reference_stores_nothing(aws, accept):
    accept()
    before = aws.rows()

    with pytest.raises(ReferenceTakenError):
        accept(an_inquiry(id=OTHER), replace(CLAIM, keys={KEY_2: KEYS_LIVE}))
    assert aws.rows() == before


@pytest.mark.parametrize(
    "reasons",
    [
        (CONFLICT, "None"),
        ("None", CONFLICT, "None"),
        ("ThrottlingError",),
        ("None", "ProvisionedThroughputExceeded"),
        (CONDITION, "None"),  # the key lapsed, or its item went, between write and look
    ],
)
def test_a_conflict_is_tried_again(aws, accept, reasons):
    aws.on("dynamodb.TransactWriteItems", cancelled(*reasons), times=5)

    assert accept() is None
    assert aws.case().inquiry.reference == REFERENCE


@pytest.mark.parametrize(
    ("code", "times"),
    [("TransactionConflictException", 5), ("TransactionInProgressException", 3)],
)
def test_so_is_one_that_comes_under_another_name(aws, accept, code, times):
    aws.on("dynamodb.TransactWriteItems", refusal(code), times=times)

    assert accept() is None
    assert aws.case().inquiry.reference == REFERENCE


def test_in_lasting_conflict_nothing_is_stored_and_the_sender_may_try_again(aws, accept):
    aws.on("dynamodb.TransactWriteItems", cancelled(CONFLICT))

    with pytest.raises(UnavailableError):
        accept()
    assert aws.rows() == []


def test_a_conflict_with_a_twin_that_won_ends_at_its_answer(aws, accept):
    def twin_is_faster(*call):
        aws.mend()
        accept(another())
        return cancelled(CONFLICT)(*call)

    aws.on("dynamodb.TransactWriteItems", twin_is_faster)

    assert accept().inquiry == OTHER
    assert aws.inquiries.case(INQUIRY) is None


def test_who_only_ever_met_conflicts_looks_once_more_for_the_twin_that_made_them(aws, accept):
    def twin_wins_meanwhile(*call):
        if aws.calls.count("dynamodb.TransactWriteItems") == 6:
            aws.mend()
            accept(another())
        return cancelled(CONFLICT)(*call)

    aws.on("dynamodb.TransactWriteItems", twin_wins_meanwhile)

    assert accept().inquiry == OTHER


def test_a_lost_answer_is_found_again_as_our_own(aws, accept):
    aws.on("dynamodb.TransactWriteItems", lose_answer, times=1)

    won = accept()

    # moto forgets ClientRequestToken, so the client's own retry is refused by our condition;
    # DynamoDB would say "done". Both mean: this very inquiry stands under the key.
    assert won is None or won.inquiry == INQUIRY
    assert aws.case().inquiry == an_inquiry()
    assert aws.calls.count("dynamodb.TransactWriteItems") == 2


def test_a_table_that_does_not_answer_is_an_outage(aws, accept):
    aws.on("dynamodb", OUTAGE)

    with pytest.raises(UnavailableError):
        aws.inquiries.earlier(CLAIM, NOW)
    with pytest.raises(UnavailableError):
        accept()
    aws.mend()
    assert aws.rows() == []


def test_no_permission_is_our_defect_and_crashes(aws, accept):
    aws.on("dynamodb", refusal("AccessDeniedException"))

    with pytest.raises(ClientError, match="AccessDenied"):
        accept()


def test_a_verdict_is_written_once_and_takes_the_file_off_the_clock(aws, accept):
    accept()
    checked = a_file(checked_at=NOW, verdict="clean", records_version="r1", due_at=None)

    assert aws.verdicts.settle(a_file(), checked)
    assert not aws.verdicts.settle(a_file(), replace(checked, verdict="refused"))
    assert aws.files.find(INQUIRY, 0) == checked
    (item,) = [item for item in aws.rows() if item["sk"] == "file#0000"]
    assert "due_at" not in item
    assert "due_shard" not in item


def test_a_verdict_needs_a_row(aws):
    checked = a_file(checked_at=NOW, verdict="clean", due_at=None)

    assert not aws.verdicts.settle(a_file(), checked)
    assert aws.rows() == []


def test_a_file_is_looked_at_again_only_while_it_is_unfinished(aws, accept):
    accept()
    later = NOW + timedelta(minutes=10)

    aws.files.look_again(a_file(0), later)
    aws.verdicts.settle(a_file(1), a_file(1, checked_at=NOW, verdict="clean", due_at=None))
    aws.files.look_again(a_file(1), later)
    aws.files.look_again(a_file(7), later)

    assert [file.due_at for file in aws.case().files] == [later, None]


def test_a_field_of_a_newer_version_is_left_alone(aws, accept):
    accept()
    client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"inquiry#{INQUIRY}"}, "sk": {"S": "inquiry"}},
        UpdateExpression="SET a_newer_field = :x",
        ExpressionAttributeValues={":x": {"S": "2027-01-01T00:00:00.000000Z"}},
    )

    assert aws.case().inquiry == an_inquiry()
