"""GET /u/{token}: what arrived and what is missing."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest

import sign_upload.handler
from intake.inquiry import File
from sign_upload.desk import logger
from tests.plain_browser import Page
from tests.steps.clinic import an_inquiry
from tests.steps.mailroom import ANSWERS, CANARY, INQUIRY, NOW, REFERENCE

UPLOAD = INQUIRY + "u" * 26
RECEIPT = INQUIRY + "r" * 26
ORIGIN = "https://uploads.s3.eu-west-2.amazonaws.com"
NEEDED = ("blood", "urine", "radiology")
HOSTILE = f"{CANARY}'\"><script>alert(1)</script>.pdf"


def a_file(n=0, requirement="blood", *, record=0, name="scan.pdf", **given):
    return File(
        inquiry=INQUIRY,
        n=n,
        record=record,
        requirement=requirement,
        version="v",
        size=4_200_000,
        sha256="0" * 64,
        name=name,
        declared_type="application/pdf",
        declared_at=NOW,
        arrived_at=NOW,
        **given,
    )


def settled(verdict="clean", reason=None):
    return {"checked_at": NOW, "verdict": verdict, "reason": reason}


@pytest.fixture
def log(aws):
    aws.configure(
        UPLOADS_ORIGIN=ORIGIN,
        MAX_FILE_BYTES=str(2 * 2**30),
        MAX_INQUIRY_BYTES=str(5 * 2**30),
        MAX_INQUIRY_FILES="1000",
    )
    sign_upload.handler.wiring.cache_clear()
    written = StringIO()
    logger.registered_handler.setStream(written)
    return written


@pytest.fixture
def ask(log):  # noqa: ARG001  it sets the step up
    def ask(token=UPLOAD, query="", **headers):
        event = {
            "version": "2.0",
            "routeKey": "GET /u/{token}",
            "rawPath": f"/u/{token}",
            "rawQueryString": query,
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "pathParameters": {"token": token},
            "requestContext": {"http": {"method": "GET"}, "domainName": "forms.clinic.example"},
        }
        context = SimpleNamespace(
            function_name="SignUpload",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:eu-west-2:123456789012:function:SignUpload",
            aws_request_id="request",
        )
        return sign_upload.handler.handle(event, context)

    return ask


@pytest.mark.parametrize("token", [UPLOAD, RECEIPT])
def test_both_links_open_the_page(aws, ask, token):
    aws.store(an_inquiry())

    reply = ask(token)

    assert reply["statusCode"] == 200
    assert REFERENCE in reply["body"]


def test_it_says_what_arrived_what_is_missing_and_when_they_will_hear(aws, ask):
    aws.store(an_inquiry(), a_file(**settled()), a_file(1, "radiology", record=1))

    page = Page(ask()["body"])

    text = page.one("main").text
    assert "Tue 24 Nov 18:04 (Bangkok)" in text
    assert "Ready: 1 of 3 · being checked: 1" in text
    blood, urine, radiology = (page.by_id(f"record-{kind}").text for kind in NEEDED)
    assert "It is here, from 1 Nov 2026. Nothing is missing." in blood
    assert "scan.pdf · 4.2 MB · checked, ready for the doctors" in blood
    assert "You plan to send it by 1 Dec 2026." in urine
    assert "arrived, being checked" in radiology
    assert [each["href"] for each in page.all("a") if each["href"].startswith("#record-")] == [
        "#record-urine"
    ]


def test_a_file_that_can_not_be_used_says_why(aws, ask):
    aws.store(an_inquiry(), a_file(**settled("refused", "unknown_kind")))

    text = Page(ask()["body"]).one("main").text

    assert "could not be used" in text
    assert "Please send a PDF" in text


def test_a_file_that_a_person_looks_at_is_not_called_missing(aws, ask):
    aws.store(an_inquiry(), a_file(**settled("withheld", "check_unfinished")))

    blood = Page(ask()["body"]).by_id("record-blood").text

    assert "It is here. Somebody at the clinic will look at it." in blood
    assert "being looked at by our staff" in blood


def test_a_record_that_is_too_old_says_so(aws, ask):
    answers = copy.deepcopy(ANSWERS)
    answers["records"][0]["document_date"] = "2020-01"
    aws.store(an_inquiry(answers=answers), a_file(**settled()))

    said = "This test is from Jan 2020; our doctors ask for one from the last 90 days."
    assert said in Page(ask()["body"]).one("main").text


def test_only_the_sender_s_own_page_shows_a_file_s_name_and_as_text(aws, ask, log):
    aws.store(an_inquiry(), a_file(name="plain.pdf"))
    plain = Page(ask()["body"])
    aws.store(a_file(name=HOSTILE))

    hostile = ask()

    assert HOSTILE in Page(hostile["body"]).one("main").text
    assert Page(hostile["body"]).kinds == plain.kinds
    assert CANARY not in ask(accept="application/json")["body"]
    assert CANARY not in log.getvalue()


def test_the_receipt_s_link_shows_no_file_s_name_as_its_address_may_be_a_stranger_s(aws, ask):
    aws.store(an_inquiry(), a_file(name=HOSTILE))

    text = Page(ask(RECEIPT)["body"]).one("main").text

    assert "Blood test, file 1 · 4.2 MB" in text
    assert CANARY not in text


def test_the_page_holds_no_answer(aws, ask):
    aws.store(an_inquiry(), a_file())

    assert CANARY not in json.dumps([ask(), ask(accept="application/json")])


def test_a_script_gets_the_same_facts(aws, ask):
    aws.store(an_inquiry(), a_file(**settled("refused", "empty_file")))

    body = json.loads(ask(accept="application/json")["body"])

    assert body["ok"] is True
    assert body["reference"] == REFERENCE
    assert body["files"] == [
        {
            "n": 0,
            "requirement": "blood",
            "state": "refused",
            "size": 4_200_000,
            "reason": "empty_file",
        }
    ]
    assert body["upload"] == {
        "maxFileBytes": 2 * 2**30,
        "maxSingleBytes": 100 * 2**20,
        "filesLeft": 1000,
        "bytesLeft": 5 * 2**30,
    }
    states = {each["kind"]: each["state"] for each in body["requirements"]}
    assert states["blood"] == "unusable"
    assert states["urine"] == "promised"


def test_nobody_keeps_or_finds_or_passes_on_the_page(aws, ask):
    aws.store(an_inquiry())

    headers = ask()["headers"]

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_it_speaks_the_language_of_the_form_that_was_sent(aws, ask):
    aws.store(an_inquiry(locale="th"))

    by_form, by_wish = (ask(query=query, accept_language="en") for query in ("", "_language=en"))

    assert Page(by_form["body"]).one("html")["lang"] == "th"
    assert Page(by_form["body"]).one("a", hreflang="en")["href"] == "?_language=en"
    assert Page(by_wish["body"]).one("html")["lang"] == "en"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(aws, ask, accept):
    aws.store(an_inquiry())
    wrong = [INQUIRY + "x" * 26, "b" * 52, "short", "é" * 52, "A" * 52, "", f"{UPLOAD}x"]

    replies = [ask(token, accept=accept) for token in wrong]
    aws.clock.shift(timedelta(days=61))
    replies.append(ask(accept=accept))

    assert replies[0]["statusCode"] == 404
    assert all(reply == replies[0] for reply in replies)


def test_a_token_is_never_logged(aws, ask, log):
    aws.store(an_inquiry())

    ask()
    ask(INQUIRY + "x" * 26)

    assert "u" * 26 not in log.getvalue()
    assert "x" * 26 not in log.getvalue()


def test_looking_changes_nothing(aws, ask):
    aws.store(an_inquiry(), a_file())
    before = aws.rows()

    for _ in range(20):
        ask()

    assert aws.rows() == before
    assert {call for call in aws.calls if call.startswith("dynamodb.")} <= {
        "dynamodb.Query",
        "dynamodb.PutItem",  # the test's own
        "dynamodb.Scan",
        "dynamodb.CreateTable",
    }


def test_a_quarantined_inquiry_looks_like_any_other(aws, ask):
    aws.store(an_inquiry())
    open_one = ask()["body"]
    aws.store(an_inquiry(quarantined_at=NOW))

    assert ask()["body"] == open_one
