"""Files that browsers send by a signed form: what AWS refuses is refused, with its valid twin."""

import hashlib
from xml.etree import ElementTree as ET

import pytest

from tests.unit.infra_local.cloud import HOST, KEY, SITE, TYPE, UPLOADS, code_of, reasons


def form(cloud, more=None, size=3):
    fields = {"Content-Type": TYPE, "success_action_status": "201"} if more is None else more
    conditions = [{name: value} for name, value in fields.items()]
    conditions.append(["content-length-range", size, size])
    return cloud.s3.generate_presigned_post(
        UPLOADS, KEY, Fields=fields, Conditions=conditions, ExpiresIn=900
    )["fields"]


def send(cloud, fields, content=b"one", origin=SITE):
    edge = "edge"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="Jane Doe.pdf"\r\n'
        "Content-Type: text/html\r\n\r\n"
    )
    body = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "Origin": origin}
    return cloud.ask("POST", f"{HOST}/{UPLOADS}", body, headers)


def test_a_form_is_stored_as_signed_and_told_of_once(cloud, told):
    answer = send(cloud, form(cloud))

    etag = f'"{hashlib.md5(b"one").hexdigest()}"'  # noqa: S324
    result = {child.tag: child.text for child in ET.fromstring(answer.data)}  # noqa: S314
    got = cloud.s3.get_object(Bucket=UPLOADS, Key=KEY)
    assert answer.status_code == 201
    assert result == {
        "Location": f"{HOST}/{UPLOADS}/{KEY}",
        "Bucket": UPLOADS,
        "Key": KEY,
        "ETag": etag,
    }
    assert (answer.headers["ETag"], answer.headers["Location"]) == (etag, result["Location"])
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert answer.headers["x-amz-version-id"] == got["VersionId"]
    assert (got["Body"].read(), got["ContentType"]) == (b"one", TYPE)
    assert reasons(told) == [("Object Created", "POST Object")]
    assert told[0]["detail"]["object"]["size"] == 3
    assert told[0]["detail"]["object"]["version-id"] == got["VersionId"]


def test_a_form_sent_twice_makes_two_versions(cloud, told):
    fields = form(cloud)

    assert [send(cloud, fields).status_code for _ in range(2)] == [201, 201]
    assert (cloud.keys(), len(told)) == ([KEY, KEY], 2)


def test_a_large_form_goes_to_disk_and_arrives_whole(cloud):
    content = bytes(range(256)) * 12_288  # 3 MiB

    assert send(cloud, form(cloud, size=len(content)), content).status_code == 201
    assert cloud.s3.get_object(Bucket=UPLOADS, Key=KEY)["Body"].read() == content


@pytest.mark.parametrize(
    ("page", "join"),
    [("https://clinic.example/u/t", "?"), ("https://clinic.example/u/t?a=1", "&")],
)
def test_a_redirect_carries_what_s3_says_of_the_object(cloud, page, join):
    answer = send(cloud, form(cloud, {"success_action_redirect": page}))

    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith(f"{page}{join}bucket={UPLOADS}&key=abc%2F0001&etag=%22")
    assert "Jane" not in location


@pytest.mark.parametrize(
    ("status", "answered"), [("200", 200), ("201", 201), ("204", 204), ("418", 204)]
)
def test_a_form_chooses_among_three_answers(cloud, status, answered):
    answer = send(cloud, form(cloud, {"success_action_status": status}))

    assert answer.status_code == answered
    assert bool(answer.data) == (answered == 201)


@pytest.mark.parametrize(
    ("change", "content", "code"),
    [
        ({"Content-Type": "text/html"}, b"one", "AccessDenied"),
        ({"key": "abc/0002"}, b"one", "AccessDenied"),
        ({"success_action_status": "200"}, b"one", "AccessDenied"),
        ({"tagging": "<Tagging/>"}, b"one", "AccessDenied"),
        ({}, b"", "EntityTooSmall"),
        ({}, b"12", "EntityTooSmall"),
        ({}, b"1234", "EntityTooLarge"),
    ],
)
def test_a_form_that_is_not_as_signed_leaves_nothing(cloud, told, change, content, code):
    answer = send(cloud, form(cloud) | change, content)

    assert code_of(answer) == code
    assert (told, cloud.keys()) == ([], [])
    assert answer.headers["Access-Control-Allow-Origin"] == SITE


def test_a_form_for_a_bucket_that_is_not_there_is_refused(cloud):
    cloud.s3.delete_bucket(Bucket=UPLOADS)

    assert code_of(send(cloud, form(cloud))) == "NoSuchBucket"
