"""check_upload and the malware scanner: no file moves without its word, whenever that comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from intake.aws.casework import a_note
from intake.aws.clients import client
from intake.aws.decisions import Decisions
from intake.aws.revisions import Revisions
from intake.errors import CaseChangedError
from intake.inquiry import (
    FILE_CHECK_OVERDUE,
    SCAN_GIVEN_UP,
    SCAN_OVERDUE,
    TEAM_FOLLOW_UP,
    TEAM_NEW,
    WAIT_FOR_RECORDS,
    WITHHELD_TOO_LONG,
    File,
)
from intake.scanning import ASKED_OFTEN, ASKED_SELDOM
from open_case.actions import can_be_let_through
from tests.records import small
from tests.steps.clinic import (
    INQUIRY,
    NOW,
    OUTAGE,
    PLAN,
    RECORDS,
    TABLE,
    UPLOADS,
    Killed,
    a_letter,
    a_scan,
    an_inquiry,
    kill,
    refusal,
)
from tests.steps.fast_clinic import fast_clinic

PDF = small.pdf(b"x" * 500)
DICOM = small.dicom()
ODD = b"MZ".ljust(128, b"\0") + DICOM[128:]
OTHER = b"MZ\x90\0 a program"
MINUTE = timedelta(minutes=1)
KEY = f"{INQUIRY}/0000"


@pytest.fixture
def aws(monkeypatch):
    with fast_clinic(monkeypatch) as clinic:
        yield clinic


def declared(n=0, **changes):
    """Return the row of a file that was declared and has not come."""
    row = File(
        inquiry=INQUIRY,
        n=n,
        record=0,
        requirement="blood",
        version=None,
        size=None,
        sha256=None,
        name="Jane_Canary_HIV.pdf",
        declared_type="application/pdf",
        declared_at=NOW,
        due_at=NOW + FILE_CHECK_OVERDUE,
    )
    return replace(row, **changes)


@pytest.fixture
def come(aws):
    """Return a way to have a file come for a declared place; it returns the event's message."""

    def run(content=PDF, n=0, **changes):
        answers = {"records": [{"requirement": "blood"}]}
        aws.store(an_inquiry(answers=answers, **changes), declared(n))
        aws.store(a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS))
        return again(content, n)

    def again(content, n=0):
        version = aws.upload(content, n)
        key = f"{INQUIRY}/{n:04d}"
        return {"bucket": UPLOADS, "key": key, "version": version, "size": len(content)}

    run.again = again
    return run


def stored(aws):
    return aws.case().files[0]


def state(aws):
    file = stored(aws)
    return (file.verdict, file.reason, file.found, file.scan)


def wait(aws, time, pace=5 * MINUTE):
    """Let time pass, with a sweep every *pace* and what comes of it."""
    while time:
        step = min(time, pace)
        aws.clock.shift(step)
        aws.sweep()
        assert aws.check(*aws.waiting("check")) == []
        time -= step


# ---- What the scanner says ------------------------------------------------------------------


def test_a_file_waits_for_the_scanner_before_it_moves(aws, come):
    event = come()

    aws.check(event, event)

    assert state(aws) == (None, None, "clean", None)
    assert stored(aws).state == "arrived"
    assert aws.versions(UPLOADS) == [(KEY, event["version"])]
    assert aws.versions(RECORDS) == []

    aws.scanned(event["version"])

    assert state(aws) == ("clean", None, "clean", "NO_THREATS_FOUND")
    assert aws.versions(RECORDS) == [(KEY, stored(aws).records_version)]
    assert aws.versions(UPLOADS) == []


@pytest.mark.parametrize(
    ("content", "found", "reason"),
    [(PDF, "clean", None), (ODD, "withheld", "two_things"), (OTHER, "refused", "unknown_kind")],
)
def test_malware_is_refused_whatever_we_found(aws, come, content, found, reason):
    event = come(content)
    aws.check(event)
    assert (stored(aws).found, stored(aws).reason) == (found, reason)

    aws.scanned(event["version"], "THREATS_FOUND")

    assert state(aws) == ("refused", "harmful", found, "THREATS_FOUND")
    assert stored(aws).due_at is None
    assert aws.versions(UPLOADS) == aws.versions(RECORDS) == []


