"""check_upload: each file is judged once, by content, and the team is told when all are settled."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from check_upload import handler
from check_upload.inspector import BrokenInspectorError
from intake import batch, clock
from intake.aws.clients import client
from intake.aws.ledger import LEASE
from intake.inquiry import TEAM_FOLLOW_UP, TEAM_NEW, WAIT_FOR_RECORDS, File
from tests.records import small
from tests.steps.clinic import (
    INQUIRY,
    NOW,
    OUTAGE,
    RECORDS,
    UPLOADS,
    Killed,
    a_letter,
    a_scan,
    an_inquiry,
    kill,
    kill_after,
    lose_answer,
)
from tests.steps.fast_clinic import fast_clinic

PDF = small.pdf(b"x" * 5_000)
DICOM = small.dicom()
POLYGLOT = b"MZ".ljust(128, b"\0") + DICOM[128:]
CANARY = "Jane_Canary_HIV.pdf"
WAITING = {"owed_at": None, "due_at": NOW + WAIT_FOR_RECORDS}


@pytest.fixture
def aws(monkeypatch):
    with fast_clinic(monkeypatch) as clinic:
        yield clinic


def message(n=0, version="v1", *, bucket=UPLOADS, inquiry=INQUIRY):
    return {"bucket": bucket, "key": f"{inquiry}/{n:04d}", "version": version}


@pytest.fixture
def hand_in(aws):
    """Return a way to have an inquiry with these files, none of them checked yet."""

    def run(*contents, letter=True, **changes):
        files = [
            File(
                inquiry=INQUIRY,
                n=n,
                record=n,
                requirement=("blood", "radiology", "radiology")[n],
                version=aws.upload(content, n),
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                name=CANARY,
                declared_type="application/pdf",
                declared_at=NOW,
                arrived_at=NOW,
                due_at=NOW + timedelta(minutes=5),
            )
            for n, content in enumerate(contents)
        ]
        aws.store(an_inquiry(**changes), *files)
        if letter:
            aws.store(a_letter(**WAITING))
        return [message(file.n, file.version) for file in files]

    return run


def content(bucket, n, version):
    key = f"{INQUIRY}/{n:04d}"
    return client("s3").get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()


# ---- One file -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "kind"),
    [
        (PDF, "pdf"),
        (small.picture("jpeg"), "jpeg"),
        (small.picture("png"), "png"),
        (small.picture("tiff"), "tiff"),
        (DICOM, "dicom"),
    ],
)
def test_a_clean_file_moves_byte_for_byte_and_is_pinned(aws, hand_in, posted, kind):
    (asked,) = hand_in(posted)

    assert aws.judge(asked) == []

    (file,) = aws.case().files
    assert (file.verdict, file.kind, file.reason) == ("clean", kind, None)
    assert (file.checked_at, file.due_at) == (NOW, None)
    assert aws.versions(RECORDS) == [(file.key, file.records_version)]
    assert content(RECORDS, 0, file.records_version) == posted
    assert aws.versions(UPLOADS) == []


@pytest.mark.parametrize(
    ("posted", "reason"),
    [(b"", "empty_file"), (b"MZ\x90\0", "unknown_kind"), (b"\0" * 9, "unknown_kind")],
)
def test_a_refused_file_is_removed_and_goes_nowhere(aws, hand_in, posted, reason):
    aws.check(*hand_in(posted))

    (file,) = aws.case().files
    assert (file.verdict, file.reason, file.records_version) == ("refused", reason, None)
    assert aws.versions(UPLOADS) == aws.versions(RECORDS) == []


def test_a_file_that_is_two_things_is_withheld_where_it_is(aws, hand_in):
    (asked,) = hand_in(POLYGLOT)

    aws.check(asked)

    (file,) = aws.case().files
    assert (file.verdict, file.reason) == ("withheld", "two_things")
    assert aws.versions(UPLOADS) == [(asked["key"], asked["version"])]
    assert aws.versions(RECORDS) == []


def test_another_size_than_posted_is_withheld(aws, hand_in):
    (asked,) = hand_in(PDF)
    (file,) = aws.case().files
    aws.store(replace(file, size=file.size + 1))

    aws.check(asked)

    assert aws.case().files[0].verdict == "withheld"
    assert aws.versions(RECORDS) == []


def test_other_bytes_than_posted_are_withheld_and_leave_no_copy(aws, hand_in):
    (asked,) = hand_in(PDF)
    (file,) = aws.case().files
    aws.store(replace(file, sha256="0" * 64))

    aws.judge(asked)

    (file,) = aws.case().files
    assert (file.verdict, file.reason) == ("withheld", "check_unfinished")
    assert aws.versions(RECORDS) == []
    assert aws.versions(UPLOADS) == [(asked["key"], asked["version"])]


def test_a_version_that_went_before_it_was_checked_is_withheld(aws, hand_in):
    (asked,) = hand_in(PDF)
    client("s3").delete_object(Bucket=UPLOADS, Key=asked["key"], VersionId=asked["version"])

    aws.judge(asked)

    assert aws.case().files[0].verdict == "withheld"


# ---- Messages -------------------------------------------------------------------------------


def test_a_message_may_come_twice_at_any_time(aws, hand_in):
    (asked,) = hand_in(PDF)

    assert aws.judge(asked, asked) == []
    before = aws.rows()
    aws.clock.shift(timedelta(hours=1))
    assert aws.judge(asked) == []

    assert aws.rows() == before
    assert len(aws.versions(RECORDS)) == 1


def test_a_later_version_under_the_same_key_changes_nothing(aws, hand_in):
    (asked,) = hand_in(PDF)
    later = aws.upload(b"MZ overwritten")

    assert aws.check(message(0, later)) == []
    assert aws.case().files[0].checked_at is None
    assert aws.judge(asked, message(0, later)) == []

    (file,) = aws.case().files
    assert file.verdict == "clean"
    assert content(RECORDS, 0, file.records_version) == PDF
    assert aws.versions(UPLOADS) == []


@pytest.mark.parametrize("key", ["", "x", "reports/1.pdf", f"{INQUIRY}/1", f"{INQUIRY}/0001/2"])
def test_an_object_that_is_not_ours_is_left_alone(aws, key):
    assert aws.check({"bucket": UPLOADS, "key": key, "version": "v1"}) == []

    assert aws.calls == []


def test_a_broken_message_fails_alone(aws, hand_in):
    asked = hand_in(PDF, DICOM)

    assert aws.check(asked[0], {"nonsense": 1}, asked[1]) == ["message-1"]
    aws.judge(*asked)

    assert [file.verdict for file in aws.case().files] == ["clean", "clean"]


def test_an_object_without_a_row_is_waited_for_and_then_removed(aws):
    version = aws.upload(PDF)

    aws.check(message(0, version))
    assert aws.waiting("check") == []
    aws.clock.shift(timedelta(seconds=30))
    (again,) = aws.waiting("check")
    assert again == message(0, version)

    aws.check(again)
    aws.clock.shift(timedelta(minutes=14, seconds=29))
    assert aws.waiting("check") == []
    aws.clock.shift(timedelta(seconds=1))
    (again,) = aws.waiting("check")
    assert aws.versions(UPLOADS) == [(f"{INQUIRY}/0000", version)]

    aws.check(again)
    aws.clock.shift(timedelta(hours=1))
    assert aws.is_empty()


def test_a_row_that_comes_late_is_still_served(aws, hand_in):
    version = aws.upload(PDF)
    aws.check(message(0, version))
    (asked,) = hand_in(PDF)
    (file,) = aws.case().files
    aws.store(replace(file, version=version))
    aws.clock.shift(timedelta(seconds=30))

    aws.judge(*aws.waiting("check"))

    assert aws.case().files[0].verdict == "clean"
    assert aws.versions(UPLOADS) == [(asked["key"], asked["version"])]


def test_an_object_without_row_that_went_by_itself_is_forgotten(aws):
    assert aws.check(message(0, "v1")) == []

    assert aws.is_empty()


def test_no_file_name_is_logged(aws, hand_in):
    asked = hand_in(PDF, b"MZ", POLYGLOT)
    aws.check(a_scan(0, asked[0]["version"]), *asked, {"nonsense": CANARY})

    assert "Canary" not in aws.log.getvalue()
    assert [line["verdict"] for line in aws.logged()[1:4]] == ["clean", "refused", "withheld"]


# ---- The letter -----------------------------------------------------------------------------


def test_the_team_is_told_as_soon_as_all_is_settled(aws, hand_in):
    first, second = hand_in(PDF, b"MZ")

    aws.judge(first)
    assert aws.letter() == a_letter(**WAITING)
    assert aws.waiting("team") == []
    aws.clock.shift(timedelta(seconds=3))
    aws.check(second)

    now = NOW + timedelta(seconds=3)
    assert aws.letter() == a_letter(owed_at=now, due_at=now)
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]
    aws.check(first, second)
    assert aws.waiting("team") == []


def test_the_team_is_told_at_once_when_the_sender_is_done_during_the_check(aws, hand_in):
    (asked,) = hand_in(PDF)

    def done_now(*_):
        aws.clock.shift(timedelta(seconds=2))
        aws.store(an_inquiry(done_at=NOW + timedelta(seconds=2)))

    aws.on("s3.CopyObject", done_now, times=1)
    aws.judge(asked)

    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]
    assert aws.letter().owed_at == NOW + timedelta(seconds=2)


def test_a_record_without_a_file_is_waited_for(aws, hand_in):
    aws.judge(*hand_in(PDF))

    assert aws.letter() == a_letter(**WAITING)


def test_a_dead_mail_queue_fails_the_message_and_the_sweep_finds_the_letter(aws, hand_in):
    asked = hand_in(PDF, DICOM)
    aws.on("sqs.SendMessage", OUTAGE)

    aws.judge(*asked)
    aws.mend()

    assert aws.letter().due_at == NOW
    assert aws.judge(*asked) == []
    aws.sweep()
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]


@pytest.fixture
def told(aws):
    """Return a way to have sent the letter, which spoke of these files."""

    def run(*files):
        aws.store(a_letter())
        claimed, _ = aws.ledger.claim(INQUIRY, TEAM_NEW, NOW)
        aws.ledger.sent(claimed, "ses-1", NOW, files)
        return aws.letter()

    return run


def test_a_late_file_is_followed_up_once(aws, hand_in, told):
    asked = hand_in(PDF, DICOM, letter=False)
    letter = told(0)

    aws.judge(*asked)
    aws.judge(*asked)

    assert aws.letter(TEAM_FOLLOW_UP) == a_letter(TEAM_FOLLOW_UP)
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_FOLLOW_UP}]
    assert aws.letter() == letter


def test_a_late_file_waits_for_no_record_that_never_got_one(aws, hand_in, told):
    asked = hand_in(PDF, letter=False)  # two records are announced
    told()

    aws.judge(*asked)

    assert aws.letter(TEAM_FOLLOW_UP) == a_letter(TEAM_FOLLOW_UP)


def test_what_the_letter_told_is_not_followed_up(aws, hand_in, told):
    asked = hand_in(PDF, DICOM, letter=False)
    told(0, 1)

    aws.judge(*asked)

    assert TEAM_FOLLOW_UP not in aws.case().letters
    assert aws.waiting("team") == []


def test_while_the_letter_is_being_written_the_follow_up_waits_for_it(aws, hand_in):
    asked = hand_in(PDF, DICOM, letter=False)
    aws.store(a_letter(claimed_at=NOW, in_doubt=True, attempts=1, due_at=NOW + LEASE))

    aws.judge(*asked)

    assert aws.letter(TEAM_FOLLOW_UP).due_at == NOW + LEASE
    assert aws.waiting("team") == []


def test_a_quarantined_inquiry_has_its_files_checked_and_no_letter(aws, hand_in):
    asked = hand_in(PDF, DICOM, letter=False, quarantined_at=NOW)

    aws.judge(*asked)

    assert [file.verdict for file in aws.case().files] == ["clean", "clean"]
    assert aws.case().letters == {}
    assert aws.waiting("team") == []


# ---- Faults ---------------------------------------------------------------------------------

# What one message asks of AWS, in this order: to be looked into, and to be moved.
LOOK = ["s3.GetObject", "s3.GetObject", "dynamodb.UpdateItem"]
MOVE = ["s3.HeadObject", "s3.CopyObject", "dynamodb.UpdateItem", "s3.DeleteObject"]
TELL = ["dynamodb.Query", "dynamodb.UpdateItem", "sqs.SendMessage"]
# An upload's event mostly comes first, but each of the two may find everything undone.
CALLS = {
    "upload": ["dynamodb.GetItem", *LOOK, "dynamodb.UpdateItem", "dynamodb.Query"],
    "scan": ["dynamodb.GetItem", "dynamodb.UpdateItem", *MOVE, *TELL],
    "scan first": ["dynamodb.GetItem", "dynamodb.UpdateItem", *LOOK, *MOVE, *TELL],
    "upload last": ["dynamodb.GetItem", *LOOK, *MOVE, *TELL],
}
# To die before a call is to die after the one before it, and what only reads leaves nothing.
WRITES = {"dynamodb.UpdateItem", "s3.CopyObject", "s3.DeleteObject", "sqs.SendMessage"}
EVERY_WRITE = [
    pytest.param(history, n, id=f"{history}-{n}-{call}")
    for history, calls in CALLS.items()
    for n, call in enumerate(calls)
    if call in WRITES
]


def only_announcing(*requirements):
    return {"answers": {"records": [{"requirement": one} for one in requirements]}}


def assert_settled(aws, asked, *, posted=PDF):
    """Assert the state that every history ends in."""
    (file,) = aws.case().files
    assert (file.verdict, file.found, file.scan) == ("clean", "clean", "NO_THREATS_FOUND")
    assert aws.versions(RECORDS) == [(file.key, file.records_version)]
    assert content(RECORDS, 0, file.records_version) == posted
    assert aws.versions(UPLOADS) == []
    letter = aws.letter()
    assert letter.owed_at == letter.due_at is not None
    assert set(aws.case().letters) == {TEAM_NEW}
    assert aws.judge(asked) == []


@pytest.fixture
def begin(aws, hand_in):
    """Return a way to begin a history: what is to be broken, what follows it, and the upload."""

    def run(history):
        (upload,) = hand_in(PDF, **only_announcing("blood"))
        scan = a_scan(0, upload["version"])
        file = aws.case().files[0]
        if history == "scan":
            aws.check(upload)
        elif history == "upload last":
            aws.store(replace(file, scan="NO_THREATS_FOUND", scanned_at=NOW))
        first, then = (upload, scan) if history.startswith("upload") else (scan, upload)
        aws.calls.clear()
        return first, then, upload

    return run


@pytest.mark.parametrize("history", CALLS)
def test_these_are_the_calls(aws, begin, history):
    first, then, upload = begin(history)

    aws.check(first)

    assert aws.calls == CALLS[history]
    aws.check(then)
    assert_settled(aws, upload)


@pytest.mark.parametrize(("history", "call"), EVERY_WRITE)
def test_killed_after_any_write_the_same_message_does_the_rest(aws, begin, history, call):
    first, then, upload = begin(history)
    aws.on("", kill_after, skip=call, times=1)
    with pytest.raises(Killed):
        aws.check(first)
    aws.mend()

    aws.clock.shift(timedelta(minutes=6))  # the queue shows the message again
    assert aws.check(first, then) == []

    assert_settled(aws, upload)
    aws.sweep()  # whatever message was lost with the process
    told = aws.waiting("team")
    assert {"inquiry": INQUIRY, "letter": TEAM_NEW} in told
    assert all(body == told[0] for body in told)


@pytest.mark.parametrize(("history", "call"), EVERY_WRITE)
def test_an_answer_that_was_lost_changes_nothing(aws, begin, history, call):
    first, then, upload = begin(history)
    aws.on("", lose_answer, skip=call, times=1)

    aws.check(first)
    aws.mend()
    aws.check(first, then)

    assert_settled(aws, upload)


@pytest.mark.parametrize("is_same", [True, False], ids=["the same", "the other"])
@pytest.mark.parametrize(("history", "call"), EVERY_WRITE)
def test_of_two_messages_at_once_one_copy_is_kept(aws, begin, history, call, is_same):
    first, then, upload = begin(history)

    def twin_is_faster(*_):
        aws.mend()
        aws.check(first if is_same else then)

    aws.on("", twin_is_faster, skip=call, times=1)

    assert aws.check(first) == []
    aws.mend()
    aws.check(then)
    assert_settled(aws, upload)


@pytest.mark.parametrize("dies_at", ["", "dynamodb.UpdateItem", "s3.DeleteObject"])
def test_of_two_that_copy_at_once_one_copy_is_kept(aws, begin, dies_at):
    scan, _, upload = begin("scan")

    def twin_is_faster(*_):
        aws.mend()
        if dies_at:
            aws.on(dies_at, kill)
        with suppress(Killed):
            aws.check(upload)
        aws.mend()

    aws.on("s3.CopyObject", twin_is_faster)

    aws.check(scan)
    assert_settled(aws, upload)


def test_an_outage_fails_the_message_and_nothing_else(aws, hand_in):
    asked = hand_in(PDF, DICOM)
    aws.check(*asked)
    scans = [a_scan(n, body["version"]) for n, body in enumerate(asked)]
    aws.on("s3.CopyObject", OUTAGE, times=1)

    assert aws.check(*scans) == ["message-0"]
    assert [file.verdict for file in aws.case().files] == [None, "clean"]
    assert aws.check(scans[0]) == []

    assert [file.verdict for file in aws.case().files] == ["clean", "clean"]
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]
    failed = next(line for line in aws.logged() if line["level"] == "ERROR")
    assert json.dumps(failed).count("exception") == 0


def test_while_the_bytes_cannot_be_read_nothing_is_held_against_them(aws, hand_in):
    (asked,) = hand_in(PDF)
    aws.on("s3.GetObject", OUTAGE, skip=1)

    assert aws.check(asked) == ["message-0"]

    assert aws.case().files[0].inspected_at is None


def test_without_a_process_to_open_it_a_file_is_tried_again(aws, hand_in):
    (upload,) = hand_in(PDF)
    checker = handler.wiring()

    class Broken:
        def inspect(self, *_):
            raise BrokenInspectorError

    broken = replace(checker, settling=replace(checker.settling, inspector=Broken()))
    event = {"Records": [{"messageId": "message-0", "body": json.dumps(upload)}]}

    answer = batch.each(event, lambda body: broken.check(body, clock.now()), handler.logger)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}

    (file,) = aws.case().files
    assert (file.inspected_at, file.checked_at, file.verdict) == (None, None, None)
    assert file.due_at is not None
    assert aws.judge(upload) == []
    assert aws.case().files[0].verdict == "clean"
