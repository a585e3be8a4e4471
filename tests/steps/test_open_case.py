"""Staff look: who may, what is noted before anything shows, and links that live five minutes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from intake import clock
from tests.steps.clinic import OUTAGE, RECORDS, refusal
from tests.steps.mailroom import CANARY, INQUIRY, NOW
from tests.steps.staff import (
    COORDINATOR,
    DOCTOR,
    GENERAL,
    HOSTILE,
    REFERENCE,
    ROLE_GROUPS,
    SUPERVISOR,
    Office,
    a_case,
    a_file,
    an_event,
    failed_letter,
    quarantined,
)

OPEN, OPEN_FILE = "POST /cases/{case}/open", "POST /cases/{case}/files/{n}/open"
ACT = "POST /cases/{case}/actions"
UNKNOWN_REFERENCE = "INQ-2222-2222"


@pytest.fixture
def office(aws, monkeypatch):
    """Open the office: the clinic's resources and the step's environment."""
    return Office(aws, monkeypatch)


def answers(**changes):
    return a_case().answers | changes


# ---- Who may look ---------------------------------------------------------------------------


@pytest.mark.parametrize("groups", ROLE_GROUPS.values())
def test_every_role_may_look_at_a_case(office, groups):
    office.store(a_case())

    told = office.open(groups=groups)

    assert told.status == 200
    assert told.body["reference"] == REFERENCE
    assert told.headers["Content-Type"] == "application/json"
    assert told.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "claims", [None, {}, {"sub": ""}, {"sub": None}, {"cognito:groups": "[doctors]"}]
)
@pytest.mark.parametrize("route", ["GET /cases", OPEN, OPEN_FILE, ACT])
def test_without_a_checked_token_nobody_sees_anything(office, route, claims):
    office.store(a_case(), a_file())
    event = an_event(route, None, {}, case=REFERENCE, n="0")
    event["requestContext"]["authorizer"] = {"jwt": {"claims": claims}} if claims else {}
    # What anybody could send is no proof of anything.
    event["headers"] |= {"authorization": "Bearer x", "sub": "dr", "x-cognito-groups": "doctors"}
    before = office.table()

    told = office.send(event)

    assert (told.status, told.code) == (401, "NOT_SIGNED_IN")
    assert told.headers["Content-Type"] == "application/problem+json"
    assert office.table() == before


def every_way_to_ask_for_what_is_not_there():
    """Yield requests that must not tell whether, or in which form, something exists."""
    other, foreign = "[ra-doctors]", "[general-supervisors]"
    for groups in (other, SUPERVISOR):
        for case in (
            UNKNOWN_REFERENCE,
            "INQ-7F3K-22QX",
            "b" * 26,
            "..",
            "x" * 5_000,
            "\u0663" * 26,
            "",
        ):
            yield an_event(OPEN, groups, {}, case=case)
    for case in (REFERENCE, INQUIRY):
        for groups in (foreign, "[nobody]", None, ""):
            yield an_event(OPEN, groups, {}, case=case)
            yield an_event(OPEN_FILE, groups, {}, case=case, n="0")
            body = {"action": "answered", "revision": 0}
            yield an_event(ACT, groups, body, case=case)
    for n in (
        "1",
        "2",
        "3",
        "4",
        "99",
        "-1",
        "0x0",
        "00000",
        "\u0660",
        "",
        "0/..",
        "1e0",
        "9" * 4_000,
    ):
        yield an_event(OPEN_FILE, SUPERVISOR, {}, case=REFERENCE, n=n)
    for on in ({"file": 99}, {"file": 10**14}):
        body = {"action": "let_through", "revision": 0} | on
        yield an_event(ACT, SUPERVISOR, body, case=REFERENCE)
    for letter in ("receipts", "", "letter#receipt", "../inquiry"):
        body = {"action": "resend", "revision": 0, "letter": letter}
        yield an_event(ACT, SUPERVISOR, body, case=REFERENCE)
    for query in ("form=nothing", "form=", "list=all", "list=", "after=%00", "after=e30"):
        yield an_event("GET /cases", DOCTOR, query=query)
    yield an_event("GET /cases", foreign, query="form=rheumatoid-arthritis")
    yield an_event("GET /cases", foreign, query="form=rheumatoid-arthritis&list=quarantine")


def test_unknown_foreign_malformed_and_unready_are_one_and_the_same_answer(office):
    withheld, refused = a_file(1, "withheld"), a_file(2, "refused")
    announced = a_file(3, None, arrived_at=None, version=None)
    office.store(a_case(), a_file(0), withheld, refused, announced, a_file(4, None))
    before = office.table()

    told = [office.send(event) for event in every_way_to_ask_for_what_is_not_there()]

    assert {each.status for each in told} == {404}
    assert len({(each.raw, tuple(each.headers.items())) for each in told}) == 1
    assert office.table() == before


@pytest.mark.parametrize(
    "typed",
    [
        REFERENCE,
        REFERENCE.lower(),
        "inq7f3k22qw",
        " INQ 7F3K 22QW ",
        "INQ%207F3K%2022QW",
        "INQ\u20117F3K\u201122QW",
        "7f3k-22qw",
        INQUIRY,
    ],
)
def test_a_reference_is_understood_as_people_type_it(office, typed):
    office.store(a_case())

    assert office.open(typed).body["reference"] == REFERENCE


@pytest.mark.parametrize("route", [OPEN, OPEN_FILE, ACT])
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_another_site_could_post_is_refused(office, route, content_type):
    office.store(a_case(), a_file())
    headers = {"content-type": content_type}
    event = an_event(route, DOCTOR, {}, case=REFERENCE, n="0", headers=headers)
    before = office.table()

    told = office.send(event)

    assert (told.status, told.code) == (415, "UNSUPPORTED_CONTENT_TYPE")
    assert office.table() == before


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"a":1}', '{"a":1,"a":2}', "NaN", "0"])
@pytest.mark.parametrize("route", [OPEN, OPEN_FILE])
def test_a_look_takes_an_empty_object_and_nothing_else(office, route, body):
    office.store(a_case(), a_file())
    before = office.table()

    told = office.send(an_event(route, DOCTOR, body, case=REFERENCE, n="0"))

    assert (told.status, told.code) == (400, "MALFORMED")
    assert office.table() == before


# ---- The look is noted first ----------------------------------------------------------------


def test_a_look_is_noted_with_who_and_when(office):
    office.store(a_case())

    told = office.open()

    (note,) = office.noted("access")
    assert (note["who"], note["name"], note["did"]) == ("5d0c-sub", "dr.canary", "case")
    assert note["at"] == clock.text(NOW)
    assert told.body["access"] == [
        {"at": clock.text(NOW), "who": "dr.canary", "text": "Looked at the case"}
    ]


def test_each_look_is_noted_and_the_first_one_opens_the_case(office):
    office.store(a_case())

    first = office.open().body
    office.clinic.clock.shift(timedelta(hours=1))
    again = office.open(groups=COORDINATOR).body

    assert first["opened"] == again["opened"] == clock.text(NOW)
    assert office.item()["opened_by"] == "5d0c-sub"
    assert len(office.noted("access")) == 2
    assert first["revision"] == again["revision"] == 0


def test_looking_at_what_is_kept_aside_does_not_count_as_opening_the_case(office):
    # Else nobody would ever be reminded of an inquiry that was released and then forgotten.
    office.store(quarantined())

    assert office.open(groups=COORDINATOR).body["opened"] is None
    assert "opened_at" not in office.item()
    assert len(office.noted("access")) == 1


def test_only_a_look_opens_a_case(office):
    office.store(a_case(), a_file(1, "withheld"))

    office.list()
    office.open_file(1)
    office.act("answered")

    assert "opened_at" not in office.item()


def test_who_looks_at_a_file_has_opened_the_case_so_nobody_is_reminded(office):
    office.store(a_case(), a_file())

    assert office.open_file().status == 200

    assert office.item()["opened_at"] == clock.text(NOW)
    assert office.item()["opened_by"] == "5d0c-sub"
    office.clinic.clock.shift(timedelta(hours=1))
    assert office.open_file().status == 200
    assert office.open().body["opened"] == clock.text(NOW)


def test_a_file_of_what_is_kept_aside_does_not_open_the_case(office):
    office.store(quarantined(), a_file())

    assert office.open_file(groups=COORDINATOR).status == 200
    assert "opened_at" not in office.item()
    assert [note["did"] for note in office.noted("access")] == ["file"]


@pytest.mark.parametrize("fault", [OUTAGE, refusal("ThrottlingException")])
def test_without_a_note_nothing_is_shown(office, fault):
    office.store(a_case(), a_file())
    office.clinic.on("dynamodb.PutItem", fault)

    for told in (office.open(), office.open_file()):
        assert (told.status, told.code) == (503, "TRY_AGAIN")
        assert CANARY not in told.raw
        assert "X-Amz" not in told.raw
    assert "opened_at" not in office.item()


def test_a_crash_shows_nothing_and_says_so_in_json(office):
    office.store(a_case())
    office.clinic.on("dynamodb.PutItem", refusal("AccessDeniedException"))

    told = office.open()

    assert told.status == 500
    assert told.body["errors"][0]["code"] == "INTERNAL"
    assert CANARY not in told.raw + office.clinic.log.getvalue()


def test_a_look_is_noted_even_if_the_link_then_fails(office, monkeypatch):
    office.store(a_case(), a_file())
    monkeypatch.setenv("RECORDS_BUCKET", "no bucket has such a name")
    office.configure()

    told = office.open_file()

    assert told.status == 500
    assert [note["did"] for note in office.noted("access")] == ["file"]
    assert "opened_at" not in office.item()  # nobody saw anything


def test_two_first_looks_open_the_case_once(office):
    office.store(a_case())
    office.open()
    (opened_at,) = {office.item()["opened_at"]}
    # As if the other look had read the case before ours was written.
    office.clinic.on("dynamodb.UpdateItem", refusal("ConditionalCheckFailedException"))

    assert office.open().body["opened"] == opened_at


# ---- Files ----------------------------------------------------------------------------------


def test_a_link_downloads_exactly_the_checked_version_under_a_neutral_name(office):
    office.store(a_case(), a_file(0), a_file(1, record=1, requirement="radiology", kind="dicom"))

    told = office.open_file(1).body

    url = urlsplit(told["url"])
    asked = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert url.hostname == f"{RECORDS}.s3.eu-west-2.amazonaws.com" or url.path.startswith(
        f"/{RECORDS}/"
    )
    assert url.path.endswith(f"/{INQUIRY}/0001")
    assert asked["versionId"] == "records-version-1"
    assert 0 < int(asked["X-Amz-Expires"]) <= 300
    assert asked["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert asked["response-content-type"] == "application/octet-stream"
    assert asked["response-content-disposition"] == (
        f"attachment; filename*=UTF-8''{REFERENCE}_radiology_02.dcm"
    )
    expires = datetime.fromisoformat(told["expires"])
    assert NOW < expires <= NOW + timedelta(seconds=300)
    (note,) = office.noted("access")
    assert (note["did"], note["file"]) == ("file", 1)


def test_files_of_one_kind_are_numbered_among_themselves(office):
    office.store(a_case(), *(a_file(n, kind=kind) for n, kind in enumerate(("pdf", "jpeg", None))))

    names = [unquote(office.open_file(n).body["url"]) for n in range(3)]

    assert [
        f"blood_0{n}.{end}" in name
        for n, (name, end) in enumerate(zip(names, ("pdf", "jpg", "bin"), strict=True), start=1)
    ] == [True] * 3
    assert CANARY not in "".join(names)


def test_a_clean_file_whose_copy_is_not_known_has_no_link(office):
    office.store(a_case(), a_file(records_version=None))

    assert office.open_file().status == 404
    assert office.open().body["requirements"][0]["files"][0]["canOpen"] is False


# ---- What is told ---------------------------------------------------------------------------


def test_what_a_sender_typed_comes_back_as_values_only(office):
    office.store(a_case(answers=answers(message=HOSTILE, patient={"full_name": HOSTILE})), a_file())

    body = office.open().body

    found = []

    def walk(value, names):
        if isinstance(value, dict):
            for name, inner in value.items():
                assert CANARY not in name
                walk(inner, (*names, name))
        elif isinstance(value, list):
            for inner in value:
                walk(inner, names)
        elif isinstance(value, str) and HOSTILE in value:
            found.append(names)
            assert value == HOSTILE

    walk(body, ())
    assert set(found) == {("requirements", "files", "name"), ("answers", "rows", "value")}


def test_a_case_tells_all_that_the_page_shows(office):
    office.store(a_case(), a_file(), failed_letter())

    body = office.open(groups=SUPERVISOR).body

    assert body["form"] == {"name": "rheumatoid-arthritis", "title": "Rheumatoid arthritis"}
    assert body["language"] == {"preferred": "nb", "interpreter": True}
    assert body["completeness"] == {"have": 1, "total": 3}
    assert body["can"] == ["answered"]
    assert body["quarantine"] is None
    assert body["addressConfirmed"] is False
    assert body["addressProblem"] == {
        "kind": "unsure",
        "at": clock.text(NOW),
        "channel": "Phone call",
        "phone": "+4790012345",
    }
    assert [each["kind"] for each in body["requirements"]] == [
        *("blood", "urine", "radiology", "diagnosis_letter")
    ]
    assert [each["state"] for each in body["requirements"]] == [
        *("complete", "promised", "promised", "missing")
    ]
    (file,) = body["requirements"][0]["files"]
    assert file["canOpen"] is True
    assert (file["kindText"], file["sizeText"]) == ("PDF", "1.5 MB")
    assert body["letters"] == [
        {
            "kind": "receipt",
            "kindText": "Receipt to the sender",
            "state": "bounced",
            "stateText": "came back",
            "at": clock.text(NOW),
            "can": ["resend"],
        }
    ]
    assert {each["text"] for each in body["check"]} == {"Cancer, now or in the past", "Severe pain"}


def test_a_reader_is_answered_in_their_language(office):
    office.store(a_case())

    by_browser = office.open(headers={"content-type": "application/json", "accept-language": "th"})
    by_choice = office.open(query="_language=th")

    assert (
        by_browser.body["form"]["title"]
        == by_choice.body["form"]["title"]
        != "Rheumatoid arthritis"
    )
    assert office.open("x", query="_language=th").body["detail"] != office.open("x").body["detail"]


def test_the_log_names_ids_and_nobody(office):
    office.store(a_case(answers=answers(message=HOSTILE)), a_file(), failed_letter())

    office.open()
    office.open_file()
    office.act("resend", letter="receipt")
    office.list()
    office.open("INQ-canary")

    log = office.clinic.log.getvalue()
    assert [json.loads(line)["message"] for line in log.splitlines()] == [
        *("case opened", "file opened", "decided", "worklist shown", "refused")
    ]
    for secret in (CANARY, "canary", REFERENCE, "X-Amz", "script"):
        assert secret not in log
    assert '"who":"5d0c-sub"' in log


def test_an_inquiry_of_a_form_that_is_gone_is_not_there(office):
    office.store(a_case(form="retired-form"))

    assert office.open(groups=SUPERVISOR).status == 404


def test_a_case_of_a_form_without_a_clinical_part_reads_as_well(office):
    general = {
        "form_locale": "th",
        "message": "Hello",
        "submitter": {"role": "patient"},
        "patient": {"full_name": "N. N.", "country_of_residence": "NO"},
        "contact": {
            "email": "a@b.example",
            "preferred_channel": "email",
            "preferred_language": "th",
        },
    }
    office.store(a_case(form=GENERAL, answers=general, flags=()))

    body = office.open().body

    assert body["short"] == ["lives in Norway", "speaks Thai, interpreter not stated"]
    assert body["requirements"] == []
    assert body["completeness"] == {"have": 0, "total": 0}