def test_what_is_known_to_be_harmful_is_never_opened(aws, come):
    event = come()

    aws.scanned(event["version"], "THREATS_FOUND")
    aws.check(event)

    assert state(aws) == ("refused", "harmful", None, "THREATS_FOUND")
    assert stored(aws).inspected_at is None
    assert aws.versions(UPLOADS) == aws.versions(RECORDS) == []


@pytest.mark.parametrize(
    "said",
    [
        {"result": "UNSUPPORTED"},
        {"result": "ALL_IS_WELL"},
        {"result": "no_threats_found"},
        {"result": "NO_THREATS_FOUND", "scan_status": "SKIPPED"},
        {"result": "NO_THREATS_FOUND", "scan_status": "COMPLETED_WITH_ISSUES"},
        {"result": "NO_THREATS_FOUND", "scan_status": None},
        {"result": ["NO_THREATS_FOUND"], "scan_status": "COMPLETED"},
        {"result": {"": ""}, "scan_status": {}},
    ],
    ids=str,
)
def test_what_is_not_surely_clean_waits_for_a_person(aws, come, said):
    event = come()
    aws.check(event)

    assert aws.scanned(event["version"], **said) == []

    assert state(aws)[:3] == ("withheld", "check_unfinished", "clean")
    assert stored(aws).due_at == NOW + WITHHELD_TOO_LONG
    assert aws.versions(UPLOADS) == [(KEY, event["version"])]
    assert aws.versions(RECORDS) == []
    wait(aws, SCAN_OVERDUE)
    assert aws.scans_asked == []


@pytest.mark.parametrize("result", ["FAILED", "ACCESS_DENIED"])
def test_a_scan_that_failed_is_asked_for_again(aws, come, result):
    event = come()
    aws.check(event)

    aws.scanned(event["version"], result)

    assert state(aws) == (None, None, "clean", result)
    wait(aws, SCAN_OVERDUE)
    assert aws.scans_asked == [(UPLOADS, KEY, event["version"])]
    aws.scanned(event["version"])
    assert state(aws)[0] == "clean"


# ---- Whose word counts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        {"bucket": RECORDS},
        {"plan": []},
        {"plan": PLAN},
        {"plan": [PLAN.replace("ours", "theirs")]},
        {"plan": [PLAN.replace("123456789012", "210987654321")]},
        {"plan": [PLAN, "another"]},
        {"version": ""},
        {"version": None},
        {"key": "malware-protection-resource-validation-object"},
        {"key": f"{INQUIRY}/0"},
    ],
    ids=str,
)
def test_nobody_else_is_believed(aws, come, forged):
    event = come()
    aws.check(event)

    assert aws.check(a_scan(0, event["version"]) | forged) == []

    assert state(aws) == (None, None, "clean", None)
    assert aws.versions(RECORDS) == []


def test_a_scan_of_another_version_says_nothing_of_the_pinned_one(aws, come):
    event = come()
    aws.check(event)
    harmless = come.again(small.pdf(b"harmless"))

    aws.scanned(harmless["version"])

    assert state(aws) == (None, None, "clean", None)
    assert aws.versions(RECORDS) == []
    assert aws.versions(UPLOADS) == [(KEY, event["version"])]
    aws.scanned(event["version"], "THREATS_FOUND")
    assert state(aws)[:2] == ("refused", "harmful")


def test_a_scan_of_an_overwriting_version_pins_the_first(aws, come):
    first = come()
    second = come.again(small.pdf(b"overwritten"))

    aws.scanned(second["version"])

    assert stored(aws).version == first["version"]
    assert stored(aws).scan is None
    assert aws.versions(RECORDS) == []


