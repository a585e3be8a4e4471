"""Both buckets: exact versions, compared checksums, nothing of the sender's on an object."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from intake.aws.clients import client
from intake.aws.records import RecordsBucket
from intake.aws.uploads import UploadsBucket
from intake.errors import UnavailableError
from tests.steps.clinic import INQUIRY, NOW, OUTAGE, RECORDS, UPLOADS, refusal

KEY = f"{INQUIRY}/0000"
PDF = b"%PDF-1.7\n" + b"x" * 10_000


@pytest.fixture
def uploads(aws):  # noqa: ARG001
    return UploadsBucket(client("s3"), UPLOADS)


@pytest.fixture
def records(aws):  # noqa: ARG001
    return RecordsBucket(client("s3"), RECORDS)


def sha256(content):
    return hashlib.sha256(content).digest()


def test_a_file_is_put_under_its_opaque_key_without_a_trace_of_its_sender(aws, uploads):
    version = uploads.put(KEY, PDF, sha256(PDF))

    assert aws.versions(UPLOADS) == [(KEY, version)]
    head = client("s3").head_object(Bucket=UPLOADS, Key=KEY, VersionId=version)
    assert head["ContentType"] == "application/octet-stream"
    assert head["Metadata"] == {}
    tags = client("s3").get_object_tagging(Bucket=UPLOADS, Key=KEY, VersionId=version)
    assert tags["TagSet"] == []


def test_s3_is_asked_to_compare_what_arrived_with_what_was_posted(aws, uploads):
    asked = []
    aws.on("s3.PutObject", lambda _, request: asked.append(dict(request.headers)))

    uploads.put(KEY, b"abc", sha256(b"abc"))

    # moto compares nothing, so what was asked is all that can be seen here.
    checksum = b"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    assert asked[0]["x-amz-checksum-sha256"] == checksum


def test_an_s3_that_does_not_answer_is_an_outage(aws, uploads):
    aws.on("s3.PutObject", OUTAGE)

    with pytest.raises(UnavailableError):
        uploads.put(KEY, PDF, sha256(PDF))
    assert aws.versions(UPLOADS) == []


def test_the_start_of_exactly_one_version_is_read(uploads):
    first = uploads.put(KEY, PDF, sha256(PDF))
    second = uploads.put(KEY, b"MZ", sha256(b"MZ"))

    look = uploads.look(KEY, first, 8)
    assert (look.size, look.start, look.arrived_at) == (len(PDF), b"%PDF-1.7", NOW)
    look = uploads.look(KEY, second, 8)
    assert (look.size, look.start) == (2, b"MZ")


def test_an_empty_object_has_no_start_and_is_not_missing(uploads):
    version = uploads.put(KEY, b"", sha256(b""))

    look = uploads.look(KEY, version, 8)

    assert (look.size, look.start, look.arrived_at) == (0, b"", NOW)


def test_what_is_gone_or_never_was_is_none(uploads):
    version = uploads.put(KEY, PDF, sha256(PDF))
    uploads.delete(KEY, version)

    assert uploads.look(KEY, version, 8) is None
    assert uploads.look(f"{INQUIRY}/0001", version, 8) is None


def test_a_look_that_is_refused_crashes(aws, uploads):
    version = uploads.put(KEY, PDF, sha256(PDF))
    aws.on("s3.GetObject", refusal("AccessDenied", 403))

    with pytest.raises(ClientError):
        uploads.look(KEY, version, 8)


def test_deleting_removes_the_version_and_hides_nothing(aws, uploads):
    first = uploads.put(KEY, PDF, sha256(PDF))
    second = uploads.put(KEY, b"MZ", sha256(b"MZ"))

    uploads.delete(KEY, first)
    uploads.delete(KEY, first)

    assert aws.versions(UPLOADS) == [(KEY, second)]


def test_discarding_is_a_favour_that_may_fail(aws, uploads):
    version = uploads.put(KEY, PDF, sha256(PDF))
    aws.on("s3.DeleteObject", refusal("AccessDenied", 403))

    uploads.discard(KEY, version)
    assert aws.versions(UPLOADS) == [(KEY, version)]
    aws.mend()
    uploads.discard(KEY, version)
    assert aws.versions(UPLOADS) == []


def test_exactly_the_pinned_version_is_taken_in_byte_for_byte(aws, uploads, records):
    first = uploads.put(KEY, PDF, sha256(PDF))
    uploads.put(KEY, b"overwritten", sha256(b"overwritten"))

    copy = records.take_in(KEY, UPLOADS, first)

    assert copy.sha256 == sha256(PDF).hex()
    assert aws.versions(RECORDS) == [(KEY, copy.version)]
    stored = client("s3").get_object(Bucket=RECORDS, Key=KEY, VersionId=copy.version)
    assert stored["Body"].read() == PDF


def test_a_version_that_is_gone_is_not_taken_in(aws, uploads, records):
    version = uploads.put(KEY, PDF, sha256(PDF))
    uploads.put(KEY, b"another", sha256(b"another"))
    uploads.delete(KEY, version)

    assert records.take_in(KEY, UPLOADS, version) is None

    assert aws.versions(RECORDS) == []


def test_no_tag_type_or_metadata_of_the_upload_comes_along(records):
    version = client("s3").put_object(
        Bucket=UPLOADS,
        Key=KEY,
        Body=PDF,
        ContentType="text/html",
        Metadata={"name": "Jane_HIV.pdf"},
        Tagging="GuardDutyMalwareScanStatus=NO_THREATS_FOUND",
    )["VersionId"]

    copy = records.take_in(KEY, UPLOADS, version)

    head = client("s3").head_object(Bucket=RECORDS, Key=KEY, VersionId=copy.version)
    assert head["ContentType"] == "application/octet-stream"
    assert head["Metadata"] == {}
    tags = client("s3").get_object_tagging(Bucket=RECORDS, Key=KEY, VersionId=copy.version)
    assert tags["TagSet"] == []


def test_a_copy_is_found_with_its_checksum(aws, uploads, records):
    assert records.find(KEY) is None
    version = uploads.put(KEY, PDF, sha256(PDF))

    copy = records.take_in(KEY, UPLOADS, version)

    assert records.find(KEY) == copy
    records.delete(KEY, copy.version)
    assert records.find(KEY) is None
    assert aws.versions(RECORDS) == []


def test_a_search_that_is_refused_crashes(aws, records):
    aws.on("s3.HeadObject", refusal("AccessDenied", 403))

    with pytest.raises(ClientError):
        records.find(KEY)


def test_arrival_is_told_to_the_second(aws, uploads):
    aws.clock.shift(timedelta(seconds=90))

    version = uploads.put(KEY, PDF, sha256(PDF))

    assert uploads.look(KEY, version, 1).arrived_at == NOW + timedelta(seconds=90)
