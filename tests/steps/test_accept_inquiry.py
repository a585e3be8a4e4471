"""accept_inquiry: accepted once and whole, or refused with a reason and without a trace."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import local
from urllib.parse import urlencode

import pytest

from intake import clock
from intake.aws.inquiries import KEYS_LIVE, SAME_CONTENT
from intake.forms import Forms
from intake.inquiry import FILE_CHECK_OVERDUE, RECEIPT, TEAM_NEW, WAIT_FOR_RECORDS
from intake.reference import is_reference
from tests.plain_browser import Page
from tests.steps.clinic import (
    NOW,
    OUTAGE,
    QUEUES,
    RECORDS,
    ROOT,
    UPLOADS,
    cancelled,
    lose_answer,
    refusal,
)

URLENCODED = "application/x-www-form-urlencoded"
CANARY = "JaneCanary"
DOMAIN = "https://intake.clinic.example"
PDF = b"%PDF-1.7\n"
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
CONFLICT = cancelled("TransactionConflict")
FORMS = Forms(ROOT / "schemas")


def example(name, form="general-inquiry"):
    path = ROOT / "schemas" / "forms" / form / "examples" / "valid" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["answers"]


ANSWERS = example("only-what-is-required")
WITH_RECORDS = example("with-records")


def flat(value, path=""):
    """Return answers as a browser's form would post them."""
    if isinstance(value, dict):
        return [f for name, v in value.items() for f in flat(v, f"{path}.{name}".strip("."))]
    if isinstance(value, list):
        return [f for n, inner in enumerate(value) for f in flat(inner, f"{path}.{n}")]
    return [(path, {True: "true", False: "false"}.get(value, str(value)))]