def test_the_plans_own_object_is_left_alone(aws):
    client("s3").put_object(
        Bucket=UPLOADS, Key="malware-protection-resource-validation-object", Body=b""
    )

    created = {"bucket": UPLOADS, "version": "v1", "size": 0}
    assert aws.check(created | {"key": "malware-protection-resource-validation-object"}) == []

    assert len(aws.versions(UPLOADS)) == 1
    assert not {"s3.GetObject", "s3.DeleteObject"} & set(aws.calls)


# ---- In any order ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PDF, ("NO_THREATS_FOUND", "FAILED")),
        (PDF, ("NO_THREATS_FOUND", "UNSUPPORTED")),
        (PDF, ("NO_THREATS_FOUND", "THREATS_FOUND")),
        (ODD, ("NO_THREATS_FOUND", "UNSUPPORTED")),
        (OTHER, ("NO_THREATS_FOUND", "THREATS_FOUND")),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, tuple) else "",
)
def test_the_order_in_which_things_are_heard_changes_nothing(aws, come, content, said):
    ends = set()
    for n, order in enumerate(permutations(("upload", *said))):
        event = come(content, n)
        messages = {result: a_scan(n, event["version"], result) for result in said}
        messages["upload"] = event
        aws.check(*(messages[each] for each in order))
        file = next(file for file in aws.case().files if file.n == n)
        # Of harmful files it may be known or not what they would have been.
        found = file.found if file.reason != "harmful" else None
        ends.add((file.verdict, file.reason, found, file.scan, file.due_at))

    assert len(ends) == 1


def test_a_scan_comes_before_the_row_and_is_kept_for_it(aws):
    version = aws.upload(PDF)
    aws.scanned(version)
    aws.store(an_inquiry(), declared())
    aws.clock.shift(timedelta(seconds=30))

    (kept,) = aws.waiting("check")
    assert kept == a_scan(0, version)
    assert aws.check(kept) == []

    assert state(aws)[0] == "clean"
    assert aws.versions(UPLOADS) == []


def test_a_scan_of_what_was_deleted_meanwhile_is_only_noted(aws, come):
    event = come(OTHER)
    aws.check(event)
    assert aws.versions(UPLOADS) == []

    aws.scanned(event["version"], "ACCESS_DENIED")

    assert state(aws) == ("refused", "unknown_kind", "refused", "ACCESS_DENIED")
    wait(aws, SCAN_GIVEN_UP)
    assert aws.scans_asked == []


def test_an_upload_that_is_gone_when_its_scan_comes_is_for_a_person(aws, come):
    event = come()
    aws.check(event)
    client("s3").delete_object(Bucket=UPLOADS, Key=KEY, VersionId=event["version"])

    assert aws.scanned(event["version"]) == []

    assert state(aws)[:3] == ("withheld", "check_unfinished", "withheld")


def test_malware_in_what_was_clean_is_withdrawn_and_rings(aws, come, capsys):
    event = come()
    aws.judge(event)
    records_version = stored(aws).records_version
    capsys.readouterr()

    aws.scanned(event["version"], "THREATS_FOUND")

    assert state(aws) == ("refused", "harmful", "clean", "THREATS_FOUND")
    assert '"FilesWithdrawn"' in capsys.readouterr().out
    # As evidence: whoever opens a file needs the verdict, not the copy.
    assert aws.versions(RECORDS) == [(KEY, records_version)]
    warned = [line["message"] for line in aws.logged() if line["level"] == "WARNING"]
    assert warned == ["file withdrawn from the records"]


def test_malware_that_is_heard_of_while_a_file_is_copied_leaves_no_copy(aws, come):
    event = come()
    aws.check(event)

    def heard(*_):
        aws.mend()
        aws.scanned(event["version"], "THREATS_FOUND")

    aws.on("s3.CopyObject", heard)
    aws.scanned(event["version"])

    assert state(aws)[:2] == ("refused", "harmful")
    assert aws.versions(RECORDS) == aws.versions(UPLOADS) == []


