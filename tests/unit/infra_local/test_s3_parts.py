"""Files that browsers send in parts: what AWS refuses is refused, with its valid twin."""

import hashlib
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.unit.infra_local.cloud import (
    HOST,
    KEY,
    LEAST,
    TYPE,
    UPLOADS,
    begun,
    code_of,
    completed,
    put,
    reasons,
)


def test_parts_become_one_object_which_is_told_of_once(cloud, told, two_parts):
    upload, tags = two_parts
    answer = completed(cloud, upload, tags.items())

    digests = b"".join(bytes.fromhex(tag.strip('"')) for tag in tags.values())
    etag = f'"{hashlib.md5(digests).hexdigest()}-2"'  # noqa: S324
    result = ET.fromstring(answer.data)  # noqa: S314
    got = cloud.s3.get_object(Bucket=UPLOADS, Key=KEY)
    (event,) = told
    assert answer.status_code == 200
    assert result.tag.endswith("}CompleteMultipartUploadResult")
    assert [child.text for child in result] == [f"{HOST}/{UPLOADS}/{KEY}", UPLOADS, KEY, etag]
    assert (got["ContentType"], got["ETag"]) == (TYPE, etag)
    assert got["Body"].read() == b"a" * LEAST + b"end"
    assert reasons(told) == [("Object Created", "CompleteMultipartUpload")]
    assert event["detail"]["object"]["size"] == LEAST + 3
    assert event["detail"]["object"]["etag"] == etag.strip('"')
    assert event["detail"]["object"]["version-id"] == answer.headers["x-amz-version-id"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_part_is_stored_as_it_is_whatever_it_is_called(cloud, kind):
    upload = begun(cloud)
    content = b"a=1&b=2" * 100_000
    link = cloud.link("upload_part", UploadId=upload, PartNumber=1)
    tag = cloud.ask("PUT", link, content, {"Content-Type": kind}).headers["ETag"]

    assert completed(cloud, upload, [(1, tag)]).status_code == 200
    assert cloud.s3.get_object(Bucket=UPLOADS, Key=KEY)["Body"].read() == content


def test_completing_twice_changes_nothing_and_tells_nothing(cloud, told, two_parts):
    upload, tags = two_parts
    first, second = (completed(cloud, upload, tags.items()) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data
    assert (len(told), cloud.keys()) == (1, [KEY])
    assert code_of(put(cloud, upload)) == "NoSuchUpload"


def test_parts_are_listed_by_number_and_by_page(cloud):
    upload = begun(cloud)
    for number in (7, 2, 9):
        put(cloud, upload, number, b"x" * number)

    whole = ET.fromstring(cloud.ask("GET", cloud.link("list_parts", UploadId=upload)).data)  # noqa: S314
    first = cloud.s3.list_parts(Bucket=UPLOADS, Key=KEY, UploadId=upload, MaxParts=2)
    rest = cloud.s3.list_parts(
        Bucket=UPLOADS, Key=KEY, UploadId=upload, PartNumberMarker=first["NextPartNumberMarker"]
    )

    assert whole.tag.endswith("}ListPartsResult")
    assert [(p["PartNumber"], p["Size"]) for p in first["Parts"]] == [(2, 2), (7, 7)]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert [p["PartNumber"] for p in rest["Parts"]] == [9]
    assert first["Parts"][0]["ETag"] == f'"{hashlib.md5(b"xx").hexdigest()}"'  # noqa: S324


def test_a_part_sent_again_takes_the_place_of_the_first(cloud):
    upload = begun(cloud)
    put(cloud, upload, 1, b"first")
    tag = put(cloud, upload, 1, b"second").headers["ETag"]

    assert completed(cloud, upload, [(1, tag)]).status_code == 200
    assert cloud.s3.get_object(Bucket=UPLOADS, Key=KEY)["Body"].read() == b"second"


@pytest.mark.parametrize(
    "ask",
    [
        lambda cloud, upload: put(cloud, upload, key="abc/0002"),
        lambda cloud, upload: put(cloud, upload + "x"),
        lambda cloud, upload: completed(cloud, upload, [(1, "e")], key="abc/0002"),
        lambda cloud, upload: completed(cloud, upload + "x", [(1, "e")]),
        lambda cloud, upload: cloud.ask(
            "GET", cloud.link("list_parts", Key="abc/0002", UploadId=upload)
        ),
        lambda cloud, upload: cloud.ask(
            "DELETE", cloud.link("abort_multipart_upload", Key="abc/0002", UploadId=upload)
        ),
    ],
)
def test_an_upload_belongs_to_one_key(cloud, told, ask):
    upload = begun(cloud)
    answer = ask(cloud, upload)

    assert (answer.status_code, code_of(answer)) == (404, "NoSuchUpload")
    assert put(cloud, upload).status_code == 200
    assert (told, cloud.keys()) == ([], [])


@pytest.mark.parametrize("number", [0, 10_001])
def test_parts_are_numbered_from_one_to_ten_thousand(cloud, number):
    upload = begun(cloud)

    assert code_of(put(cloud, upload, number)) == "InvalidArgument"
    assert put(cloud, upload, 10_000).status_code == 200


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (lambda tags: [(2, tags[2]), (1, tags[1])], "InvalidPartOrder"),
        (lambda tags: [(1, tags[1]), (1, tags[1])], "InvalidPartOrder"),
        (lambda tags: [(1, tags[1]), (3, tags[2])], "InvalidPart"),
        (lambda tags: [(1, tags[2]), (2, tags[2])], "InvalidPart"),
        (lambda _: [], "MalformedXML"),
        (lambda tags: [("one", tags[1])], "MalformedXML"),
    ],
)
def test_what_does_not_add_up_is_not_completed(cloud, told, two_parts, parts, code):
    upload, tags = two_parts
    answer = completed(cloud, upload, parts(tags))

    assert (answer.status_code, code_of(answer)) == (400, code)
    assert (told, cloud.keys()) == ([], [])
    assert completed(cloud, upload, tags.items()).status_code == 200