def multipart(fields, files=()):
    """Return (body, content type) of a browser's form with files (name, file name, bytes)."""
    parts = [(f'name="{name}"', value.encode()) for name, value in fields]
    parts += [(f'name="{name}"; filename="{file}"', content) for name, file, content in files]
    lines = b"".join(
        b"--b\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return lines + b"--b--\r\n", "multipart/form-data; boundary=b"


class Answer:
    """A reply, as its reader sees it."""

    def __init__(self, reply):
        self.status = reply["statusCode"]
        self.headers = reply["headers"]
        self.text = reply["body"]

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def codes(self):
        return [(error["code"], error.get("field")) for error in self.json["errors"]]


@pytest.fixture
def post(aws):
    """Return a way to post: answers go as JSON, fields as a browser's form."""

    def run(body=ANSWERS, content_type="application/json", form="general-inquiry", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        event = {
            "version": "2.0",
            "routeKey": "POST /f/{form}",
            "rawPath": f"/f/{form}",
            "rawQueryString": named.pop("query", ""),
            "headers": {"content-type": content_type} | named,
            "requestContext": {
                "domainName": DOMAIN.removeprefix("https://"),
                "http": {"method": "POST", "path": f"/f/{form}"},
            },
            "pathParameters": {"form": form},
            "isBase64Encoded": True,
            "body": base64.b64encode(raw).decode(),
        }
        return Answer(aws.invoke("accept", event))

    return run


@pytest.fixture
def submit(post):
    """Return a way to send a browser's form, with files or without."""

    def run(answers=ANSWERS, files=(), more=(), form="general-inquiry", **headers):
        fields = [*flat(answers), *more]
        encoded = multipart(fields, files) if files else (urlencode(fields).encode(), URLENCODED)
        return post(*encoded, form=form, **({"accept": PAGE} | headers))

    return run


@pytest.fixture
def default(aws):
    """Return a way to ask for an address that no other route has."""

    def run(method, path, answers=ANSWERS, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = base64.b64encode(json.dumps(answers).encode()).decode()
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "headers": named,
            "requestContext": {
                "domainName": "intake.clinic.example",
                "http": {"method": method, "path": path},
            },
            "isBase64Encoded": True,
            "body": body,
        }
        return Answer(aws.invoke("accept", event))

    return run


def changed(path, value, answers=ANSWERS):
    """Return answers with one value changed."""
    new = copy.deepcopy(answers)
    *parents, last = path.split(".")
    place = new
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[last] = value
    return new


def stored(aws):
    """Return the inquiries in the table."""
    return [row for row in aws.rows("inquiry#") if row["sk"] == "inquiry"]


def only(aws):
    """Return all that belongs to the one inquiry there is."""
    (row,) = stored(aws)
    return aws.case(row["id"])


# ---- Accepted -------------------------------------------------------------------------------


def test_json_is_answered_with_all_that_the_next_step_needs(aws, post):
    answer = post(WITH_RECORDS)

    case = only(aws)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    told = answer.json
    upload = f"{DOMAIN}/u/{case.inquiry.upload_token}"
    assert told["ok"] is True
    assert told["next"] == upload
    assert told["reference"] == case.inquiry.reference
    assert is_reference(told["reference"])
    assert told["upload"] == {"url": upload, "expires": clock.text(NOW + timedelta(days=60))}
    assert told["records"] == [
        {"n": 0, "requirement": "diagnosis_letter"},
        {"n": 1, "requirement": "radiology"},
    ]
    assert {one["kind"] for one in told["requirements"]} >= {"blood", "radiology"}
    assert not {"error", "errors"} & set(told)
    assert case.inquiry.receipt_token not in answer.text


def test_what_the_server_knows_is_stored_beside_what_was_said(aws, post):
    post()

    inquiry = only(aws).inquiry
    assert inquiry.answers == ANSWERS
    assert (inquiry.form, inquiry.locale) == ("general-inquiry", "en")
    assert inquiry.form_version == FORMS.get("general-inquiry").meta["version"]
    assert inquiry.policy == FORMS.get("general-inquiry").policy["version"]
    assert (inquiry.received_at, inquiry.base_url) == (NOW, DOMAIN)
    assert inquiry.tokens_expire_at == NOW + timedelta(days=60)
    assert clock.text(inquiry.answer_by) == "2026-11-25T10:00:00.000000Z"  # 17:00 in Bangkok
    (consent,) = inquiry.consents
    assert (consent["purpose"], consent["notice_locale"]) == ("health_data_review", "en")
    assert consent["received_at"] == clock.text(NOW)
    assert consent["notice_version"]
    assert len({inquiry.id, inquiry.upload_secret, inquiry.receipt_secret}) == 3


def test_without_records_both_letters_are_due_at_once(aws, post):
    post()

    case = only(aws)
    for kind in (TEAM_NEW, RECEIPT):
        assert (case.letters[kind].owed_at, case.letters[kind].due_at) == (NOW, NOW)
    assert aws.waiting("team") == [{"inquiry": case.inquiry.id, "letter": TEAM_NEW}]
    assert aws.waiting("sender") == [{"inquiry": case.inquiry.id, "letter": RECEIPT}]
    assert aws.waiting("check") == []


def test_with_records_the_teams_letter_waits_for_them(aws, post):
    post(WITH_RECORDS)

    letters = only(aws).letters
    assert (letters[TEAM_NEW].owed_at, letters[TEAM_NEW].due_at) == (None, NOW + WAIT_FOR_RECORDS)
    assert letters[RECEIPT].due_at == NOW
    assert aws.waiting("team") == []


def test_a_browser_is_sent_to_its_upload_page(aws, submit):
    answer = submit()

    inquiry = only(aws).inquiry
    assert (answer.status, answer.text) == (303, "")
    assert answer.headers["Location"] == f"{DOMAIN}/u/{inquiry.upload_token}"
    assert inquiry.answers == ANSWERS


def test_a_plain_form_may_ask_for_json(aws, submit):
    assert submit(accept="application/json").json["reference"] == only(aws).inquiry.reference


def test_files_of_a_plain_post_wait_to_be_checked(aws, submit):
    files = [
        ("records.1.file", f"{CANARY}.dcm", b"\0" * 128 + b"DICM"),
        ("diagnosis_letter", "a.pdf", PDF),
    ]

    answer = submit(WITH_RECORDS, files)

    case = only(aws)
    assert answer.status == 303
    assert [(f.n, f.record, f.requirement, f.size) for f in case.files] == [
        (0, 1, "radiology", 132),
        (1, 0, "diagnosis_letter", len(PDF)),
    ]
    assert [(f.key, f.version) for f in case.files] == aws.versions(UPLOADS)
    assert all(f.due_at == NOW + FILE_CHECK_OVERDUE for f in case.files)
    assert case.files[0].name == f"{CANARY}.dcm"
    assert case.files[0].state == "arrived"
    assert aws.versions(RECORDS) == []


def test_files_come_first_then_the_table_then_the_queue(aws, submit):
    submit(ANSWERS | {"records": [{"requirement": "blood"}]}, [("blood", "a.pdf", PDF)])

    assert aws.calls == [
        "dynamodb.GetItem",
        "dynamodb.UpdateItem",  # counts, and refuses before anything is put
        "s3.PutObject",
        "dynamodb.TransactWriteItems",
        "sqs.SendMessage",
    ]


def test_every_valid_example_is_accepted(aws, post):
    for form in FORMS.names():
        folder = ROOT / "schemas" / "forms" / form / "examples" / "valid"
        for path in sorted(folder.glob("*.json")):
            answers = json.loads(path.read_text(encoding="utf-8"))["answers"]
            answer = post(answers, form=form, idempotency_key=path.stem)
            assert answer.status == 200, (path.name, answer.text)
            token = answer.json["upload"]["url"].rpartition("/")[2]
            inquiry = aws.case(token[:26]).inquiry
            assert (inquiry.answers, inquiry.form) == (answers, form)


def test_doubts_are_counted_and_refuse_nobody(aws, post):
    answers = example("every-doubt-is-a-flag", "rheumatoid-arthritis")

    assert post(answers, form="rheumatoid-arthritis").status == 200
    assert len(only(aws).inquiry.flags) > 10


def test_the_operator_finds_an_inquiry_by_the_reference_that_a_patient_names(aws, post):
    answer = post()

    told = [(line["message"], line["inquiry"], line["reference"]) for line in aws.logged()]
    assert told == [("inquiry accepted", only(aws).inquiry.id, answer.json["reference"])]


def test_nothing_of_the_sender_is_logged_or_queued(aws, submit):
    answers = changed("patient.full_name", CANARY, changed("message", CANARY, WITH_RECORDS))

    submit(answers, [("records.1.file", f"{CANARY}.pdf", PDF)], more=[("_id", CANARY)])
    submit(changed("message", f"{CANARY}\u202e", answers))
    submit(answers, more=[("nonsense", CANARY), (CANARY, "x")])

    assert CANARY not in aws.log.getvalue()
    assert CANARY not in repr([aws.waiting(queue) for queue in QUEUES])
    assert CANARY not in repr(aws.versions(UPLOADS))
    keys = [(row["pk"], row["sk"]) for row in aws.rows()]
    assert CANARY not in repr(keys)
    assert CANARY not in repr(aws.rows("key#"))


# ---- Once -----------------------------------------------------------------------------------


def test_a_replay_is_byte_equal_and_changes_nothing(aws, post):
    first = post(WITH_RECORDS, idempotency_key="k")
    before = aws.rows()
    aws.waiting("sender")
    aws.clock.shift(KEYS_LIVE - timedelta(seconds=1))

    again = post(WITH_RECORDS, idempotency_key="k")

    assert (again.status, again.text) == (200, first.text)
    assert aws.rows() == before
    assert aws.waiting("sender") == aws.waiting("team") == []


def test_a_replay_with_files_puts_none(aws, submit):
    files = [("records.1.file", "a.pdf", PDF)]
    first = submit(WITH_RECORDS, files, [("_id", "k")])
    before = aws.versions(UPLOADS)

    again = submit(WITH_RECORDS, files, [("_id", "k")])

    assert again.headers["Location"] == first.headers["Location"]
    assert aws.versions(UPLOADS) == before


def test_header_and_hidden_field_are_the_same_key(aws, post, submit):
    answer = post(idempotency_key="k")

    assert submit(more=[("_id", "k")]).headers["Location"] == answer.json["next"]
    assert post(ANSWERS | {"_id": "k"}).text == answer.text
    assert len(stored(aws)) == 1


@pytest.mark.parametrize(
    "other",
    [
        changed("message", "Another question."),
        changed("contact.email", "other@patients.example"),
        ANSWERS | {"records": [{"requirement": "blood"}]},
    ],
)
def test_other_answers_under_the_same_key_are_refused(aws, post, other):
    post(idempotency_key="k")
    before = aws.rows()

    answer = post(other, idempotency_key="k")

    assert (answer.status, answer.codes) == (409, [("IDEMPOTENCY_KEY_REUSED", None)])
    assert aws.rows() == before


@pytest.mark.parametrize(
    "files",
    [
        [("records.1.file", "a.pdf", b"%PDF-1.8\n")],
        [("diagnosis_letter", "a.pdf", PDF)],
        [("records.1.file", "a.pdf", PDF), ("records.1.file", "b.pdf", PDF)],
        [],
    ],
    ids=["bytes", "record", "one more", "none"],
)
def test_so_are_other_files(aws, submit, files):
    submit(WITH_RECORDS, [("records.1.file", "a.pdf", PDF)], [("_id", "k")])
    before = aws.rows(), aws.versions(UPLOADS)

    assert submit(WITH_RECORDS, files, [("_id", "k")]).status == 409
    assert (aws.rows(), aws.versions(UPLOADS)) == before


def test_another_name_of_the_same_file_is_the_same_post(aws, submit):
    first = submit(WITH_RECORDS, [("records.1.file", "a.pdf", PDF)], [("_id", "k")])

    again = submit(WITH_RECORDS, [("records.1.file", "b.pdf", PDF)], [("_id", "k")])

    assert again.headers["Location"] == first.headers["Location"]
    assert len(stored(aws)) == 1


def test_a_key_means_something_on_its_own_form_alone(aws, post):
    post(idempotency_key="k")
    answers = example("only-what-is-required", "rheumatoid-arthritis")

    assert post(answers, form="rheumatoid-arthritis", idempotency_key="k").status == 200
    assert len(stored(aws)) == 2


def test_without_a_key_equal_content_is_the_same_inquiry_for_ten_minutes(aws, post, submit):
    first = post()
    aws.clock.shift(SAME_CONTENT - timedelta(seconds=1))
    assert post().text == first.text
    assert submit().headers["Location"] == first.json["next"]
    aws.clock.shift(timedelta(seconds=1))

    later = post()

    assert later.status == 200
    assert later.json["reference"] != first.json["reference"]
    assert len(stored(aws)) == 2


def test_without_a_key_other_content_is_another_inquiry(aws, post):
    post()

    assert post(changed("message", "Another question.")).status == 200
    assert len(stored(aws)) == 2


def test_fifty_at_once_are_one_inquiry_and_fifty_equal_answers(aws, post):
    post(changed("message", "Somebody else."))  # wired once, as a warm function is
    for queue in QUEUES:
        aws.waiting(queue)
    met = local()

    def meet_twice(*call):
        """Let each thread's first writes meet another's, as DynamoDB does and moto never."""
        met.times = getattr(met, "times", 0) + 1
        return CONFLICT(*call) if met.times <= 2 else None

    aws.on("dynamodb.TransactWriteItems", meet_twice)

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: post(idempotency_key="k"), range(50)))

    assert Counter((a.status, a.text) for a in answers).most_common() == [
        ((200, answers[0].text), 50)
    ]
    (inquiry,) = [row["id"] for row in stored(aws) if row["reference"] in answers[0].text]
    assert len(stored(aws)) == 2
    assert len(aws.rows("key#")) == 1
    assert aws.waiting("team") == [{"inquiry": inquiry, "letter": TEAM_NEW}]
    assert aws.waiting("sender") == [{"inquiry": inquiry, "letter": RECEIPT}]


