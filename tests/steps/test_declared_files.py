"""Files that a page declared and a browser sent to S3: pinned, checked, decided on, told of."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from intake.aws import items
from intake.aws.clients import client
from intake.inquiry import (
    LOOK_FOR_UPLOAD,
    TEAM_FOLLOW_UP,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    UPLOADS_LIVE,
    WAIT_FOR_RECORDS,
    WITHHELD_TOO_LONG,
    File,
)
from intake.scanning import ASKED_OFTEN
from intake.settling import QUIET
from tests.records import small
from tests.steps.clinic import (
    INQUIRY,
    NOW,
    RECORDS,
    TABLE,
    UPLOADS,
    Killed,
    a_letter,
    an_inquiry,
    kill,
)
from tests.steps.fast_clinic import fast_clinic

PDF = small.pdf(b"x" * 500)
# Two things at once, which a person should see.
ODD = b"MZ".ljust(128, b"\0") + small.dicom()[128:]
MINUTE = timedelta(minutes=1)
BARE = {"answers": {}}
WAITING = {"owed_at": None, "due_at": NOW + WAIT_FOR_RECORDS}


@pytest.fixture
def aws(monkeypatch):
    with fast_clinic(monkeypatch) as clinic:
        yield clinic


def a_file(n=0, **changes):
    """Return the row of a file that was declared a minute after the form and has not come."""
    declared = NOW + MINUTE
    return replace(
        File(
            inquiry=INQUIRY,
            n=n,
            record=None,
            requirement="blood",
            version=None,
            size=len(PDF),
            sha256=None,
            name="Jane_Canary_HIV.pdf",
            declared_type="application/pdf",
            declared_at=declared,
            due_at=declared + LOOK_FOR_UPLOAD,
        ),
        **changes,
    )


@pytest.fixture
def declared(aws):
    """Return a way to have an inquiry with declared files, at the time of the first."""

    def run(*files, **changes):
        aws.store(an_inquiry(**(BARE | changes)), a_letter(**WAITING), *files)
        aws.clock.shift(MINUTE)

    return run


@pytest.fixture
def arrive(aws):
    """Return a way to have bytes come for a file; it returns the event's message."""

    def run(n=0, content=PDF):
        version = aws.upload(content, n)
        key = f"{INQUIRY}/{n:04d}"
        return {"bucket": UPLOADS, "key": key, "version": version, "size": len(content)}

    return run


def stored(aws, n=0):
    return next(file for file in aws.case().files if file.n == n)


def counter():
    key = items.key(INQUIRY, items.INQUIRY)
    return int(client("dynamodb").get_item(TableName=TABLE, Key=key)["Item"]["bytes_declared"]["N"])


def test_what_comes_is_pinned_checked_and_copied(aws, declared, arrive):
    declared(a_file())
    event = arrive()

    assert aws.judge(event) == []

    file = stored(aws)
    assert (file.version, file.verdict, file.kind) == (event["version"], "clean", "pdf")
    assert (file.arrived_at, file.checked_at, file.due_at) == (NOW + MINUTE, NOW + MINUTE, None)
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert aws.versions(RECORDS) == [(file.key, file.records_version)]
    assert aws.versions(UPLOADS) == []


def test_of_two_objects_under_one_key_the_first_to_be_heard_of_counts(aws, declared, arrive):
    declared(a_file())
    first, second = arrive(), arrive(content=PDF[::-1])

    assert aws.judge(first, second, first) == []

    file = stored(aws)
    copy = client("s3").get_object(Bucket=RECORDS, Key=file.key, VersionId=file.records_version)
    assert copy["Body"].read() == PDF
    assert aws.versions(UPLOADS) == []
    assert len(aws.versions(RECORDS)) == 1


def test_an_object_whose_event_was_lost_is_found(aws, declared, arrive):
    declared(a_file())
    arrive()
    arrive(content=PDF[::-1])
    aws.clock.shift(LOOK_FOR_UPLOAD)

    aws.sweep()
    (asked,) = aws.waiting("check")
    assert asked["version"] == ""
    assert aws.check(asked) == []
    assert aws.scanned(stored(aws).version) == []

    assert stored(aws).verdict == "clean"
    assert stored(aws).sha256 == hashlib.sha256(PDF).hexdigest()


def test_what_never_comes_is_looked_for_until_its_parts_are_gone(aws, declared):
    declared(a_file())

    looks = 0
    while stored(aws).due_at:
        aws.clock.move_to(stored(aws).due_at)
        aws.sweep()
        assert aws.check(*aws.waiting("check")) == []
        looks += 1

    file = stored(aws)
    assert (file.state, file.verdict) == ("announced", None)
    assert file.abandoned_at - file.declared_at >= UPLOADS_LIVE
    assert looks < 50


