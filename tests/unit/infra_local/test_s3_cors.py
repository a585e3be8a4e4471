"""A browser's script may speak to the uploads bucket from the listed websites, and to no other."""

import pytest

from infra.local import s3_cors
from infra.local.intrinsics import UnknownToThisWorldError
from tests.unit.infra_local.cloud import CORS, HOST, RECORDS, SITE, UPLOADS, code_of

ELSEWHERE = "https://elsewhere.example"


def asks_first(cloud, origin=SITE, method="PUT", headers="content-type", bucket=UPLOADS):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    asked |= {"Access-Control-Request-Headers": headers} if headers else {}
    return cloud.ask("OPTIONS", f"{HOST}/{bucket}/abc/0001", headers=asked)


def cors_headers(answer):
    return {n.lower(): v for n, v in answer.headers if n.lower().startswith("access-control-")}


@pytest.mark.parametrize("method", ["PUT", "POST", "GET", "DELETE"])
def test_a_listed_website_may(cloud, method):
    answer = asks_first(cloud, method=method, headers="Content-Type, X-Amz-Date")

    assert answer.status_code == 200
    assert cors_headers(answer) == {
        "access-control-allow-origin": SITE,
        "access-control-allow-methods": "PUT, POST, GET, DELETE",
        "access-control-allow-headers": "content-type, x-amz-date",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "ETag, Location",
        "access-control-max-age": "3000",
    }
    assert answer.headers["Vary"].startswith("Origin")


def test_an_asterisk_stands_for_a_part_of_an_origin(cloud):
    assert asks_first(cloud, "https://a1.api.example").status_code == 200
    assert asks_first(cloud, "https://a1.api.example.evil.example").status_code == 403


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"origin": ELSEWHERE}, 403, "AccessForbidden"),
        ({"origin": "http://www.clinic.example"}, 403, "AccessForbidden"),
        ({"origin": "null"}, 403, "AccessForbidden"),
        ({"method": "HEAD"}, 403, "AccessForbidden"),
        ({"method": "PATCH"}, 400, "BadRequest"),
        ({"method": ""}, 400, "BadRequest"),
        ({"bucket": RECORDS}, 403, "AccessForbidden"),
    ],
)
def test_nothing_else_may(cloud, asked, status, code):
    answer = asks_first(cloud, **asked)

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert cors_headers(answer) == {}


def test_headers_that_are_not_listed_are_refused(cloud):
    (rule,) = CORS["CorsRules"]
    few = {"CorsRules": [rule | {"AllowedHeaders": ["content-type", "x-amz-*"]}]}
    cloud.guard.s3.cors = {UPLOADS: s3_cors.rules_of("Uploads", few)}

    assert asks_first(cloud, headers="Content-Type, x-amz-date").status_code == 200
    assert asks_first(cloud, headers="").status_code == 200
    assert asks_first(cloud, headers="content-type, authorization").status_code == 403


@pytest.mark.parametrize(("origin", "seen"), [(SITE, SITE), (ELSEWHERE, None), (None, None)])
def test_answers_can_be_read_by_listed_websites_alone(cloud, origin, seen):
    headers = {"Origin": origin} if origin else {}

    put = cloud.ask("PUT", cloud.link("put_object"), b"one", headers)
    refused = cloud.ask("PUT", f"{HOST}/{UPLOADS}/abc/0002", b"one", headers)

    assert (put.status_code, refused.status_code) == (200, 403)
    for answer in (put, refused):
        assert answer.headers.get("Access-Control-Allow-Origin") == seen
    assert ("ETag" in put.headers.get("Access-Control-Expose-Headers", "")) == (seen is not None)


def test_no_script_reads_the_records(cloud):
    cloud.s3.put_object(Bucket=RECORDS, Key="abc/0001", Body=b"one")

    answer = cloud.ask("GET", cloud.link("get_object", Bucket=RECORDS), headers={"Origin": SITE})

    assert (answer.status_code, cors_headers(answer)) == (200, {})


def test_a_rule_for_everybody_says_so(cloud):
    (rule,) = CORS["CorsRules"]
    anybody = {"CorsRules": [rule | {"AllowedOrigins": ["*"]}]}
    cloud.guard.s3.cors = {UPLOADS: s3_cors.rules_of("Uploads", anybody)}

    told = cors_headers(asks_first(cloud, ELSEWHERE))

    assert told["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in told


def test_a_rule_that_is_not_known_is_not_guessed_at():
    with pytest.raises(UnknownToThisWorldError, match="AllowedOrigin"):
        s3_cors.rules_of("Uploads", {"CorsRules": [{"AllowedOriginPatterns": ["*"]}]})