def test_of_fifty_with_a_file_the_losers_take_theirs_back(aws, submit):
    files = [("records.1.file", "a.pdf", PDF)]
    submit(WITH_RECORDS, more=[("_id", "warm")])

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: submit(WITH_RECORDS, files, [("_id", "k")]), range(50)))

    assert len({answer.headers["Location"] for answer in answers}) == 1
    (file,) = [row for row in aws.rows("inquiry#") if row["sk"].startswith("file#")]
    assert aws.versions(UPLOADS) == [(f"{file['inquiry']}/0000", file["version"])]


# ---- Outages --------------------------------------------------------------------------------


def test_with_the_queue_down_the_inquiry_is_accepted_all_the_same(aws, post):
    aws.on("sqs.SendMessage", OUTAGE)

    answer = post()
    aws.mend()

    inquiry = only(aws).inquiry.id
    assert answer.status == 200
    assert aws.logged()[-1]["message"] == "letters not queued"
    aws.sweep()
    assert aws.waiting("team") == [{"inquiry": inquiry, "letter": TEAM_NEW}]
    assert aws.waiting("sender") == [{"inquiry": inquiry, "letter": RECEIPT}]


def test_a_lost_answer_of_the_table_is_not_taken_for_a_twins(aws, submit):
    aws.on("dynamodb.TransactWriteItems", lose_answer, times=1)

    answer = submit(WITH_RECORDS, [("records.1.file", "a.pdf", PDF)], [("_id", "k")])

    case = only(aws)
    assert answer.headers["Location"].endswith(case.inquiry.upload_token)
    assert [(file.key, file.version) for file in case.files] == aws.versions(UPLOADS)
    assert aws.waiting("sender") == [{"inquiry": case.inquiry.id, "letter": RECEIPT}]