def test_what_comes_after_it_was_given_up_counts_all_the_same(aws, declared, arrive):
    declared(a_file(abandoned_at=NOW, due_at=None))

    aws.judge(arrive())

    assert stored(aws).verdict == "clean"


def test_a_file_of_unknown_size_is_charged_when_it_comes_and_only_once(aws, declared, arrive):
    declared(a_file(size=None, name=""), bytes_declared=1_000)
    event = arrive()

    aws.check(event, event)

    assert stored(aws).size == len(PDF)
    assert counter() == 1_000 + len(PDF)


@pytest.mark.parametrize("size", [1, len(PDF) - 1, len(PDF) + 1])
def test_another_size_than_declared_is_withheld(aws, declared, arrive, size):
    declared(a_file(size=size))

    aws.judge(arrive())

    assert (stored(aws).verdict, stored(aws).reason) == ("withheld", "check_unfinished")
    assert aws.versions(RECORDS) == []


def test_what_is_two_things_waits_for_a_person_and_rings_at_last(aws, declared, arrive, capsys):
    declared(a_file(size=len(ODD)))

    aws.judge(arrive(content=ODD))

    file = stored(aws)
    assert (file.verdict, file.reason) == ("withheld", "two_things")
    assert file.due_at == NOW + MINUTE + WITHHELD_TOO_LONG
    for days, told in ((4, 0), (1, 1)):
        aws.clock.shift(timedelta(days=days))
        capsys.readouterr()
        aws.sweep()
        assert f'"WithheldTooLong":[{told}.0]' in capsys.readouterr().out.replace(" ", "")
    assert aws.waiting("check") == []


def withheld(aws, arrive, decision=None):
    event = arrive(content=ODD)
    file = a_file(
        version=event["version"],
        size=len(ODD),
        arrived_at=NOW,
        inspected_at=NOW,
        found="withheld",
        scan="NO_THREATS_FOUND",
        scanned_at=NOW,
        checked_at=NOW,
        verdict="withheld",
        reason="two_things",
        kind="dicom",
        decision=decision,
        decided_at=NOW if decision else None,
        due_at=NOW,
    )
    aws.store(an_inquiry(**BARE), file)
    return event


def test_without_a_decision_a_withheld_file_stays_where_it_is(aws, arrive):
    event = withheld(aws, arrive)

    aws.check(event)

    assert stored(aws).verdict == "withheld"
    assert aws.versions(UPLOADS) == [(event["key"], event["version"])]
    assert aws.versions(RECORDS) == []


def test_a_file_that_staff_let_through_moves_byte_for_byte(aws, arrive):
    event = withheld(aws, arrive, "release")

    aws.check(event, event)

    file = stored(aws)
    assert (file.verdict, file.reason, file.due_at) == ("clean", None, None)
    copy = client("s3").get_object(Bucket=RECORDS, Key=file.key, VersionId=file.records_version)
    assert copy["Body"].read() == ODD
    assert aws.versions(UPLOADS) == []


def test_a_file_that_staff_refuse_is_removed(aws, arrive):
    aws.check(withheld(aws, arrive, "refuse"))

    assert (stored(aws).verdict, stored(aws).reason) == ("refused", "not_accepted")
    assert aws.versions(UPLOADS) == aws.versions(RECORDS) == []


def test_a_decision_that_comes_too_late_says_so(aws, arrive):
    event = withheld(aws, arrive, "release")
    client("s3").delete_object(Bucket=UPLOADS, Key=event["key"], VersionId=event["version"])

    aws.check(event)

    assert (stored(aws).verdict, stored(aws).reason) == ("refused", "gone")
    assert aws.versions(RECORDS) == []


@pytest.mark.parametrize("dies_at", ["s3.CopyObject", "dynamodb.UpdateItem", "s3.DeleteObject"])
def test_a_decision_is_carried_out_whatever_dies(aws, arrive, dies_at):
    withheld(aws, arrive, "release")
    aws.sweep()
    (asked,) = aws.waiting("check")
    aws.on(dies_at, kill)
    with pytest.raises(Killed):
        aws.check(asked)
    aws.mend()

    aws.check(asked)

    assert stored(aws).verdict == "clean"
    assert len(aws.versions(RECORDS)) == 1
    assert aws.versions(UPLOADS) == []


def test_the_letter_waits_for_two_quiet_minutes(aws, declared, arrive):
    declared(a_file(0), a_file(1, declared_at=NOW + 2 * MINUTE))
    aws.judge(arrive(0))
    assert aws.letter().due_at == NOW + WAIT_FOR_RECORDS
    aws.clock.shift(MINUTE)

    aws.judge(arrive(1))

    assert aws.letter().due_at == NOW + 2 * MINUTE + QUIET
    assert aws.waiting("team") == []
    aws.clock.shift(QUIET)
    aws.sweep()
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]