def test_only_the_last_part_may_be_small(cloud):
    upload = begun(cloud)
    tags = [(n, put(cloud, upload, n, b"x" * (LEAST - 2 + n)).headers["ETag"]) for n in (1, 2, 3)]

    assert code_of(completed(cloud, upload, tags)) == "EntityTooSmall"
    assert completed(cloud, upload, tags[1:]).status_code == 200


def test_an_upload_that_is_given_up_is_gone_with_its_parts(cloud, told, two_parts):
    upload, tags = two_parts
    answer = cloud.ask("DELETE", cloud.link("abort_multipart_upload", UploadId=upload))

    assert (answer.status_code, answer.data) == (204, b"")
    assert code_of(completed(cloud, upload, tags.items())) == "NoSuchUpload"
    assert "Uploads" not in cloud.s3.list_multipart_uploads(Bucket=UPLOADS)
    assert (told, cloud.keys()) == ([], [])


def test_a_part_has_the_size_that_was_signed(cloud):
    upload = begun(cloud)
    link = cloud.link("upload_part", UploadId=upload, PartNumber=1, ContentLength=3)

    assert "content-length" in parse_qs(urlsplit(link).query)["X-Amz-SignedHeaders"][0]
    for content in (b"", b"12", b"1234"):
        answer = cloud.ask("PUT", link, content)
        assert (answer.status_code, code_of(answer)) == (403, "SignatureDoesNotMatch")
    assert cloud.ask("PUT", link, b"123").status_code == 200


@pytest.mark.parametrize(
    ("operation", "method", "more"),
    [
        ("create_multipart_upload", "POST", {}),
        ("upload_part", "PUT", {"PartNumber": 1}),
        ("list_parts", "GET", {}),
        ("abort_multipart_upload", "DELETE", {}),
    ],
)
def test_links_for_parts_die_too(cloud, clock, operation, method, more):
    more = more if operation == "create_multipart_upload" else {"UploadId": begun(cloud), **more}
    link = cloud.link(operation, expires=60, **more)
    clock.shift(61)
    late = cloud.ask(method, link)

    assert (late.status_code, code_of(late)) == (403, "AccessDenied")
    clock.shift(-1)
    assert cloud.ask(method, link).status_code in {200, 204}
