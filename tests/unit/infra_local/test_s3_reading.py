"""Links that open files: the named version, as signed, whole or in part."""

import pytest

from tests.unit.infra_local.cloud import KEY, LEAST, RECORDS, UPLOADS, code_of, completed

OVERRIDES = {
    "ResponseContentDisposition": "attachment; filename*=UTF-8''INQ-2345-6789_blood_01.pdf",
    "ResponseContentType": "application/octet-stream",
}


@pytest.fixture
def versions(cloud):
    """Two versions of one object, with what the sender said about their type."""
    return [
        cloud.s3.put_object(Bucket=UPLOADS, Key=KEY, Body=content, ContentType="text/html")
        for content in (b"0123456789", b"later")
    ]


def test_a_link_opens_the_version_it_names(cloud, versions):
    old = cloud.link("get_object", VersionId=versions[0]["VersionId"])

    assert cloud.ask("GET", old).data == b"0123456789"
    assert cloud.ask("GET", cloud.link("get_object")).data == b"later"
    other = old.replace(versions[0]["VersionId"], versions[1]["VersionId"])
    assert code_of(cloud.ask("GET", other)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-3"}])
def test_a_link_says_how_the_file_is_to_be_opened(cloud, versions, asked):
    answer = cloud.ask("GET", cloud.link("get_object", **OVERRIDES), headers=asked)

    assert versions
    assert answer.headers["Content-Type"] == OVERRIDES["ResponseContentType"]
    assert answer.headers["Content-Disposition"] == OVERRIDES["ResponseContentDisposition"]


@pytest.mark.parametrize(
    "change",
    [
        lambda link: f"{link}&response-content-type=text%2Fhtml",
        lambda link: f"{link}&response-content-disposition=inline",
        lambda link: f"{link.partition('?')[0]}?response-content-disposition=inline",
    ],
)
def test_who_has_a_link_cannot_have_it_opened_otherwise(cloud, versions, change):
    link = cloud.link("get_object")

    assert versions
    assert cloud.ask("GET", change(link)).status_code == 403
    assert cloud.ask("GET", link).headers["Content-Type"] == "text/html"


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-9", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
    ],
)
def test_a_part_of_an_object_can_be_read(cloud, versions, asked, status, content, told):
    link = cloud.link("get_object", VersionId=versions[0]["VersionId"])
    answer = cloud.ask("GET", link, headers={"Range": asked})

    assert (answer.status_code, answer.data) == (status, content)
    assert answer.headers.get("Content-Range") == told
    assert answer.headers["Content-Length"] == str(len(content))


def test_a_part_behind_the_end_is_refused(cloud, versions):
    assert versions
    answer = cloud.ask("GET", cloud.link("get_object"), headers={"Range": "bytes=10-"})

    assert (answer.status_code, code_of(answer)) == (416, "InvalidRange")


def test_what_came_in_parts_can_be_read_in_parts_and_copied(cloud, two_parts):
    upload, tags = two_parts
    completed(cloud, upload, tags.items())

    end = cloud.s3.get_object(Bucket=UPLOADS, Key=KEY, Range=f"bytes={LEAST - 1}-")
    copied = cloud.s3.copy_object(
        Bucket=RECORDS, Key="kept", CopySource={"Bucket": UPLOADS, "Key": KEY}
    )

    assert end["Body"].read() == b"aend"
    assert copied["CopyObjectResult"]["ETag"]
    kept = cloud.s3.get_object(Bucket=RECORDS, Key="kept")
    assert kept["Body"].read() == b"a" * LEAST + b"end"
