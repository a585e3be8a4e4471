"""Staff decide: each action once, by who may, on the case as they saw it, all of it or nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest

from intake import clock
from intake.aws import items
from intake.aws.clients import client
from intake.forms import Forms
from intake.inquiry import (
    RECEIPT,
    SENDER_LETTERS,
    TEAM_ESCALATION,
    TEAM_NEW,
    TEAM_REMINDER,
    TOKENS_LIVE,
    opens,
)
from intake.service_date import answer_by
from tests.steps.clinic import (
    OUTAGE,
    QUEUES,
    ROOT,
    TABLE,
    UPLOADS,
    Killed,
    a_letter,
    cancelled,
    kill,
    kill_after,
    lose_answer,
    refusal,
)
from tests.steps.mailroom import INQUIRY, NOW
from tests.steps.staff import (
    COORDINATOR,
    DOCTOR,
    REFERENCE,
    RHEUMATOID,
    ROLE_GROUPS,
    SUPERVISOR,
    Office,
    a_case,
    a_file,
    an_event,
    failed_letter,
    quarantined,
)

ACT = "POST /cases/{case}/actions"
CONDITION, CONFLICT = "ConditionalCheckFailed", "TransactionConflict"
FEWEST = {
    "release": "coordinator",
    "reject": "coordinator",
    "answered": "doctor",
    "reopen": "doctor",
    "let_through": "supervisor",
    "refuse": "supervisor",
    "resend": "coordinator",
    "waive": "doctor",
    "unwaive": "doctor",
}
WHY = "Kanarie: came by post"
ON = {
    "let_through": {"file": 0},
    "refuse": {"file": 0},
    "resend": {"letter": "receipt"},
    "waive": {"requirement": "urine", "why": WHY},
    "unwaive": {"requirement": "urine"},
}
WAIVED = {"kind": "urine", "why": WHY, "by": "dr.canary", "at": clock.text(NOW)}


@pytest.fixture
def office(aws, monkeypatch):
    """Open the office: the clinic's resources and the step's environment."""
    return Office(aws, monkeypatch)


def ready_for(office, action, **changes):
    """Store a case in which *action* makes sense."""
    case = {
        "release": quarantined,
        "reject": quarantined,
        "reopen": lambda **more: a_case(answered_at=NOW, **more),
        "unwaive": lambda **more: a_case(waived=(WAIVED,), **more),
    }.get(action, a_case)(**changes)
    rows = {
        "let_through": (a_file(0, "withheld"),),
        "refuse": (a_file(0, "withheld"),),
        "resend": (failed_letter(),),
    }.get(action, ())
    office.store(case, *rows)


def may(role, action):
    ranks = list(ROLE_GROUPS)
    return ranks.index(role) >= ranks.index(FEWEST[action])


# ---- Who ------------------------------------------------------------------------------------


# The general form asks for no kind of record, so there is none to do without.
@pytest.mark.parametrize(
    ("form", "action"),
    [
        *((RHEUMATOID, action) for action in FEWEST),
        *(("general-inquiry", action) for action in FEWEST if action != "waive"),
    ],
)
@pytest.mark.parametrize("role", ROLE_GROUPS)
def test_each_role_may_do_what_it_may_and_no_more(office, role, action, form):
    ready_for(office, action, form=form)
    before = office.table()

    told = office.act(action, ROLE_GROUPS[role], **ON.get(action, {}))

    if may(role, action):
        assert told.status == 200
        assert told.body["revision"] == 1
        (note,) = office.noted("event")
        assert (note["who"], note["did"]) == ("5d0c-sub", action)
    else:
        assert (told.status, told.code) == (403, "NOT_YOUR_ROLE")
        assert office.table() == before


@pytest.mark.parametrize("action", FEWEST)
def test_who_reads_another_form_learns_nothing_from_trying(office, action):
    ready_for(office, action)
    before = office.table()

    told = office.act(action, "[general-supervisors]", **ON.get(action, {}))

    assert (
        told.raw == office.act(action, SUPERVISOR, case="INQ-2222-2222", **ON.get(action, {})).raw
    )
    assert told.status == 404
    assert office.table() == before


def test_the_highest_role_counts_form_by_form(office):
    office.store(a_case(), a_file(0, "withheld"))
    groups = "[doctors ra-supervisors general-supervisors]"

    assert office.act("let_through", groups, file=0).status == 200
    assert office.act("let_through", "[ra-doctors general-supervisors]", 1, file=0).status == 403


@pytest.mark.parametrize("action", FEWEST)
@pytest.mark.parametrize("role", ROLE_GROUPS)
def test_a_case_offers_what_its_reader_may_do_now(office, role, action):
    ready_for(office, action)

    body = office.open(groups=ROLE_GROUPS[role]).body

    files = [file for each in body["requirements"] for file in each["files"]]
    rows = (*files, *body["letters"], *body["requirements"])
    offered = {*body["can"], *(each for row in rows for each in row["can"])}
    assert (action in offered) == may(role, action)
    for each in offered:  # whatever is offered works
        assert may(role, each)


# ---- What -----------------------------------------------------------------------------------


def test_released_it_is_on_the_list_and_its_letters_are_owed_now(office):
    office.store(quarantined())

    told = office.act("release", COORDINATOR)

    assert told.body["quarantine"] == {"since": clock.text(NOW), "decided": "released"}
    inquiry = office.item()
    assert inquiry["worklist"] == RHEUMATOID
    assert inquiry["released_at"] == clock.text(NOW)
    letters = {letter.kind: letter for letter in office.clinic.case().letters.values()}
    assert set(letters) == {TEAM_NEW, RECEIPT, TEAM_REMINDER, TEAM_ESCALATION}
    assert letters[TEAM_NEW].due_at == letters[TEAM_NEW].owed_at == NOW
    assert letters[RECEIPT].due_at == letters[RECEIPT].owed_at == NOW
    assert letters[TEAM_REMINDER].due_at == office.clinic.case().inquiry.answer_by
    assert office.clinic.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_NEW}]
    assert office.clinic.waiting("sender") == [{"inquiry": INQUIRY, "letter": RECEIPT}]


@pytest.mark.parametrize("days", [0, 1, 20, 61, 400])
def test_released_late_it_promises_nothing_that_has_passed(office, days):
    office.store(quarantined())
    office.clinic.clock.shift(timedelta(days=days))
    now = NOW + timedelta(days=days)

    told = office.act("release", COORDINATOR)

    case = office.clinic.case()
    inquiry, letters = case.inquiry, case.letters
    service = Forms(str(ROOT / "schemas")).get(RHEUMATOID).meta["service"]
    assert inquiry.answer_by == answer_by(now, service, ZoneInfo("Asia/Bangkok")) > now
    assert inquiry.tokens_expire_at == now + TOKENS_LIVE
    assert office.item()["worklist_order"] == f"{clock.text(inquiry.answer_by)}#{REFERENCE}"
    assert letters[TEAM_REMINDER].due_at == letters[TEAM_REMINDER].owed_at == inquiry.answer_by
    assert letters[TEAM_ESCALATION].due_at > letters[TEAM_REMINDER].due_at
    # Everybody reads the same: the page, the list, the sender.
    (row,) = office.list(query=f"form={RHEUMATOID}").body["cases"]
    assert told.body["answerBy"] == row["answerBy"] == clock.text(inquiry.answer_by)
    assert opens(inquiry, inquiry.receipt_secret, now + timedelta(days=59))
    assert inquiry.received_at == NOW


def test_what_was_released_late_keeps_its_new_place_when_it_is_opened_again(office):
    office.store(quarantined())
    office.clinic.clock.shift(timedelta(days=20))
    office.act("release")
    before = office.item()

    office.act("answered", revision=1)
    office.act("reopen", revision=2)

    assert office.item() == before | {"revision": 3}


def test_a_letter_that_is_owed_already_stays_as_it_is(office):
    sent = a_letter(RECEIPT, due_at=None, sent_at=NOW - timedelta(days=1))
    office.store(quarantined(), sent)

    assert office.act("release").status == 200
    assert office.clinic.letter(RECEIPT) == sent
    assert office.clinic.waiting("sender") == []


def test_rejected_it_is_on_no_list_and_nobody_is_written_to(office):
    office.store(quarantined())

    told = office.act("reject", COORDINATOR)

    assert told.body["quarantine"]["decided"] == "rejected"
    assert told.body["can"] == []
    assert not {"worklist", "worklist_order"} & set(office.item())
    assert office.clinic.case().letters == {}
    assert not any(office.clinic.waiting(queue) for queue in QUEUES)


def test_rejected_its_files_are_off_the_clock_and_ring_no_alarm(office, capsys):
    soon, late = NOW + timedelta(minutes=5), NOW + timedelta(days=5)
    announced = a_file(2, None, arrived_at=None, version=None, due_at=soon)
    rows = (a_file(0), a_file(1, "withheld", due_at=late), announced, a_file(3, None, due_at=soon))
    office.store(quarantined(), *rows)

    assert office.act("reject", COORDINATOR).status == 200

    assert office.clinic.case().files == tuple(replace(file, due_at=None) for file in rows)
    assert not any("due_shard" in row for row in office.table())
    for days in (6, 30, 90):
        office.clinic.clock.move_to(NOW + timedelta(days=days))
        capsys.readouterr()
        office.clinic.sweep()
        assert '"WithheldTooLong":[0.0]' in capsys.readouterr().out
    assert not any(office.clinic.waiting(queue) for queue in QUEUES)


def test_an_inquiry_with_more_files_than_a_transaction_holds_can_be_rejected(office):
    files = [a_file(n, "withheld", due_at=NOW) for n in range(120)]
    office.store(quarantined(), *files)

    assert office.act("reject", COORDINATOR).status == 200

    assert [file.n for file in office.clinic.case().files if file.due_at] == [*range(90, 120)]


@pytest.mark.parametrize("action", FEWEST)
def test_who_decides_is_shown_the_case_so_a_look_is_noted_with_it(office, action):
    ready_for(office, action)

    told = office.act(action, **ON.get(action, {}))

    (look,) = office.noted("access")
    assert (look["who"], look["did"], look["at"]) == ("5d0c-sub", "case", clock.text(NOW))
    assert not {"file", "letter"} & set(look)
    assert [each["text"] for each in told.body["access"]] == ["Looked at the case"]


def test_answered_it_leaves_the_list_and_opened_again_it_is_back_in_its_place(office):
    office.store(a_case())
    before = office.item()

    answered = office.act("answered", DOCTOR)
    assert answered.body["answered"] == clock.text(NOW)
    assert answered.body["can"] == ["reopen"]
    assert not {"worklist", "worklist_order"} & set(office.item())

    again = office.act("reopen", DOCTOR, 1)
    assert again.body["answered"] is None
    assert office.item() == before | {"revision": 2}


@pytest.mark.parametrize(("action", "decision"), [("let_through", "release"), ("refuse", "refuse")])
def test_a_withheld_file_is_decided_once_and_handed_to_the_check(office, action, decision):
    office.store(a_case(), a_file(0, "withheld", due_at=NOW + timedelta(days=5)))

    told = office.act(action, file=0)

    item = office.item("file#0000")
    assert (item["decision"], item["decided_at"]) == (decision, clock.text(NOW))
    assert item["due_at"] == clock.text(NOW)
    assert item["due_shard"]
    assert office.clinic.waiting("check") == [
        {"bucket": UPLOADS, "key": f"{INQUIRY}/0000", "version": "upload-version-0"}
    ]
    (file,) = told.body["requirements"][0]["files"]
    assert file["can"] == []
    assert file["stateText"] == "decided, being carried out"
    assert office.act(action, revision=1, file=0).code == "CASE_CHANGED"


@pytest.mark.parametrize("stamp", ["gave_up_at", "bounced_at", "rejected_at", "undelivered_at"])
def test_a_letter_that_failed_is_sent_as_on_its_first_day(office, stamp):
    failed = failed_letter(RECEIPT, stamp, in_doubt=True, pushed_at=NOW, message_id="second")
    office.store(a_case(), replace(failed, earlier=("first",)))
    office.clinic.clock.shift(timedelta(days=1))
    now = NOW + timedelta(days=1)

    told = office.act("resend", COORDINATOR, letter=RECEIPT)

    letter = office.clinic.letter(RECEIPT)
    mails = ("first", "second")
    assert letter == a_letter(RECEIPT, due_at=now, owed_at=now, resent_at=now, earlier=mails)
    assert office.clinic.waiting("sender") == [{"inquiry": INQUIRY, "letter": RECEIPT}]
    # It stands in the due index, and the step that writes letters may claim it.
    assert office.clinic.ledger.claim(INQUIRY, RECEIPT, now)
    assert told.body["letters"][0]["can"] == []
    assert "Sent again: Receipt to the sender" in {each["text"] for each in told.body["history"]}


@pytest.mark.parametrize("kind", SENDER_LETTERS)
def test_nothing_is_sent_again_to_an_address_that_failed(office, kind):
    failed = {"address_failed_at": NOW, "address_failure": "bounced"}
    office.store(a_case(**failed), failed_letter(kind), failed_letter(TEAM_NEW))
    before = office.table()

    told = office.act("resend", COORDINATOR, letter=kind)

    assert (told.status, told.code) == (422, "ADDRESS_FAILED")
    assert office.table() == before
    assert office.act("resend", COORDINATOR, letter=TEAM_NEW).status == 200


def test_a_letter_is_repeated_once_for_each_decision(office):
    office.store(a_case(), failed_letter())

    told = [office.act("resend", letter=RECEIPT), office.act("resend", letter=RECEIPT)]

    assert [each.status for each in told] == [200, 409]
    assert len(office.clinic.waiting("sender")) == 1


@pytest.mark.parametrize(
    "letter",
    [
        a_letter(RECEIPT),
        a_letter(RECEIPT, due_at=None, sent_at=NOW, delivered_at=NOW),
        failed_letter(RECEIPT, "undelivered_at", delivered_at=NOW),
        a_letter(RECEIPT, due_at=None, closed_at=NOW),
        a_letter(RECEIPT, sent_at=NOW),
    ],
    ids=["waiting", "delivered", "delivered late", "not needed", "under way"],
)
def test_a_letter_that_did_not_fail_is_not_repeated(office, letter):
    office.store(a_case(), letter)
    before = office.table()

    assert office.act("resend", letter=RECEIPT).code == "CASE_CHANGED"
    assert office.table() == before


@pytest.mark.parametrize(
    ("action", "case"),
    [
        ("release", a_case()),
        ("release", quarantined(released_at=NOW)),
        ("release", quarantined(rejected_at=NOW)),
        ("reject", a_case()),
        ("reject", quarantined(released_at=NOW)),
        ("answered", quarantined()),
        ("answered", quarantined(rejected_at=NOW)),
        ("answered", a_case(answered_at=NOW)),
        ("reopen", a_case()),
    ],
)
def test_what_makes_no_sense_now_changes_nothing(office, action, case):
    office.store(case)
    before = office.table()

    assert (office.act(action).status, office.act(action).code) == (409, "CASE_CHANGED")
    assert office.table() == before


@pytest.mark.parametrize("scan", [None, "THREATS_FOUND", "UNSUPPORTED", "FAILED"])
def test_nobody_overrules_the_malware_scan(office, scan):
    office.store(a_case(), a_file(0, "withheld", scan=scan))
    before = office.table()

    assert office.act("let_through", file=0).code == "CASE_CHANGED"
    assert office.table() == before
    assert office.act("refuse", file=0).status == 200


@pytest.mark.parametrize("verdict", ["clean", "refused", None])
def test_only_a_withheld_file_is_decided(office, verdict):
    office.store(a_case(), a_file(0, verdict))
    before = office.table()

    assert office.act("let_through", file=0).code == "CASE_CHANGED"
    assert office.table() == before


@pytest.mark.parametrize("kind", ["blood", "urine", "radiology", "diagnosis_letter"])
def test_what_is_waived_is_kept_with_who_when_and_why(office, kind):
    office.store(a_case())

    told = office.act("waive", DOCTOR, requirement=kind, why=f"  {WHY} ")

    kept = WAIVED | {"kind": kind}
    assert json.loads(office.item()["waived"]) == [kept]
    assert office.clinic.case().inquiry.waived == (kept,)
    (note,) = office.noted("event")
    assert {name: note[name] for name in ("who", "name", "did", "at", "requirement", "why")} == {
        "who": "5d0c-sub",
        "name": "dr.canary",
        "did": "waive",
        "at": clock.text(NOW),
        "requirement": kind,
        "why": WHY,
    }
    row = next(each for each in told.body["requirements"] if each["kind"] == kind)
    assert (row["state"], row["waived"], row["can"]) == ("waived", kept, ["unwaive"])
    newest = told.body["history"][0]
    assert newest["who"] == "dr.canary"
    assert newest["text"] == f"Not needed any more: {row['name']} ({WHY})"


def test_what_is_waived_counts_as_complete_and_stays_on_the_list(office):
    office.store(a_case())
    before = office.item()

    told = [office.act("waive", DOCTOR, n, requirement=kind, why=WHY) for n, kind in WAIVABLE]

    assert [each.body["completeness"]["have"] for each in told] == [1, 2]
    kept = {name: value for name, value in office.item().items() if name != "waived"}
    assert kept == before | {"revision": 2}


WAIVABLE = ((0, "urine"), (1, "radiology"))


def test_taken_back_it_is_as_it_was_and_the_history_still_tells_why(office):
    office.store(a_case())
    before = office.item()
    office.act("waive", DOCTOR, requirement="urine", why=WHY)
    office.clinic.clock.shift(timedelta(minutes=1))

    told = office.act("unwaive", DOCTOR, 1, requirement="urine")

    assert {**before, "waived": "[]", "revision": 2} == {"waived": "[]", **office.item()}
    texts = [each["text"] for each in told.body["history"]]
    assert texts[:2] == [
        "Needed after all: Urine test",
        f"Not needed any more: Urine test ({WHY})",
    ]


def test_of_two_kinds_that_are_waived_one_is_taken_back(office):
    radiology = WAIVED | {"kind": "radiology"}
    office.store(a_case(waived=(WAIVED, radiology)))

    assert office.act("unwaive", DOCTOR, requirement="urine").status == 200
    assert office.clinic.case().inquiry.waived == (radiology,)


def test_what_the_form_dropped_since_can_still_be_taken_back(office):
    office.store(a_case(waived=(WAIVED | {"kind": "retired"},)))

    assert office.act("unwaive", DOCTOR, requirement="retired").status == 200
    assert office.clinic.case().inquiry.waived == ()


@pytest.mark.parametrize("action", ["waive", "unwaive"])
@pytest.mark.parametrize("kind", ["photo", "retired", "", "urine "])
def test_what_the_form_does_not_ask_for_is_not_waived(office, action, kind):
    office.store(a_case())
    before = office.table()
    why = {"why": WHY} if action == "waive" else {}

    assert office.act(action, requirement=kind, **why).status == 404
    assert office.table() == before


@pytest.mark.parametrize(
    ("action", "case"),
    [
        ("waive", a_case(waived=(WAIVED,))),
        ("waive", quarantined()),
        ("waive", quarantined(rejected_at=NOW)),
        ("unwaive", a_case()),
        ("unwaive", quarantined(rejected_at=NOW, waived=(WAIVED,))),
    ],
)
def test_what_can_not_be_waived_now_changes_nothing(office, action, case):
    office.store(case)
    before = office.table()

    assert office.act(action, **ON[action]).code == "CASE_CHANGED"
    assert office.table() == before


def test_a_reason_may_be_long_and_of_any_script(office):
    office.store(a_case())
    why = "\U0001f9ea" * 150 + "ผู้ป่วยส่งมาทางไปรษณีย์แล้ว"

    assert office.act("waive", DOCTOR, requirement="urine", why=why).status == 200
    assert office.clinic.case().inquiry.waived[0]["why"] == why


@pytest.mark.parametrize("action", ["waive", "unwaive"])
def test_why_something_is_waived_is_in_no_log(office, action):
    ready_for(office, action)

    office.act(action, **ON[action])
    office.act(action, **ON[action])
    office.act("waive", requirement="Kanarie", why=f"{WHY}\n")
    office.open()

    assert "Kanarie" not in office.clinic.log.getvalue()
    assert "urine" in office.clinic.log.getvalue()


# ---- What was asked -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "delete", "revision": 0},
        {"action": None, "revision": 0},
        {"action": ["release"], "revision": 0},
        {"action": "answered"},
        {"action": "answered", "revision": None},
        {"action": "answered", "revision": "0"},
        {"action": "answered", "revision": 0.0},
        {"action": "answered", "revision": True},
        {"action": "answered", "revision": -1},
        {"action": "answered", "revision": 0, "file": 0},
        {"action": "answered", "revision": 0, "more": 1},
        {"action": "let_through", "revision": 0},
        {"action": "let_through", "revision": 0, "file": "0"},
        {"action": "let_through", "revision": 0, "file": True},
        {"action": "let_through", "revision": 0, "file": 0, "letter": "receipt"},
        {"action": "resend", "revision": 0},
        {"action": "resend", "revision": 0, "letter": 0},
        {"action": "resend", "revision": 0, "letter": "x" * 41},
        {"action": "waive", "revision": 0},
        {"action": "waive", "revision": 0, "requirement": "urine"},
        {"action": "waive", "revision": 0, "why": "x"},
        {"action": "waive", "revision": 0, "requirement": None, "why": "x"},
        {"action": "waive", "revision": 0, "requirement": "x" * 41, "why": "x"},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": ""},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": " \t\n "},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": "x" * 301},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": ["x"]},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": "a\nb"},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": "a\u0000b"},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": "a\u202eb"},
        {"action": "waive", "revision": 0, "requirement": "urine", "why": "x", "file": 0},
        {"action": "unwaive", "revision": 0, "requirement": "urine", "why": "x"},
        {"action": "unwaive", "revision": 0},
    ],
    ids=json.dumps,
)
def test_what_is_no_action_is_refused_before_any_case_is_read(office, body):
    office.store(a_case(), a_file(0, "withheld"), failed_letter())
    before, calls = office.table(), len(office.clinic.calls)

    told = office.send(an_event(ACT, SUPERVISOR, body, case=REFERENCE))

    assert (told.status, told.code) == (422, "UNKNOWN_ACTION")
    assert office.clinic.calls[calls + 1 :] == []  # the first is our own look at the table
    assert office.table() == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "0",
        '"release"',
        "{",
        '{"action":"a","action":"b"}',
        '{"a":NaN}',
        "{}" * 600,
    ],
)
def test_what_is_no_small_object_is_refused(office, body):
    office.store(a_case())

    told = office.send(an_event(ACT, SUPERVISOR, body, case=REFERENCE))

    assert (told.status, told.code) == (400, "MALFORMED")


# ---- Together, and when something breaks ----------------------------------------------------


@pytest.mark.parametrize("action", FEWEST)
def test_who_decides_on_an_old_view_is_told_so(office, action):
    ready_for(office, action, revision=3)
    before = office.table()

    for seen in (0, 2, 4):
        assert office.act(action, revision=seen, **ON.get(action, {})).code == "CASE_CHANGED"
    assert office.table() == before
    assert office.act(action, revision=3, **ON.get(action, {})).body["revision"] == 4


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("release", "reject"),
        ("let_through", "refuse"),
        ("resend", "resend"),
        ("answered", "answered"),
        ("waive", "waive"),
        ("waive", "answered"),
        ("unwaive", "unwaive"),
    ],
)
def test_of_two_at_once_one_is_heard_and_nothing_is_half_done(office, first, second):
    ready_for(office, first)
    both = Barrier(2)

    def wait(_event, _request):
        # Both have read the case by now: only the transaction can tell who was first.
        both.wait(timeout=5)

    office.clinic.on("dynamodb.TransactWriteItems", wait, times=2)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(office.act, name, **ON.get(name, {})) for name in (first, second)]
        told = [each.result() for each in asked]

    assert sorted(each.status for each in told) == [200, 409]
    (note,) = office.noted("event")
    winner = first if told[0].status == 200 else second
    assert note["did"] == winner
    assert office.item()["revision"] == 1
    if winner == "reject":
        assert office.clinic.case().letters == {}
    if first == "let_through":
        decision = {"let_through": "release", "refuse": "refuse"}[winner]
        assert office.item("file#0000")["decision"] == decision
        assert len(office.clinic.waiting("check")) == 1


def test_who_decides_on_what_changed_by_itself_changes_nothing(office):
    # Delivered after all, in the moment between our reading and our writing.
    office.store(a_case(), failed_letter())

    def delivered(_event, _request):
        office.clinic.mend()
        office.clinic.ledger.finish(INQUIRY, RECEIPT, "delivered_at", NOW)

    office.clinic.on("dynamodb.TransactWriteItems", delivered, times=1)

    assert office.act("resend", letter=RECEIPT).code == "CASE_CHANGED"
    assert office.item()["revision"] == 0
    assert office.noted("event") == []
    assert office.clinic.letter(RECEIPT).delivered_at == NOW
    assert office.clinic.waiting("sender") == []


def test_a_file_that_was_decided_between_the_look_and_the_write_is_not_decided_again(office):
    # The check carries decisions out and knows no revisions: the file's own row has to say no.
    office.store(a_case(), a_file(0, "withheld"))

    def decided(_event, _request):
        office.clinic.mend()
        office.clinic.store(a_file(0, "withheld", decision="refuse", decided_at=NOW))

    office.clinic.on("dynamodb.TransactWriteItems", decided, times=1)

    assert office.act("let_through", file=0).code == "CASE_CHANGED"
    assert office.item("file#0000")["decision"] == "refuse"
    assert office.item()["revision"] == 0
    assert office.clinic.waiting("check") == []


@pytest.mark.parametrize("action", FEWEST)
def test_a_lost_answer_is_no_failure_and_no_second_deed(office, action):
    ready_for(office, action)
    office.clinic.on("dynamodb.TransactWriteItems", lose_answer, times=1)

    told = office.act(action, **ON.get(action, {}))

    assert told.status == 200
    assert told.body["revision"] == 1
    assert len(office.noted("event")) == len(office.noted("access")) == 1


@pytest.mark.parametrize("action", FEWEST)
def test_a_table_that_is_down_leaves_everything_as_it_was(office, action):
    ready_for(office, action)
    before = office.table()
    office.clinic.on("dynamodb.TransactWriteItems", OUTAGE)

    told = office.act(action, **ON.get(action, {}))

    assert (told.status, told.code) == (503, "TRY_AGAIN")
    assert told.headers["Retry-After"]
    assert office.table() == before
    assert not any(office.clinic.waiting(queue) for queue in QUEUES)


CONFLICTS = [
    cancelled("None", CONFLICT),
    refusal("TransactionConflictException"),
    refusal("TransactionInProgressException"),
    cancelled("ThrottlingError"),
]


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_that_passes_is_waited_out(office, conflict):
    ready_for(office, "answered")
    office.clinic.on("dynamodb.TransactWriteItems", conflict, times=3)

    assert office.act("answered").status == 200


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_that_stays_is_said_and_changes_nothing(office, conflict):
    ready_for(office, "answered")
    before = office.table()
    office.clinic.on("dynamodb.TransactWriteItems", conflict)

    assert office.act("answered").status == 503
    assert office.table() == before


@pytest.mark.parametrize("action", ["release", "let_through", "resend"])
def test_a_queue_that_is_down_loses_nothing_since_the_sweep_finds_it(office, action):
    ready_for(office, action)
    office.clinic.on("sqs.SendMessage", OUTAGE)

    assert office.act(action, **ON.get(action, {})).status == 200
    assert json.loads(office.clinic.log.getvalue().splitlines()[-1])["not_queued"]
    office.clinic.mend()
    office.clinic.sweep()
    assert any(office.clinic.waiting(queue) for queue in QUEUES)


@pytest.mark.parametrize("action", ["release", "let_through", "resend"])
@pytest.mark.parametrize("end", [kill, kill_after])
def test_killed_around_its_write_it_is_done_whole_or_not_at_all(office, action, end):
    ready_for(office, action)
    before = office.table()
    office.clinic.on("dynamodb.TransactWriteItems", end)

    with pytest.raises(Killed):
        office.act(action, **ON.get(action, {}))

    office.clinic.mend()
    if end is kill:
        assert office.table() == before
        assert office.act(action, **ON.get(action, {})).status == 200
    else:
        assert len(office.noted("event")) == 1
        office.clinic.sweep()
        assert any(office.clinic.waiting(queue) for queue in QUEUES)


def test_what_was_stored_before_there_were_revisions_can_be_decided(office):
    office.store(a_case())
    client("dynamodb").update_item(
        TableName=TABLE,
        Key=items.key(INQUIRY, "inquiry"),
        UpdateExpression="REMOVE revision",
    )

    assert office.act("answered").body["revision"] == 1


def test_the_history_tells_who_decided_what(office):
    office.store(quarantined())

    office.act("release", COORDINATOR)
    office.clinic.clock.shift(timedelta(minutes=1))
    told = office.act("answered", DOCTOR, 1)

    assert [(each["who"], each["text"]) for each in told.body["history"]] == [
        ("dr.canary", "Marked as answered"),
        ("dr.canary", "Released"),
        ("", "Kept aside: it may come from a robot"),
        ("", "Inquiry received"),
    ]
