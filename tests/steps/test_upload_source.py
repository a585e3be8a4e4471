"""Ranges of one version out of the bucket, and of no other."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from check_upload.inspection.result import WithheldError
from check_upload.source import VersionSource
from intake.aws.clients import client
from intake.aws.uploads import UploadsBucket
from tests.steps.clinic import INQUIRY, OUTAGE, UPLOADS

KEY = f"{INQUIRY}/0000"
CONTENT = bytes(range(256)) * 2000


@pytest.fixture
def version(aws):  # noqa: ARG001
    put = client("s3").put_object(Bucket=UPLOADS, Key=KEY, Body=CONTENT)
    client("s3").put_object(Bucket=UPLOADS, Key=KEY, Body=b"overwritten")
    return put["VersionId"]


@pytest.fixture
def source(version):
    with VersionSource(UploadsBucket(client("s3"), UPLOADS), KEY, version, len(CONTENT)) as opened:
        yield opened


def test_the_pinned_version_is_read_whatever_came_after(source):
    source.prefetch([(300_000, 5000), (0, 10)])

    assert source.read(0, 10) == CONTENT[:10]
    assert source.read(300_000, 5000) == CONTENT[300_000:305_000]
    assert source.read(len(CONTENT) - 3, 100) == CONTENT[-3:]


def test_a_version_that_is_gone_is_withheld(source, version):
    client("s3").delete_object(Bucket=UPLOADS, Key=KEY, VersionId=version)

    with pytest.raises(WithheldError, match="check_unfinished"):
        source.read(0, 10)


def test_an_s3_that_does_not_answer_is_no_verdict(aws, source):
    aws.on("s3.GetObject", OUTAGE)

    with pytest.raises(ClientError):
        source.read(0, 10)
