"""Whose request it is: the viewer where CloudFront proves itself, else the gateway's caller."""

import pytest

from intake import http, viewer

SECRET = "a" * 43
EDGE = "130.176.0.9"


def request(source=EDGE, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.request(
        {
            "headers": named,
            "requestContext": {"http": {"method": "POST", "sourceIp": source}},
        }
    )


def through_cloudfront(address, secret=SECRET, source=EDGE):
    return request(source, X_Origin_Verify=secret, X_Viewer_Address=address)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("198.51.100.10", "198.51.100.10"),
        ("198.51.100.10:46532", "198.51.100.10"),
        ("2001:db8:0:0:0:0:0:a", "2001:db8::a"),
        ("2001:DB8::a", "2001:db8::a"),
        ("[2001:db8::a]", "2001:db8::a"),
        ("[2001:db8::a]:443", "2001:db8::a"),
        ("2001:db8::a:46532", "2001:db8::a"),
        ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2:3:4:5:6"),
        ("::ffff:198.51.100.10", "198.51.100.10"),
        ("[::ffff:198.51.100.10]:443", "198.51.100.10"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_behind_cloudfront_the_address_is_the_viewers(written, address):
    assert viewer.address(through_cloudfront(written), SECRET) == address


@pytest.mark.parametrize(
    "garbage",
    ["", ":", "[]", "unknown", "198.51.100", "198.51.100.10, 192.0.2.1", "1.2.3.4\n", "1" * 9000],
)
def test_what_is_no_address_is_the_gateways_caller(garbage):
    assert viewer.address(through_cloudfront(garbage), SECRET) == EDGE


@pytest.mark.parametrize("secret", ["", "b" * 43, SECRET[:-1], f"{SECRET}a", "ä", "\udcff"])
def test_without_cloudfronts_secret_nobody_says_where_they_come_from(secret):
    assert viewer.address(through_cloudfront("198.51.100.10", secret), SECRET) == EDGE


def test_a_header_without_any_secret_is_not_believed():
    assert viewer.address(request(X_Viewer_Address="198.51.100.10"), SECRET) == EDGE


@pytest.mark.parametrize("secret", ["", SECRET])
def test_where_no_secret_is_set_none_is_right(secret):
    assert viewer.address(through_cloudfront("198.51.100.10", secret), "") == EDGE


@pytest.mark.parametrize(
    "name", ["CloudFront-Viewer-Address", "X-Forwarded-For", "X-Real-Ip", "Forwarded"]
)
def test_headers_that_cloudfront_may_pass_on_as_they_came_say_nothing(name):
    asked = request(**{"X-Origin-Verify": SECRET, name: "198.51.100.10"})

    assert viewer.address(asked, SECRET) == EDGE


@pytest.mark.parametrize("source", ["", "garbage"])
def test_where_nobody_says_an_address_there_is_none(source):
    assert viewer.address(request(source), SECRET) == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.10", "198.51.100.0/24"),
        ("198.51.100.255", "198.51.100.0/24"),
        ("::ffff:198.51.100.10", "198.51.100.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("2001:db8:1:300::", "2001:db8:1:300::/56"),
        ("", ""),
        ("garbage", ""),
    ],
)
def test_addresses_of_one_household_are_one_network(address, network):
    assert viewer.network(address) == network


def test_addresses_stay_out_of_what_a_traceback_prints():
    assert "198.51.100.10" not in repr(through_cloudfront("198.51.100.10", source="198.51.100.10"))
