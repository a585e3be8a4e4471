"""POST /u/{token} and the page's own form: files without a script, and a word to the team."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from intake.aws.clients import client
from intake.aws.senders import Senders
from intake.aws.uploads import LAPSED
from intake.inquiry import TEAM_NEW, WAIT_FOR_RECORDS
from tests.plain_browser import Page
from tests.steps.clinic import OUTAGE, TABLE, UPLOADS, a_letter, an_inquiry, refusal
from tests.steps.mailroom import ANSWERS, CANARY, INQUIRY, NOW
from tests.steps.sender import (
    ORIGIN,
    RECEIPT,
    UPLOAD,
    Sender,
    a_file,
    in_parts,
    policy_of,
    whole,
)

KEY = f"{INQUIRY}/0000"
HOSTILE = f"{CANARY}'\"><script>alert(1)</script></bdi>\u202e.pdf"
MINUTE = timedelta(minutes=1)
BASE = "https://intake.clinic.example"


@pytest.fixture
def sender(aws):
    aws.store(an_inquiry(), a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS))
    aws.clock.shift(MINUTE)
    return Sender(aws)


def s3_form(page):
    """Return the fields of the form that leads to S3, or None if there is none."""
    forms = [each for each in page.all("form") if each["action"].startswith("https://")]
    if not forms:
        return None
    (form,) = forms
    start = page.elements.index(form)
    inputs = []
    for each in page.elements[start + 1 :]:
        if each.tag == "form":
            break
        if each.tag == "input":
            inputs.append(each)
    return form, inputs


def fields_of(page):
    return {each["name"]: each["value"] for each in s3_form(page)[1] if each["type"] == "hidden"}


def come(aws, n=0, content=b"%PDF-1.7 canary"):
    """Have S3 take a file, as its form would; its event is still on its way."""
    return aws.upload(content, n)


def arrive(aws, n=0, content=b"%PDF-1.7 canary"):
    """Have a file come and its event be handled, up to the verdict."""
    version = come(aws, n, content)
    (file,) = [file for file in aws.case().files if file.n == n]
    assert aws.files.pin(file, version, len(content), NOW + MINUTE)


# ---- A place for the next file --------------------------------------------------------------


def test_first_the_kind_is_chosen_then_the_file(aws, sender):
    page = sender.page()
    assert s3_form(page) is None
    assert page.by_id("add")["action"] == f"/u/{UPLOAD}"
    assert page.by_id("add")["data-sign"] == f"/u/{UPLOAD}/sign"

    reply = sender.press(do="declare", requirement="blood")

    assert reply["statusCode"] == 303
    assert reply["headers"]["Location"] == f"/u/{UPLOAD}#upload"
    form, inputs = s3_form(sender.page())
    assert form["method"] == "post"
    assert form["enctype"] == "multipart/form-data"
    assert form["action"] == f"{ORIGIN}/"
    assert (inputs[-1]["type"], inputs[-1]["name"]) == ("file", "file")
    (file,) = aws.case().files
    assert (file.size, file.name, file.requirement, file.record) == (None, "", "blood", 0)


def test_the_form_is_for_one_object_an_hour_and_leads_back(aws, sender):
    sender.press(do="declare", requirement="radiology")

    fields = fields_of(sender.page())

    expires, conditions = policy_of(fields)
    assert expires == (NOW + MINUTE + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {"key": KEY} in conditions
    assert {"Content-Type": "application/octet-stream"} in conditions
    assert {"success_action_redirect": f"{BASE}/u/{UPLOAD}"} in conditions
    assert ["content-length-range", 0, 2 * 2**30] in conditions
    exact = {name for each in conditions if isinstance(each, dict) for name in each}
    assert set(fields) - {"policy", "x-amz-signature"} == exact - {"bucket"}
    assert "${filename}" not in json.dumps(fields)
    assert "tagging" not in json.dumps(conditions)
    assert aws.case().files[0].record == 1


def test_the_form_takes_no_more_than_its_kind(sender):
    sender.press(do="declare", requirement="blood")
    assert ["content-length-range", 0, 52_428_800] in policy_of(fields_of(sender.page()))[1]
    said = sender.page().by_id("file-help").text
    assert "52 MB" in said
    assert said.startswith("You can add: PDF, photo, data file")


def test_the_form_of_the_last_place_takes_what_was_left(aws, sender):
    aws.store(an_inquiry(bytes_declared=5 * 2**30 - 7_000_000))
    sender.press(do="declare", requirement="blood")
    assert aws.case().inquiry.bytes_declared == 5 * 2**30
    assert ["content-length-range", 0, 7_000_000] in policy_of(fields_of(sender.page()))[1]


def test_the_browser_may_send_to_the_bucket_and_nowhere_else(sender):
    policy = sender.look()["headers"]["Content-Security-Policy"]

    assert f"form-action 'self' {ORIGIN};" in policy
    assert f"connect-src 'self' {ORIGIN};" in policy


def test_a_second_click_opens_no_second_place(aws, sender):
    for _ in range(3):
        sender.press(do="declare", requirement="blood")

    assert len(aws.case().files) == 1


def test_another_kind_gets_a_place_of_its_own_and_the_first_is_given_up(aws, sender):
    sender.press(do="declare", requirement="blood")
    first = fields_of(sender.page())["key"]

    sender.press(do="declare", requirement="urine")

    assert fields_of(sender.page())["key"] != first
    blood, urine = aws.case().files
    assert (blood.abandoned_at, blood.due_at) == (NOW + MINUTE, NOW + MINUTE + LAPSED)
    assert (urine.requirement, urine.record) == ("urine", None)
    # A form in another window that was under way still brings a blood test.
    arrive(aws, 0)
    assert aws.case().files[0].requirement == "blood"


def test_a_place_that_was_used_is_not_offered_again_although_its_event_is_on_its_way(aws, sender):
    sender.press(do="declare", requirement="blood")
    come(aws)

    page = sender.page(query=f"bucket=uploads&key={KEY}&etag=x")

    assert s3_form(page) is None
    assert "arrived, being checked" in page.one("main").text
    assert "Your file has arrived" in page.one("main").text
    sender.press(do="declare", requirement="blood")
    assert fields_of(sender.page())["key"] == f"{INQUIRY}/0001"
    assert aws.case().files[0].abandoned_at is None


def test_files_are_thanked_for_although_none_of_their_events_has_come_yet(aws, sender):
    for n, kind in enumerate(("blood", "urine")):
        sender.press(do="declare", requirement=kind)
        come(aws, n)

    assert "Your files have arrived" in sender.page().one("main").text


def test_what_the_address_says_is_not_believed(aws, sender):
    sender.press(do="declare", requirement="blood")
    before = sender.page()

    said = sender.page(query=f"bucket=uploads&key={KEY}&etag=%22x%22")

    assert s3_form(said)
    assert said.kinds == before.kinds
    assert aws.case().files[0].state == "announced"


def test_an_open_place_is_no_file_yet(sender):
    sender.press(do="declare", requirement="other")

    page = sender.page()

    assert "Something else" in s3_form(page)[0].text
    assert "file 1" not in page.one("main").text
    assert "not here yet" not in page.one("main").text
    assert json.loads(sender.look(accept="application/json")["body"])["files"] == []


def test_a_file_that_is_under_way_by_a_script_is_not_here_yet(sender):
    sender.sign(in_parts(name="MRI.zip"))

    text = sender.page().one("main").text

    assert "MRI.zip · 13 MB · we are looking for it" in text


def test_a_file_whose_signature_has_lapsed_was_not_sent(aws, sender):
    sender.sign(whole())
    card = sender.page().by_id("record-blood").text
    assert "scan.pdf · 4.2 MB · we are looking for it" in card
    assert "please load this page again in a moment" in card
    aws.clock.shift(15 * MINUTE)
    assert "scan.pdf · 4.2 MB · not here yet" in sender.page().by_id("record-blood").text
    aws.clock.shift(46 * MINUTE)

    text = sender.page().one("main").text

    assert "scan.pdf · 4.2 MB · not sent" in text
    assert "not here yet" not in text


def test_a_file_whose_parts_are_coming_for_hours_is_on_its_way(aws, sender):
    sender.sign(in_parts(name="MRI.zip"))
    aws.store(replace(aws.case().files[0], upload_id="u"))
    aws.clock.shift(timedelta(hours=5))

    assert "MRI.zip · 13 MB · not here yet" in sender.page().one("main").text


def test_the_next_page_of_a_record_belongs_to_the_same_record(aws, sender):
    for n in range(2):
        sender.press(do="declare", requirement="blood")
        arrive(aws, n)

    assert [file.record for file in aws.case().files] == [0, 0]


def test_the_second_record_of_a_kind_gets_the_second_file(aws, sender):
    two = [{"requirement": "blood", "document_date": "2026-11-01"}] * 2
    aws.store(an_inquiry(answers={**ANSWERS, "records": two}))
    for n in range(2):
        sender.press(do="declare", requirement="blood")
        arrive(aws, n)

    assert [file.record for file in aws.case().files] == [0, 1]


def test_a_full_inquiry_offers_nothing_more_and_says_so(aws, sender):
    aws.store(an_inquiry(files_declared=1000))
    page = sender.page()
    assert "No more files fit" in page.one("main").text
    assert not [each for each in page.all("form") if each["id"] == "add"]

    reply = sender.press(do="declare", requirement="blood")

    assert reply["statusCode"] == 413
    assert "1,000 files already" in Page(reply["body"]).one("main").text
    assert aws.case().files == ()


def test_without_a_byte_left_no_place_is_opened(aws, sender):
    aws.store(an_inquiry(bytes_declared=5 * 2**30))

    assert sender.press(do="declare", requirement="blood")["statusCode"] == 413
    assert aws.case().files == ()


@pytest.mark.parametrize("fields", [{"requirement": "tarot"}, {"requirement": ""}, {}])
def test_without_a_kind_the_page_comes_again_and_says_what_is_missing(aws, sender, fields):
    before = aws.rows()

    reply = sender.press(do="declare", **fields)

    page = Page(reply["body"])
    assert reply["statusCode"] == 422
    assert "Please choose from the list" in page.one("div", role="alert").text
    assert page.one("title").text.startswith("Error: ")
    assert page.by_id("add")
    assert aws.rows() == before


@pytest.mark.parametrize(
    "fields",
    [{}, {"do": ""}, {"do": "erase"}, {"do": "DONE"}, {"do": "declare", "record": "9"}],
)
def test_what_the_page_does_not_offer_is_refused(aws, sender, fields):
    before = aws.rows()

    reply = sender.press(**{"requirement": "blood"} | fields)

    assert reply["statusCode"] in {400, 422}
    assert aws.rows() == before


@pytest.mark.parametrize("record", ["x", "-1", "\u0661", "1" * 5000, "99999", "1.0"])
def test_a_record_that_is_no_number_is_refused(aws, sender, record):
    assert sender.press(do="declare", requirement="blood", record=record)["statusCode"] == 422
    assert aws.case().files == ()


# ---- Other ways to send the same ------------------------------------------------------------


def test_multipart_is_read_like_any_form(aws, sender):
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"do": "declare", "requirement": "urine"}.items()
    )

    reply = sender.request(
        "POST",
        "/u/{token}",
        UPLOAD,
        f"{parts}--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )

    assert reply["statusCode"] == 303
    assert aws.case().files[0].requirement == "urine"


def test_a_script_gets_the_overview_back(aws, sender):
    asked = json.dumps({"do": "declare", "requirement": "blood", "record": 0})

    reply = sender.request("POST", "/u/{token}", UPLOAD, asked, content_type="application/json")

    body = json.loads(reply["body"])
    assert (reply["statusCode"], body["ok"]) == (200, True)
    assert body["upload"]["filesLeft"] == 999
    assert len(aws.case().files) == 1


@pytest.mark.parametrize(
    ("type_", "body", "status"),
    [
        ("application/json", "[]", 400),
        ("application/json", '{"do":["done"]}', 400),
        ("application/json", '{"do":"declare","requirement":["blood"]}', 422),
        ("application/json", '{"do":"declare","requirement":"blood","record":[0]}', 422),
        ("application/json", '{"do":"declare","requirement":"blood","record":true}', 422),
        ("application/json", "{", 400),
        ("text/plain", "do=done", 415),
        ("", "do=done", 415),
        ("multipart/form-data", "do=done", 400),
        ("multipart/form-data; boundary=b", "--b\r\nnonsense", 400),
        ("multipart/form-data; boundary=b", "--b\r\n\r\n--b--\r\n", 400),
        ("application/x-www-form-urlencoded", "do=done&" + "x=1&" * 50, 400),
        ("application/x-www-form-urlencoded", "do=declare&requirement=%ff", 400),
        ("application/x-www-form-urlencoded", "do=done&x=" + "x" * 32_000, 413),
    ],
)
def test_a_body_that_can_not_be_read_changes_nothing(aws, sender, type_, body, status):
    before = aws.rows()

    reply = sender.request("POST", "/u/{token}", UPLOAD, body, content_type=type_)

    assert reply["statusCode"] == status
    assert aws.rows() == before


@pytest.mark.parametrize("service", ["dynamodb", "s3"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_while_aws_is_away_a_sender_is_asked_to_come_again(aws, sender, service, accept):
    sender.press(do="declare", requirement="urine")
    aws.on(service, OUTAGE)

    reply = sender.look(accept=accept)

    assert reply["statusCode"] == 503
    assert reply["headers"]["Retry-After"] == "30"


# ---- Taken back ------------------------------------------------------------------------------


def take_back(sender, **given):
    asked = {"do": "take_back", "key": "uppy-1", "slot": "blood", "size": 4_200_000} | given
    return sender.request(
        "POST", "/u/{token}", UPLOAD, json.dumps(asked), content_type="application/json"
    )


def test_a_file_that_was_taken_back_is_no_longer_on_its_way(aws, sender):
    sender.sign(whole())

    replies = [take_back(sender) for _ in range(2)]

    assert [json.loads(each["body"])["files"] for each in replies] == [[], []]
    assert [each["statusCode"] for each in replies] == [200, 200]
    assert aws.case().files[0].abandoned_at == NOW + MINUTE
    assert "scan.pdf" not in sender.page().one("main").text


def test_a_file_that_arrived_is_not_taken_back(aws, sender):
    sender.sign(whole())
    aws.files.pin(aws.case().files[0], "v", 4_200_000, NOW)

    assert take_back(sender)["statusCode"] == 200
    assert aws.case().files[0].abandoned_at is None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"key": "another"}, 200),
        ({"size": 7}, 200),
        ({"key": ""}, 400),
        ({"key": ["uppy-1"]}, 400),
        ({"slot": None}, 400),
        ({"size": True}, 400),
        ({"size": "4200000"}, 400),
    ],
)
def test_taking_back_what_was_never_declared_changes_nothing(aws, sender, given, status):
    sender.sign(whole())
    before = aws.rows()

    reply = take_back(sender, **given)

    assert reply["statusCode"] == status
    assert aws.rows() == before


def test_a_second_file_for_one_place_is_said_to_be_lost(aws, sender):
    sender.press(do="declare", requirement="urine")
    pdf = b"%PDF-1.7\n" + b"x" * 90
    first, second = aws.upload(pdf), aws.upload(pdf[::-1])
    key = aws.case().files[0].key
    for version in (first, second):
        aws.check({"bucket": UPLOADS, "key": key, "version": version, "size": len(pdf)})

    assert "That one was not kept. Please send it again." in sender.look()["body"]


@pytest.mark.parametrize("do", ["declare", "done"])
def test_a_write_that_meets_a_decision_of_the_staff_asks_to_come_again(aws, sender, do):
    aws.on("dynamodb.UpdateItem", refusal("TransactionConflictException"))

    reply = sender.press(do=do, requirement="urine")

    assert reply["statusCode"] == 503
    aws.mend()
    assert sender.press(do=do, requirement="urine")["statusCode"] == 303


# ---- That is all ----------------------------------------------------------------------------


def test_that_is_all_brings_the_team_s_letter_forward(aws, sender):
    reply = sender.press(do="done")

    assert reply["headers"]["Location"] == f"/u/{UPLOAD}#done"
    assert aws.case().inquiry.done_at == NOW + MINUTE
    assert aws.letter().owed_at == NOW + MINUTE
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]


def test_with_the_queue_down_it_is_noted_all_the_same(aws, sender):
    aws.on("sqs", OUTAGE)

    reply = sender.press(do="done")

    assert reply["statusCode"] == 303
    aws.mend()
    assert aws.letter().owed_at == NOW + MINUTE
    aws.clock.shift(MINUTE)
    aws.sweep()
    assert {"inquiry": INQUIRY, "letter": TEAM_NEW} in aws.waiting("team")


def test_an_open_place_that_nobody_used_is_not_waited_for(aws, sender):
    sender.press(do="declare", requirement="urine")

    sender.press(do="done")

    assert aws.case().files[0].abandoned_at == NOW + MINUTE
    assert aws.letter().owed_at == NOW + MINUTE
    assert s3_form(sender.page()) is None


def test_a_file_whose_event_is_on_its_way_is_waited_for(aws, sender):
    sender.press(do="declare", requirement="urine")
    come(aws)

    sender.press(do="done")

    assert aws.case().files[0].abandoned_at is None
    assert aws.letter().owed_at is None


def test_the_page_thanks_until_something_is_added(aws, sender):
    assert sender.page().by_id("done").tag == "form"

    sender.press(do="done")
    assert "Thank you" in sender.page().by_id("done").text
    assert sender.page().by_id("add")

    aws.clock.shift(MINUTE)
    sender.sign(whole())
    assert sender.page().by_id("done").tag == "form"
    sender.press(do="done")
    assert aws.case().inquiry.done_at == NOW + 2 * MINUTE
    assert "Thank you" in sender.page().by_id("done").text


def test_nobody_is_asked_who_has_nothing_left_to_send(aws, sender):
    kinds = ("blood", "urine", "radiology", "diagnosis_letter")
    clean = {"checked_at": NOW, "verdict": "clean"}
    aws.store(*(a_file(n, kind, record=None, **clean) for n, kind in enumerate(kinds)))

    assert "done" not in sender.page().ids


# ---- The address ----------------------------------------------------------------------------


def test_only_the_receipt_s_link_can_confirm_the_address(aws, sender):
    assert "Is this your email address" not in sender.page().one("main").text
    assert "Is this your email address" in sender.page(RECEIPT).one("main").text

    assert sender.press(UPLOAD, do="confirm")["statusCode"] == 403
    assert aws.case().inquiry.confirmed_at is None

    assert sender.press(RECEIPT, do="confirm")["statusCode"] == 303
    assert aws.case().inquiry.confirmed_at == NOW + MINUTE
    assert "You confirmed your email address" in sender.page(RECEIPT).one("main").text


def test_confirming_again_does_not_move_the_moment(aws, sender):
    sender.press(RECEIPT, do="confirm")
    aws.clock.shift(MINUTE)

    sender.press(RECEIPT, do="confirm")
    sender.press(RECEIPT, do="done")

    assert aws.case().inquiry.confirmed_at == NOW + MINUTE


def test_of_two_who_confirm_at_once_the_first_counts(aws, sender):
    def earlier(_event, _request):
        aws.mend()
        Senders(client("dynamodb"), TABLE).confirm(INQUIRY, "r" * 26, NOW)

    aws.on("dynamodb.UpdateItem", earlier, times=1)

    sender.press(RECEIPT, do="confirm")

    assert aws.case().inquiry.confirmed_at == NOW


@pytest.mark.parametrize("do", ["done", "declare"])
def test_whoever_presses_any_button_behind_the_receipt_s_link_confirms(aws, sender, do):
    sender.press(RECEIPT, do=do, requirement="blood")

    assert aws.case().inquiry.confirmed_at == NOW + MINUTE


def test_a_scanner_that_opens_the_links_confirms_nothing(aws, sender):
    sender.press(do="declare", requirement="blood")
    before = aws.rows()

    for _ in range(20):
        sender.look(RECEIPT)
        sender.look(query=f"do=confirm&key={KEY}")

    assert aws.rows() == before
    assert aws.versions(UPLOADS) == []


# ---- Whatever is wrong with a link ----------------------------------------------------------


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_address_answers_a_bad_link_with_the_same_404(aws, sender, accept):
    aws.store(an_inquiry(id="b" * 26, reference="INQ-2222-2222", upload_secret="x" * 26))
    # Another's secret, a mixed up one, one that never was, and what can't be one.
    bad = [INQUIRY + "x" * 26, "b" * 26 + "u" * 26, "c" * 52, "short", "\u00e9" * 52, f"{UPLOAD}x"]
    type_ = {"content_type": "application/json"} if accept == "application/json" else {}
    before = aws.rows()

    def replies(token):
        asked = {"accept": accept, **type_}
        yield sender.request("GET", "/u/{token}", token, **asked)
        for path in ("/u/{token}", "/u/{token}/sign"):
            for body in ("", '{"do":"done"}', json.dumps(whole()), json.dumps(in_parts())):
                yield sender.request("POST", path, token, body, **asked)
        known = {"method": "GET", "key": KEY, "uploadId": "u"}
        yield sender.request("POST", "/u/{token}/sign", token, json.dumps(known), **asked)

    found = [reply for token in bad for reply in replies(token)]
    assert aws.rows() == before
    aws.clock.shift(timedelta(days=60))
    found += [reply for token in (UPLOAD, RECEIPT) for reply in replies(token)]

    assert found[0]["statusCode"] == 404
    assert all(reply == found[0] for reply in found)
    assert aws.rows() == before


# ---- Hostile names --------------------------------------------------------------------------


def test_no_name_or_value_changes_what_the_page_is_made_of(aws, sender):
    aws.store(an_inquiry())
    sender.sign(whole(name="scan.pdf"))
    plain = sender.page()
    answers = {**ANSWERS, "message": HOSTILE}
    aws.store(an_inquiry(answers=answers, files_declared=1))
    hostile = Sender(aws)
    row = aws.case().files[0]

    aws.store(a_file(0, record=row.record, arrived_at=None, version=None, name=HOSTILE))

    page = hostile.page()
    assert page.kinds == plain.kinds
    assert HOSTILE in page.one("main").text
    assert CANARY not in hostile.look(RECEIPT)["body"]
    assert CANARY not in hostile.look(accept="application/json")["body"]
    assert CANARY not in hostile.log.getvalue()


def test_a_name_keeps_neither_folders_nor_what_can_not_be_seen(aws, sender):
    sender.sign(whole(name="C:\\Users\\Jane\\Re\u0301sultat\u202efdp.exe\n"))

    assert aws.case().files[0].name == "R\u00e9sultat_fdp.exe_"


@pytest.mark.parametrize("language", ["th", "en", "xx", '"><b>', "th\r\nx"])
def test_the_chosen_language_stays(sender, language):
    reply = sender.press(query=f"_language={language}", do="declare", requirement="blood")

    kept = "?_language=th" if language == "th" else ""
    assert reply["headers"]["Location"] == f"/u/{UPLOAD}{kept}#upload"
    page = sender.page(query=f"_language={language}")
    assert page.by_id("add")["action"] == f"/u/{UPLOAD}{kept}"
    assert fields_of(page)["success_action_redirect"] == f"{BASE}/u/{UPLOAD}{kept}"


def test_a_refusal_is_in_the_form_s_language(aws, sender):
    aws.store(an_inquiry(locale="th"))

    reply = sender.press(do="declare", requirement="tarot")

    assert Page(reply["body"]).one("html")["lang"] == "th"


def test_the_page_s_own_key_can_not_be_taken_by_a_client(aws, sender):
    # What a script calls its file never meets what the page calls its place.
    sender.sign(whole(key="0", slot="urine", size=1))
    sender.press(do="declare", requirement="urine")

    assert len(aws.case().files) == 2
    assert client("s3").list_objects_v2(Bucket=UPLOADS)["KeyCount"] == 0