def test_of_two_events_at_the_same_moment_one_says_that_it_checked_the_file(aws, come):
    event = come()

    def meanwhile(*_):
        aws.mend()
        aws.check(event)

    aws.on("s3.CopyObject", meanwhile)
    aws.scanned(event["version"])

    assert state(aws)[:2] == ("clean", None)
    said = [line["message"] for line in aws.logged()]
    assert said == ["file checked", "file was checked before"]


@pytest.mark.parametrize("later", [("THREATS_FOUND",), ("THREATS_FOUND", "NO_THREATS_FOUND")])
def test_a_copy_that_a_crash_left_behind_is_removed_when_it_is_malware(aws, come, later):
    event = come()
    aws.check(event)
    aws.on("dynamodb.UpdateItem", kill, skip=1)
    with pytest.raises(Killed):
        aws.scanned(event["version"])
    aws.mend()
    assert len(aws.versions(RECORDS)) == 1

    for result in later:
        assert aws.scanned(event["version"], result) == []

    assert state(aws)[:2] == ("refused", "harmful")
    assert stored(aws).records_version is None
    assert aws.versions(RECORDS) == aws.versions(UPLOADS) == []


def test_a_crash_before_a_copy_of_malware_is_removed_leaves_that_to_the_retry(aws, come):
    event = come()
    aws.check(event)

    def heard(*_):
        # By a twin that looked for a copy before this one was made.
        aws.mend()
        harmful = {"verdict": "refused", "reason": "harmful", "checked_at": NOW, "due_at": None}
        aws.store(replace(stored(aws), scan="THREATS_FOUND", **harmful))
        aws.on("s3.DeleteObject", kill)

    aws.on("s3.CopyObject", heard)
    with pytest.raises(Killed):
        aws.scanned(event["version"])
    aws.mend()
    assert len(aws.versions(RECORDS)) == 1

    assert aws.scanned(event["version"]) == []

    assert state(aws)[:2] == ("refused", "harmful")
    assert aws.versions(RECORDS) == aws.versions(UPLOADS) == []


def test_a_copy_of_what_staff_refused_meanwhile_is_removed(aws, come):
    event = come()
    aws.check(event)
    wait(aws, SCAN_GIVEN_UP)
    aws.on("dynamodb.UpdateItem", kill, skip=1)
    with pytest.raises(Killed):
        aws.scanned(event["version"])
    aws.mend()
    assert len(aws.versions(RECORDS)) == 1
    aws.store(replace(stored(aws), decision="refuse", decided_at=NOW))

    aws.check({"bucket": UPLOADS, "key": KEY, "version": event["version"]})

    assert state(aws)[:2] == ("refused", "not_accepted")
    assert aws.versions(RECORDS) == aws.versions(UPLOADS) == []


@pytest.mark.parametrize("content", [OTHER, ODD], ids=["refused", "withheld"])
def test_what_was_never_clean_is_not_looked_for_among_the_records(aws, come, content):
    event = come(content)
    aws.calls.clear()

    aws.check(event)
    aws.scanned(event["version"], "THREATS_FOUND")

    assert "s3.HeadObject" not in aws.calls


def test_malware_that_is_heard_of_during_our_own_check_stays_the_reason(aws, come):
    event = come(ODD)

    def heard(*_):
        aws.mend()
        aws.scanned(event["version"], "THREATS_FOUND")

    aws.on("dynamodb.UpdateItem", heard)
    aws.check({**event, "version": event["version"]})

    assert state(aws)[:2] == ("refused", "harmful")
    assert aws.versions(RECORDS) == aws.versions(UPLOADS) == []


# ---- The scanner is silent ------------------------------------------------------------------