def test_a_reference_that_is_taken_is_drawn_again(aws, post):
    aws.on("dynamodb.TransactWriteItems", cancelled("None", "ConditionalCheckFailed"), times=2)

    answer = post()

    assert answer.json["reference"] == only(aws).inquiry.reference


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("dynamodb.GetItem", "GetItem ServiceUnavailable"),
        ("dynamodb.TransactWriteItems", "TransactWriteItems TransactionConflict"),
        ("s3", "PutObject ServiceUnavailable"),
    ],
)
def test_an_outage_asks_to_send_again_and_the_same_post_is_then_accepted(
    aws, submit, broken, reason
):
    files = [("records.1.file", "a.pdf", PDF)]
    aws.on(broken, CONFLICT if broken.endswith("Items") else OUTAGE)

    told = submit(WITH_RECORDS, files, [("_id", "k")], accept="application/json")
    page = submit(WITH_RECORDS, files, [("_id", "k")])
    aws.mend()

    assert (told.status, told.codes) == (503, [("TRY_AGAIN", None)])
    assert told.headers["Retry-After"] == "30"
    assert (page.status, page.headers["Retry-After"]) == (503, "30")
    logged = [(line["level"], line.get("error")) for line in aws.logged()]
    assert logged == [("WARNING", reason)] * 2
    opened = Page(page.text)
    assert opened.one("textarea", name="message").text.strip() == WITH_RECORDS["message"]
    assert opened.one("input", name="_id")["value"] == "k"
    assert {row["sk"] for row in aws.rows()} <= {"count"}
    assert submit(WITH_RECORDS, files, [("_id", "k")]).status == 303
    assert len(stored(aws)) == 1


