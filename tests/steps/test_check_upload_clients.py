"""check_upload over botocore's own clients: how they are set up, and what they put on the wire."""

from __future__ import annotations

import check_upload.handler
from intake.aws.clients import client
from intake.inquiry import SCAN_OVERDUE
from tests.records import small
from tests.steps.clinic import INQUIRY, NOW, RECORDS, UPLOADS, a_letter, an_inquiry
from tests.steps.sender import a_file

PDF = small.pdf(b"x" * 500)


def test_a_forged_tag_or_type_convinces_nobody(aws):
    version = client("s3").put_object(
        Bucket=UPLOADS,
        Key=f"{INQUIRY}/0000",
        Body=b"MZ",
        ContentType="application/pdf",
        Tagging="GuardDutyMalwareScanStatus=NO_THREATS_FOUND",
    )["VersionId"]
    aws.store(an_inquiry(), a_letter(), a_file(version=version, size=2))

    aws.check({"bucket": UPLOADS, "key": f"{INQUIRY}/0000", "version": version})

    assert aws.case().files[0].verdict == "refused"
    assert aws.versions(RECORDS) == []


def test_the_copy_of_a_large_file_may_take_its_time(aws):  # noqa: ARG001  its settings
    checker = check_upload.handler.wiring()

    assert checker.settling.records.s3.meta.config.read_timeout >= 120


def test_what_was_not_scanned_in_time_is_asked_for_and_moves_once_it_is(aws):
    version = aws.upload(PDF)
    arrived = a_file(version=version, size=len(PDF), sha256=None, due_at=NOW)
    aws.store(an_inquiry(), a_letter(), arrived)
    key = f"{INQUIRY}/0000"
    aws.check({"bucket": UPLOADS, "key": key, "version": version, "size": len(PDF)})
    aws.clock.shift(SCAN_OVERDUE)
    aws.sweep()

    assert aws.check(*aws.waiting("check")) == []

    assert aws.scans_asked == [(UPLOADS, key, version)]
    aws.scanned(version)
    assert [file.verdict for file in aws.case().files] == ["clean"]
    assert len(aws.versions(RECORDS)) == 1
    assert aws.versions(UPLOADS) == []