def test_a_silent_scanner_is_asked_twice_and_given_up(aws, come, capsys):
    event = come()
    aws.check(event)
    wanted = (UPLOADS, KEY, event["version"])

    wait(aws, SCAN_OVERDUE - MINUTE)
    assert aws.scans_asked == []
    wait(aws, MINUTE)
    assert aws.scans_asked == [wanted]
    wait(aws, SCAN_OVERDUE)
    assert aws.scans_asked == [wanted] * 2
    wait(aws, SCAN_GIVEN_UP - 2 * SCAN_OVERDUE - MINUTE)
    assert stored(aws).state == "arrived"
    capsys.readouterr()
    wait(aws, MINUTE)

    assert state(aws) == ("withheld", "check_unfinished", "clean", None)
    assert aws.scans_asked == [wanted] * 2
    assert stored(aws).due_at == NOW + SCAN_GIVEN_UP + ASKED_OFTEN
    assert '"FilesUnscanned":[1.0]' in capsys.readouterr().out.replace(" ", "")
    wait(aws, 6 * MINUTE)
    assert '"FilesUnscanned":[1.0]' not in capsys.readouterr().out.replace(" ", "")


def test_a_file_that_waits_is_looked_into_once(aws, come):
    aws.check(come())
    aws.calls.clear()

    wait(aws, SCAN_GIVEN_UP)

    assert "s3.GetObject" not in aws.calls


def test_the_team_is_told_in_time_though_the_scanner_is_silent(aws, come):
    event = come(done_at=NOW)
    aws.check(event)
    assert aws.waiting("team") == []

    wait(aws, WAIT_FOR_RECORDS)

    assert {"inquiry": INQUIRY, "letter": TEAM_NEW} in aws.waiting("team")
    aws.store(a_letter(claimed_at=NOW, sent_at=NOW, due_at=None))
    wait(aws, SCAN_GIVEN_UP)
    assert {"inquiry": INQUIRY, "letter": TEAM_FOLLOW_UP} in aws.waiting("team")


def test_a_scan_that_comes_too_late_clears_by_itself(aws, come):
    event = come()
    aws.check(event)
    wait(aws, SCAN_GIVEN_UP)
    assert stored(aws).verdict == "withheld"

    aws.scanned(event["version"])

    assert state(aws) == ("clean", None, "clean", "NO_THREATS_FOUND")
    assert stored(aws).due_at is None
    assert aws.versions(RECORDS) == [(KEY, stored(aws).records_version)]
    assert aws.versions(UPLOADS) == []


@pytest.mark.parametrize(
    ("row", "content"),
    [({"decision": "refuse", "decided_at": NOW}, PDF), ({}, ODD)],
    ids=["staff refused it", "our own check withheld it"],
)
def test_a_late_scan_overrules_nobody(aws, come, row, content):
    event = come(content)
    aws.check(event)
    wait(aws, SCAN_GIVEN_UP)
    before = stored(aws)
    aws.store(replace(before, **row))

    aws.scanned(event["version"])

    assert stored(aws).verdict == ("refused" if row else "withheld")
    assert aws.versions(RECORDS) == []


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (OUTAGE, "ServiceUnavailable"),
        (refusal("AccessDeniedException", 403), "AccessDeniedException"),
        (refusal("BadRequestException"), "BadRequestException"),
    ],
)
def test_a_scanner_that_cannot_be_asked_holds_nothing_else_up(aws, come, broken, code):
    event = come()
    aws.check(event)
    aws.on("guardduty", broken)

    wait(aws, SCAN_OVERDUE)

    assert stored(aws).scan_asked_at is None
    told = {line["scan_error"] for line in aws.logged() if line.get("scan_error")}
    assert told == {f"SendObjectMalwareScan {code}"}
    aws.mend()
    wait(aws, FILE_CHECK_OVERDUE)
    assert len(aws.scans_asked) == 1
    wait(aws, SCAN_GIVEN_UP)
    assert stored(aws).verdict == "withheld"