def test_a_file_declared_in_the_quiet_time_is_waited_for(aws, declared, arrive):
    declared(a_file(0))
    aws.judge(arrive(0))
    assert aws.letter().due_at == NOW + MINUTE + QUIET
    aws.clock.shift(MINUTE)
    aws.store(a_file(1, declared_at=NOW + 2 * MINUTE))
    aws.clock.shift(MINUTE)

    aws.sweep()
    assert aws.waiting("team") == []
    assert aws.letter().due_at == NOW + WAIT_FOR_RECORDS

    aws.clock.move_to(NOW + WAIT_FOR_RECORDS)
    aws.sweep()
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]


def test_who_said_that_this_is_all_has_the_team_told_at_once(aws, declared, arrive):
    declared(a_file(), done_at=NOW + MINUTE)

    aws.judge(arrive())

    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]
    assert aws.letter().owed_at == NOW + MINUTE


def test_each_later_batch_gets_a_follow_up_of_its_own(aws, declared, arrive):
    declared()
    aws.store(a_letter(claimed_at=NOW, sent_at=NOW, due_at=None))
    for n, kind in enumerate(TEAM_FOLLOW_UPS[:3]):
        day = NOW + (n + 1) * timedelta(days=1)
        aws.store(a_file(n, declared_at=day))
        aws.clock.move_to(day + MINUTE)
        aws.judge(arrive(n))
        letter = aws.letter(kind)
        assert letter.due_at == day + QUIET
        assert letter.owed_at is None
        aws.clock.shift(QUIET)
        aws.sweep()
        assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": kind}]
        sent = {"claimed_at": letter.due_at, "sent_at": letter.due_at, "due_at": None}
        aws.store(a_letter(kind, **sent))
        client("dynamodb").update_item(
            TableName=TABLE,
            Key=items.key(INQUIRY, items.letter_sort_key(kind)),
            UpdateExpression="SET told = :told",
            ExpressionAttributeValues=items.values({":told": list(range(n + 1))}),
        )

    assert aws.case().letters.keys() == {TEAM_NEW, *TEAM_FOLLOW_UPS[:3]}


def test_a_batch_of_files_is_one_follow_up(aws, declared, arrive):
    declared(*(a_file(n) for n in range(5)))
    aws.store(a_letter(claimed_at=NOW, sent_at=NOW, due_at=None))

    aws.judge(*(arrive(n) for n in range(5)))

    assert aws.case().letters.keys() == {TEAM_NEW, TEAM_FOLLOW_UP}
    assert aws.letter(TEAM_FOLLOW_UP).due_at == NOW + MINUTE + QUIET
    assert aws.waiting("team") == []


def test_a_file_that_the_sweep_offered_and_the_check_withheld_has_its_own_time(aws, declared):
    declared(a_file(size=len(ODD)))
    aws.upload(ODD)
    aws.clock.shift(LOOK_FOR_UPLOAD)

    def check_at_once(*_):
        aws.mend()
        before = list(aws.calls)
        version = aws.versions(UPLOADS)[0][1]
        key = stored(aws).key
        aws.check({"bucket": UPLOADS, "key": key, "version": version, "size": len(ODD)})
        aws.calls[:] = before  # these were not the sweep's

    aws.on("sqs.SendMessage", check_at_once)
    aws.sweep()

    assert stored(aws).verdict == "withheld"
    assert stored(aws).due_at - stored(aws).checked_at == ASKED_OFTEN


def test_a_file_of_a_rejected_inquiry_rings_for_nobody(aws, arrive, capsys):
    withheld(aws, arrive)
    aws.store(an_inquiry(**BARE, quarantined_at=NOW, rejected_at=NOW))
    aws.clock.shift(WITHHELD_TOO_LONG)
    capsys.readouterr()

    aws.sweep()

    assert '"WithheldTooLong":[0.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_verdict_is_of_the_time_when_the_copy_was_done(aws, declared, arrive):
    # Of the time before, a letter that left meanwhile would seem to have told of it.
    declared(a_file())
    event = arrive()
    aws.on("s3.CopyObject", lambda *_: aws.clock.shift(MINUTE), times=1)

    aws.judge(event)

    assert stored(aws).checked_at == NOW + 2 * MINUTE


def test_a_second_object_under_one_key_is_noted_and_warned_of(aws, declared, arrive):
    declared(a_file())
    first, second = arrive(), arrive(content=PDF[::-1])

    aws.check(first, second)

    assert stored(aws).second_at == NOW + MINUTE
    (warned,) = [line for line in aws.logged() if line["level"] == "WARNING"]
    assert warned["message"] == "object is not the pinned version"