def test_our_own_defect_is_a_500_without_a_word_of_the_post(aws, post):
    aws.on("dynamodb", refusal("AccessDeniedException"))

    answer = post(changed("message", CANARY))

    assert (answer.status, answer.codes) == (500, [("INTERNAL", None)])
    assert CANARY not in answer.text + aws.log.getvalue()


# ---- Bots -----------------------------------------------------------------------------------


@pytest.mark.parametrize("trap", ["_gotcha", "homepage_link"])
def test_a_bot_is_told_the_same_and_written_no_letter(aws, post, trap):
    person = post(changed("message", "By a person."))
    told = [aws.waiting(queue) for queue in QUEUES]

    bot = post(ANSWERS | {trap: "http://spam.example"})

    assert (bot.status, bot.json.keys()) == (200, person.json.keys())
    (row,) = [row for row in stored(aws) if row["reference"] == bot.json["reference"]]
    case = aws.case(row["id"])
    assert case.inquiry.quarantined_at == NOW
    assert case.inquiry.answers == ANSWERS
    assert case.letters == {}
    assert row["worklist"] == f"quarantine#{row['form']}"
    # Queues are told the same, or a bot would know by the time that this takes. Nothing is due.
    as_much = [[each["letter"] for each in said] for said in told]
    assert [[each["letter"] for each in aws.waiting(queue)] for queue in QUEUES] == as_much


def test_a_trap_left_empty_catches_nobody(aws, submit):
    submit(more=[("_gotcha", ""), ("homepage_link", "")])

    assert only(aws).inquiry.quarantined_at is None


# ---- Where from and where to ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("null", 200),
        (DOMAIN, 200),
        ("https://www.clinic.example", 200),
        ("https://clinic.example", 200),
        ("http://www.clinic.example", 403),
        ("https://www.clinic.example.evil.example", 403),
        ("https://evil.example", 403),
        ("https://www.clinic.example:8443", 403),
    ],
)
def test_only_named_foreign_sites_may_post(aws, post, origin, status):
    answer = post(**({} if origin is None else {"origin": origin}))

    assert answer.status == status
    if status == 403:
        assert answer.codes == [("BLOCKED", None)]
        assert "evil" not in answer.text
        assert aws.is_empty()