def test_a_runtime_that_cannot_ask_for_a_scan_holds_nothing_else_up(aws, come):
    event = come()
    aws.check(event)

    def older(*_):
        raise AttributeError

    aws.on("guardduty", older)
    wait(aws, SCAN_GIVEN_UP)

    assert state(aws)[:2] == ("withheld", "check_unfinished")
    told = {line["scan_error"] for line in aws.logged() if line.get("scan_error")}
    assert told == {"AttributeError"}


def test_a_crash_between_asking_and_noting_asks_once_more(aws, come):
    event = come()
    aws.check(event)
    aws.clock.shift(SCAN_OVERDUE)
    aws.sweep()
    (look,) = aws.waiting("check")
    aws.on("dynamodb.UpdateItem", kill)
    with pytest.raises(Killed):
        aws.check(look)
    aws.mend()

    assert aws.check(look) == []

    assert len(aws.scans_asked) == 2
    assert stored(aws).scan_asked_at == NOW + SCAN_OVERDUE


def test_only_a_look_asks_or_gives_up(aws, come):
    event = come()
    aws.check(event)
    aws.clock.shift(SCAN_GIVEN_UP)

    aws.check(event)
    aws.scanned(event["version"], "FAILED")

    assert aws.scans_asked == []
    assert stored(aws).state == "arrived"


def test_nobody_is_asked_or_told_about_a_rejected_inquiry(aws, come, capsys):
    event = come(quarantined_at=NOW, rejected_at=NOW)
    aws.store(replace(stored(aws), due_at=None))
    aws.check(event)
    capsys.readouterr()

    wait(aws, SCAN_GIVEN_UP + MINUTE)

    assert aws.scans_asked == []
    assert '"FilesUnscanned":[1.0]' not in capsys.readouterr().out.replace(" ", "")


# ---- It is silent, and a person can't help ----------------------------------------------------


@pytest.mark.parametrize("said", [None, "FAILED", "ACCESS_DENIED"])
@pytest.mark.parametrize("content", [PDF, ODD], ids=["ours: clean", "ours: withheld"])
def test_a_withheld_file_is_asked_for_until_the_scanner_answers(aws, come, content, said):
    event = come(content)
    aws.check(event)
    if said:
        aws.scanned(event["version"], said)
    wait(aws, SCAN_GIVEN_UP)
    assert stored(aws).state == "withheld"
    aws.scans_asked.clear()

    wait(aws, timedelta(days=1), timedelta(hours=1))
    often = len(aws.scans_asked)
    wait(aws, timedelta(days=1), timedelta(hours=1))

    assert 23 <= often <= 24
    assert 7 <= len(aws.scans_asked) - often <= 9
    aws.scanned(event["version"])
    assert state(aws)[0] == ("clean" if content == PDF else "withheld")
    assert can_be_let_through(stored(aws)) is (content == ODD)
    aws.scans_asked.clear()
    wait(aws, timedelta(hours=6), timedelta(hours=1))
    assert aws.scans_asked == []


@pytest.mark.parametrize("said", ["UNSUPPORTED", "NO_THREATS_FOUND"])
def test_what_the_scanner_answered_at_last_is_due_when_it_waits_too_long(aws, come, said):
    event = come(ODD)
    aws.check(event)
    assert stored(aws).due_at == NOW + ASKED_OFTEN

    aws.scanned(event["version"], said)

    assert stored(aws).due_at == NOW + WITHHELD_TOO_LONG


def test_a_file_that_nobody_scans_rings_each_minute_when_it_waits_too_long(aws, come, capsys):
    aws.check(come(ODD))
    wait(aws, WITHHELD_TOO_LONG - MINUTE, timedelta(hours=4))
    capsys.readouterr()
    aws.sweep()
    assert '"WithheldTooLong":[1.0]' not in capsys.readouterr().out.replace(" ", "")

    aws.clock.shift(MINUTE)
    for _ in range(int(ASKED_SELDOM / (10 * MINUTE)) + 1):
        aws.sweep()
        aws.check(*aws.waiting("check"))
        told = capsys.readouterr().out.replace(" ", "")
        assert '"WithheldTooLong":[1.0]' in told
        assert '"FilesUnscanned":[0.0]' in told
        aws.clock.shift(10 * MINUTE)


