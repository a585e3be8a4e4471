"""Behind CloudFront the API knows the viewer and the domain; around it nobody can claim either."""

from __future__ import annotations

import json

import pytest

from intake import http, viewer
from tests.steps.cloudfront import API, EDGE, HOST, origin_secret, passed_on, posted
from tests.steps.fast_clinic import fast_clinic
from tests.steps.operator import answers

VIEWER = "2001:db8:1:200::a"
FORGED = {
    viewer.ADDRESS_HEADER: "192.0.2.66",
    viewer.SITE_HEADER: "https://evil.example",
    viewer.PROOF_HEADER: "guessed",
}
ONE_EACH = {"MOST_POSTS_PER_NETWORK": "1"}
JSON = {"content-type": "application/json", "accept": "application/json"}


@pytest.fixture
def clinic(monkeypatch):
    with fast_clinic(monkeypatch) as opened:
        opened.configure(ORIGIN_SECRET=origin_secret())
        yield opened


@pytest.fixture
def inquire(clinic):
    """Return a way to post an inquiry with headers as the gateway gets them."""

    def run(headers, source=EDGE):
        event = posted(json.dumps(answers()).encode(), JSON | headers, source)
        answer = clinic.invoke("accept", event)
        return answer["statusCode"], json.loads(answer["body"])

    return run


def received(headers, source=EDGE):
    """Read a request as a step does."""
    context = {"domainName": API, "http": {"method": "POST", "sourceIp": source}}
    return http.request({"headers": headers, "requestContext": context})


def test_a_viewer_is_known_by_its_address_whatever_it_claims():
    request = received(passed_on(FORGED, VIEWER))

    assert viewer.address(request, origin_secret()) == VIEWER
    assert viewer.site(request, origin_secret()) == f"https://{HOST}"


def test_around_cloudfront_a_caller_is_the_one_that_the_gateway_sees():
    request = received(FORGED, source="192.0.2.1")

    assert viewer.address(request, origin_secret()) == "192.0.2.1"
    assert viewer.site(request, origin_secret()) == f"https://{API}"


def test_what_steps_read_comes_through_and_what_the_gateway_refuses_does_not():
    sent = {
        "Authorization": "Bearer x",
        "Idempotency-Key": "k",
        "X-Requested-With": "XMLHttpRequest",
        "Formspree-Client": "@formspree/core@4",
        "Accept-Language": "th",
        "Accept-Encoding": "gzip",
        "Host": HOST,
        "Cookie": "a=b",
    }

    came = passed_on(sent, VIEWER)

    assert {name: came[name.lower()] for name in list(sent)[:-2]} == dict(list(sent.items())[:-2])
    assert came["host"] == API
    assert "cookie" not in came


@pytest.mark.parametrize("public_url", ["auto", f"https://{HOST}", "https://old.clinic.example"])
def test_the_domains_own_page_may_post_before_and_after_it_is_the_public_url(
    clinic, inquire, public_url
):
    clinic.configure(ORIGIN_SECRET=origin_secret(), PUBLIC_URL=public_url)

    status, told = inquire(passed_on({"origin": f"https://{HOST}"}, VIEWER))

    led_to = f"https://{HOST}" if public_url == "auto" else public_url
    assert (status, told["ok"]) == (200, True)
    assert told["next"].startswith(f"{led_to}/u/")


def test_a_flood_is_its_own_networks_and_not_that_of_all_who_come_by_the_same_edge(clinic, inquire):
    clinic.configure(ORIGIN_SECRET=origin_secret(), **ONE_EACH)

    def came(address, **more):
        return inquire(passed_on({"idempotency-key": address} | more, address))[0]

    assert [came("198.51.100.1"), came("203.0.113.1"), came("2001:db8:1:200::a")] == [200] * 3
    assert came("198.51.100.2") == 429
    assert came("2001:db8:1:2ff::b", **{viewer.ADDRESS_HEADER: "192.0.2.99"}) == 429


def test_around_cloudfront_another_claim_is_the_same_flood(clinic, inquire):
    clinic.configure(ORIGIN_SECRET=origin_secret(), **ONE_EACH)

    def came(claimed):
        return inquire(FORGED | {viewer.ADDRESS_HEADER: claimed, "idempotency-key": claimed})[0]

    assert [came("198.51.100.1"), came("203.0.113.1")] == [200, 429]


def test_a_secret_that_is_not_ours_any_more_is_said_in_the_log(clinic, inquire):
    """Else a clinic would only see that its patients are counted as one crowd."""
    clinic.configure(ORIGIN_SECRET=origin_secret())
    inquire(passed_on({"idempotency-key": "1"}, "198.51.100.1"))
    assert not [line for line in clinic.logged() if line["level"] == "WARNING"]

    clinic.configure(ORIGIN_SECRET="the next one")
    inquire(passed_on({"idempotency-key": "2"}, "198.51.100.1"))
    (line,) = [line for line in clinic.logged() if line["level"] == "WARNING"]
    assert line["message"] == "origin secret does not match"
    assert origin_secret() not in clinic.log.getvalue()


def test_a_foreign_page_may_not_post_by_naming_itself_as_ours(clinic, inquire):
    status, _told = inquire(FORGED | {"origin": "https://evil.example"})

    assert status == 403
    assert clinic.rows() == []


def test_around_the_domain_the_form_still_works_and_links_lead_where_it_was_posted(clinic, inquire):
    status, told = inquire({"host": API, "origin": f"https://{API}"} | FORGED)

    assert status == 200
    assert told["next"].startswith(f"https://{API}/u/")
    assert clinic.rows("inquiry#")