@pytest.mark.parametrize("field", ["_next", "redirect"])
@pytest.mark.parametrize(
    ("wanted", "followed"),
    [
        ("https://www.clinic.example/thanks?x=1#y", True),
        (f"{DOMAIN}/f/general-inquiry", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/thanks", False),
        ("https://www.clinic.example@evil.example/", False),
        ("https://www.clinic.example.evil.example/", False),
        ("https://www.clinic.example\\@evil.example/", False),
        ("javascript:alert(1)", False),
        ("http://www.clinic.example/", False),
        ("https://www.clinic.example/\r\nX: y", False),
        ("https://[evil", False),
        ("", False),
    ],
)
def test_a_browser_is_sent_on_to_named_sites_alone(aws, submit, field, wanted, followed):
    answer = submit(more=[(field, wanted)])

    upload = f"{DOMAIN}/u/{only(aws).inquiry.upload_token}"
    assert answer.status == 303
    assert answer.headers["Location"] == (wanted if followed else upload)


def test_the_public_address_is_the_configured_one(aws, post):
    aws.configure(PUBLIC_URL="https://intake.hospital.example")

    told = post().json

    assert told["next"].startswith("https://intake.hospital.example/u/")
    assert only(aws).inquiry.base_url == "https://intake.hospital.example"


def test_fields_that_would_route_mail_are_named_in_the_log_and_never_obeyed(aws, post):
    post(ANSWERS | {"_to": "me@evil.example", "_webhook": "https://evil.example"})

    lines = [line for line in aws.logged() if line["message"] == "ignored_control_field"]
    assert [line["field"] for line in lines] == ["_to", "_webhook"]
    assert "evil" not in aws.log.getvalue() + repr(aws.rows())


# ---- One more group -------------------------------------------------------------------------


def test_a_button_adds_a_group_and_stores_nothing(aws, submit):
    answer = submit(
        example("only-what-is-required", "rheumatoid-arthritis"),
        form="rheumatoid-arthritis",
        more=[("_more", "clinical.prior_treatments"), ("_id", "k")],
    )

    opened = Page(answer.text)
    assert answer.status == 200
    assert opened.one("input", name="_id")["value"] == "k"
    assert "clinical.prior_treatments.1.class" in answer.text
    assert aws.is_empty()


@pytest.mark.parametrize("entry", ["\u00b2", "-1", "0001", "9" * 5_000, "x", ""])
def test_a_button_for_an_entry_that_is_not_there_changes_nothing(aws, submit, entry):
    answers = example("only-what-is-required", "rheumatoid-arthritis")

    answer = submit(
        answers,
        form="rheumatoid-arthritis",
        more=[("_more", f"-clinical.prior_treatments.{entry}")],
    )

    assert answer.status == 200
    assert "clinical.prior_treatments.0.class" in answer.text
    assert aws.is_empty()


# ---- Other addresses ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["//f/general-inquiry", "/f/general-inquiry/"])
def test_a_slash_too_many_still_finds_the_form(aws, default, path):
    assert default("POST", path, content_type="application/json").status == 200
    assert len(stored(aws)) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("PUT", "/f/general-inquiry", 405, "GET, POST"),
        ("DELETE", "/f/general-inquiry", 405, "GET, POST"),
        ("PUT", f"/u/{'a' * 52}", 405, "GET, POST"),
        ("GET", f"/u/{'a' * 52}/sign", 405, "POST"),
        ("HEAD", "/f/general-inquiry", 405, "GET, POST"),
        ("OPTIONS", "/f/general-inquiry", 405, "GET, POST"),  # where no other site may post
        ("POST", "/team", 405, "GET"),
        ("PUT", "/site/team.css", 405, "GET"),
        ("POST", "/openapi.json", 405, "GET"),
        ("DELETE", "/cases", 405, "GET"),
        ("GET", "/cases/INQ-7F3K-22QW/open", 405, "POST"),
        ("GET", "/cases/INQ-7F3K-22QW/files/0/open", 405, "POST"),
        ("POST", "/cases/INQ-7F3K-22QW", 404, None),
        ("POST", f"//u/{'a' * 52}", 404, None),
        ("GET", "/", 404, None),
        ("POST", "/", 404, None),
        ("GET", "/wp-login.php", 404, None),
        ("POST", "/f/general-inquiry/more", 404, None),
        ("POST", "/f/../u/x", 404, None),
        ("POST", "/f/no-such-form", 404, None),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_other_addresses_have_their_own_answer(aws, default, method, path, status, allow, accept):
    answer = default(method, path, accept=accept, content_type="application/json")

    assert answer.status == status
    assert answer.headers.get("Allow") == allow
    assert "a" * 52 not in answer.text  # a token is nobody's business
    assert aws.is_empty()


# ---- Refused --------------------------------------------------------------------------------

BODY = json.dumps(ANSWERS).encode()
REFUSALS = {
    "no body": ((b"",), 400, "EMPTY", None),
    "no answers": ((b"{}",), 400, "EMPTY", None),
    "no JSON": ((b"{" + CANARY.encode(),), 400, "MALFORMED", None),
    "duplicate name": ((b'{"message":1,"message":2}',), 400, "MALFORMED", None),
    "not a number": ((b'{"message":NaN}',), 400, "MALFORMED", None),
    "half a character": ((b'{"message":"\\ud800"}',), 400, "MALFORMED", None),
    "too deep": ((b'{"message":' + b"[" * 99 + b"]" * 99 + b"}",), 400, "MALFORMED", None),
    "bad percent": ((b"message=%ff", URLENCODED), 400, "MALFORMED", None),
    "given twice": ((b"message=a&message=b", URLENCODED), 400, "MALFORMED", None),
    "no boundary": ((BODY, "multipart/form-data"), 400, "MALFORMED", None),
    "no such form": ((BODY, "application/json", "no-such-form"), 404, "FORM_NOT_FOUND", None),
    "path": ((BODY, "application/json", "../shared"), 404, "FORM_NOT_FOUND", None),
    "too large": ((b'{"message":"' + b"x" * 1_100_000 + b'"}',), 413, "FILES_TOO_BIG", None),
    "far too large": ((b"x" * 4_000_001,), 413, "FILES_TOO_BIG", None),
    "too many files": (
        multipart(flat(WITH_RECORDS), [("records.0.file", "a.pdf", PDF)] * 21),
        413,
        "TOO_MANY_FILES",
        None,
    ),
    "text": ((BODY, "text/plain"), 415, "UNSUPPORTED_CONTENT_TYPE", None),
    "file without record": (
        multipart(flat(ANSWERS), [("blood", f"{CANARY}.pdf", PDF)]),
        422,
        "FILE_WITHOUT_RECORD",
        "blood",
    ),
    "missing": (
        ({name: value for name, value in ANSWERS.items() if name != "message"},),
        422,
        "REQUIRED_FIELD_MISSING",
        "message",
    ),
    "empty field": ((changed("message", ""),), 422, "REQUIRED_FIELD_EMPTY", "message"),
    "e-mail": ((changed("contact.email", CANARY),), 422, "TYPE_EMAIL", "contact.email"),
    "text wanted": ((changed("message", 7),), 422, "TYPE_TEXT", "message"),
    "too long": ((changed("message", CANARY * 500),), 422, "TOO_LONG", "message"),
    "no choice": (
        (changed("contact.preferred_channel", CANARY),),
        422,
        "CHOICE_NOT_OFFERED",
        "contact.preferred_channel",
    ),
    "unknown field": ((ANSWERS | {CANARY: CANARY},), 422, "UNKNOWN_FIELD", ""),
    "control character": ((changed("message", f"{CANARY}\x07"),), 422, "WRONG_FORMAT", "message"),
    "bidi": ((changed("message", f"{CANARY}\u202e"),), 422, "BIDI_CONTROL", "message"),
    "blank": ((changed("message", " \u200b "),), 422, "BLANK_TEXT", "message"),
    "future": (
        (changed("patient.date_of_birth", "2027-01-01"),),
        422,
        "DATE_IN_FUTURE",
        "patient.date_of_birth",
    ),
    "consent": (
        (changed("consents.0.notice_sha256", "c" * 64),),
        422,
        "CONSENT_UNPUBLISHED",
        "consents.0.decision",
    ),
}


@pytest.mark.parametrize(("request_", "status", "code", "field"), REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_names_what_and_where_and_leaves_nothing(
    aws, post, request_, status, code, field
):
    answer = post(*request_, accept="application/json")

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (code, field) in answer.codes
    told = answer.json
    assert told["ok"] is False
    assert told["status"] == status
    assert told["error"] == told["title"]
    assert all(error["message"] and "{" not in error["message"] for error in told["errors"])
    assert CANARY not in answer.text + aws.log.getvalue()
    assert aws.is_empty()


@pytest.mark.parametrize(
    "request_",
    # A form knows no numbers: what it posts is text.
    [request for name, (request, *_) in REFUSALS.items() if name != "text wanted"],
    ids=[name for name in REFUSALS if name != "text wanted"],
)
def test_every_refusal_has_a_page_in_the_readers_language(aws, post, request_):
    body, content_type, *form = (*request_, "application/json")[: max(2, len(request_))]
    if content_type == "application/json":
        # JSON is answered in JSON; a browser sends the same like this.
        fields = flat(body) if isinstance(body, dict) else [("nonsense", "x")]
        body, content_type = urlencode(fields).encode(), URLENCODED

    english = post(body, content_type, *form, accept=PAGE, accept_language="en")
    thai = post(body, content_type, *form, accept=PAGE, accept_language="th-TH,th;q=0.9,en;q=0.8")

    for answer, language in ((english, "en"), (thai, "th")):
        assert 400 <= answer.status < 500
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert Page(answer.text).one("html")["lang"] == language
        assert "default-src" in answer.headers["Content-Security-Policy"]
    assert re.search("[\u0e01-\u0e5b]", Page(thai.text).one("h1").text)
    assert aws.is_empty()


def test_messages_of_json_are_in_the_language_that_was_asked_for(post):
    thai = re.compile("[\u0e01-\u0e5b]")
    bad = changed("message", "")

    for answer in (
        post(bad, accept_language="th"),
        post(bad, query="_language=th", accept_language="en"),
        post(bad | {"_language": "th"}, accept_language="en"),
    ):
        assert thai.search(answer.json["errors"][0]["message"])
    assert not thai.search(post(bad).json["errors"][0]["message"])


def test_a_refused_page_keeps_what_was_typed_in_its_own_fields_alone(submit):
    answers = changed("patient.full_name", CANARY, changed("contact.email", f"{CANARY} at home"))

    answer = submit(answers, more=[("_id", "k")], accept_language="en")

    opened = Page(answer.text)
    assert answer.status == 422
    assert opened.one("title").text.startswith("Error:")
    assert opened.one("input", name="patient.full_name")["value"] == CANARY
    assert opened.one("input", name="contact.email")["value"] == f"{CANARY} at home"
    assert answer.text.count(CANARY) == 2
    assert opened.one("input", name="_id")["value"] == "k"


def test_a_refused_page_comes_compressed_where_the_form_did(submit):
    named = {"accept_language": "en", "accept_encoding": "gzip, br"}

    answer = submit(changed("contact.email", CANARY), **named)

    page = gzip.decompress(base64.b64decode(answer.text)).decode()
    assert answer.headers["Content-Encoding"] == "gzip"
    assert Page(page).one("input", name="contact.email")["value"] == CANARY


def test_a_form_with_a_misplaced_file_keeps_what_was_typed_too(submit):
    answer = submit(files=[("blood", "a.pdf", PDF)], accept_language="en")

    opened = Page(answer.text)
    assert answer.status == 422
    assert opened.one("textarea", name="message").text.strip() == ANSWERS["message"]


def test_a_form_that_is_switched_off_says_so(aws, post, tmp_path):
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    settings = schemas / "forms" / "general-inquiry" / "form.json"
    meta = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps(meta | {"active": False}), encoding="utf-8")
    aws.configure(SCHEMAS_DIR=str(schemas))

    answer = post()

    assert (answer.status, answer.codes) == (403, [("INACTIVE", None)])
    assert aws.is_empty()


def test_answers_beyond_the_limit_are_refused_however_they_came(aws, post):
    answers = example("only-what-is-required", "rheumatoid-arthritis")
    allergies = ["\u0e01" * 2_000] * 60

    answer = post(answers | {"clinical": {"allergies": allergies}}, form="rheumatoid-arthritis")

    assert answer.status == 413
    assert aws.is_empty()


@pytest.mark.parametrize("key", ["k" * 256, "\x00", "k\n"])
def test_a_key_that_is_no_key_is_refused(aws, post, key):
    assert post(idempotency_key=key).codes == [("MALFORMED", None)]
    assert aws.is_empty()


def test_a_file_name_in_any_script_is_kept_for_the_senders_page(aws, submit):
    submit(WITH_RECORDS, [("records.1.file", "ผลเลือด.pdf", PDF)])

    assert only(aws).files[0].name == "ผลเลือด.pdf"


def test_a_page_drawn_anew_and_sent_again_is_the_same_inquiry(aws, submit):
    first = submit(more=[("_id", "first render")])

    again = submit(more=[("_id", "second render")])

    assert again.headers["Location"] == first.headers["Location"]
    assert len(stored(aws)) == 1


def test_whoever_sends_again_without_touching_the_trap_is_heard(aws, post):
    assert post(ANSWERS | {"homepage_link": "https://bot.example"}).status == 200

    assert post().status == 200
    assert len(stored(aws)) == 2
    assert aws.waiting("sender")


@pytest.mark.parametrize("odd", [None, True, 7, [], {}], ids=repr)
def test_a_control_field_of_another_type_steers_nothing_and_refuses_nobody(post, odd):
    assert post(ANSWERS | {"_language": odd, "_gotcha": odd, "_id": odd}).status == 200


@pytest.mark.parametrize("path", ["//f/general-inquiry", "/f/general-inquiry/"])
def test_an_address_with_a_slash_too_many_speaks_the_words_of_its_form(default, path):
    answers = changed("contact.email", "nobody")

    refused = default("POST", path, answers, content_type="application/json")

    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "contact.email"
    assert refused.json["instance"] == "/f/general-inquiry"


@pytest.mark.parametrize(
    "path", ["//f/general-inquiry", "/f/general-inquiry/", "/u/token/", "/team/"]
)
def test_a_page_asked_for_with_a_slash_too_many_is_shown_where_it_is(default, path):
    moved = default("GET", path)

    assert moved.status == 303
    assert moved.headers["Location"] == "/" + path.strip("/")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        # As the gateway hands it over: decoded.
        ("/f/x\r\nSet-Cookie: a=b/", "/f/x%0D%0ASet-Cookie%3A%20a%3Db"),
        ("/u/\n/", "/u/%0A"),
        ("/f/x#y?z/", "/f/x%23y%3Fz"),
        ("/f/\u0e01/", "/f/%E0%B8%81"),
    ],
)
def test_no_address_with_a_slash_too_many_writes_a_header(default, path, there):
    moved = default("GET", path)

    assert (moved.status, moved.headers["Location"]) == (303, there)