def test_a_withheld_file_of_a_rejected_inquiry_is_asked_for_no_more(aws, come):
    aws.check(come(ODD, quarantined_at=NOW, rejected_at=NOW))

    wait(aws, timedelta(hours=3))

    assert aws.scans_asked == []
    assert state(aws) == ("withheld", "two_things", "withheld", None)
    (row,) = (row for row in aws.rows() if row["sk"].startswith("file#"))
    assert not {"due_at", "due_shard"} & row.keys()


def test_a_scanner_that_cannot_be_asked_is_asked_an_hour_later(aws, come):
    aws.check(come(ODD))
    aws.on("guardduty", OUTAGE)
    wait(aws, ASKED_OFTEN + 10 * MINUTE)
    assert [line["scan_error"] for line in aws.logged() if line.get("scan_error")] == [
        "SendObjectMalwareScan ServiceUnavailable"
    ]
    aws.mend()

    wait(aws, ASKED_OFTEN)

    assert len(aws.scans_asked) == 1


def test_asking_again_puts_no_decision_off(aws, come):
    event = come(ODD)
    aws.check(event)
    aws.clock.shift(ASKED_OFTEN)

    def decided(*_):
        aws.mend()
        row = {"decision": "refuse", "decided_at": NOW, "due_at": NOW}
        aws.store(replace(stored(aws), **row))

    aws.sweep()
    (look,) = aws.waiting("check")
    aws.on("guardduty", decided)
    aws.check(look)

    assert stored(aws).due_at == NOW
    aws.sweep()
    aws.check(*aws.waiting("check"))
    assert state(aws)[:2] == ("refused", "not_accepted")


# ---- What staff decide ----------------------------------------------------------------------


@pytest.mark.parametrize("scan", [None, "UNSUPPORTED", "FAILED", "UNKNOWN"])
def test_no_decision_lets_through_what_was_not_scanned(aws, come, scan):
    event = come(ODD)
    aws.check(event)
    decided = {"decision": "release", "decided_at": NOW, "due_at": NOW}
    aws.store(replace(stored(aws), scan=scan, **decided))

    aws.check({"bucket": UPLOADS, "key": KEY, "version": event["version"]})

    assert stored(aws).verdict == "withheld"
    assert aws.versions(RECORDS) == []
    assert aws.versions(UPLOADS) == [(KEY, event["version"])]


def test_malware_that_is_heard_of_after_a_decision_is_refused(aws, come):
    event = come(ODD)
    aws.judge(event)
    decided = {"decision": "release", "decided_at": NOW, "due_at": NOW}
    aws.store(replace(stored(aws), **decided))

    aws.scanned(event["version"], "THREATS_FOUND")

    assert state(aws)[:2] == ("refused", "harmful")
    assert aws.versions(RECORDS) == aws.versions(UPLOADS) == []


@pytest.mark.parametrize("scan", [None, "UNSUPPORTED", "THREATS_FOUND"])
def test_a_release_is_not_even_written_without_a_clean_scan(aws, come, scan):
    # Whoever decided saw the file as it was a moment ago.
    aws.check(come(ODD))
    seen = replace(stored(aws), scan="NO_THREATS_FOUND")
    aws.store(replace(stored(aws), scan=scan))
    decisions = Decisions(Revisions(client("dynamodb"), TABLE))
    note = a_note(NOW, "who", "Dr Who", "let_through", file=0)

    with pytest.raises(CaseChangedError):
        decisions.decide(aws.case().inquiry, note, seen, "release")

    assert stored(aws).decision is None
    decisions.decide(aws.case().inquiry, note, seen, "refuse")
    assert stored(aws).decision == "refuse"
