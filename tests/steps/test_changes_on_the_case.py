"""What a sender changed, as the staff see it, and what they can then still decide."""

from __future__ import annotations

import pytest

from intake.aws.files import Files
from intake.inquiry import FILES_UNUSABLE, RECEIPT, RECEIPTS, TEAM_NEW, TEAM_WITHDRAWN
from tests.steps.clinic import a_letter
from tests.steps.fast_clinic import fast_clinic
from tests.steps.mailroom import ANSWERS, NOW, SENDER
from tests.steps.sender import Sender
from tests.steps.staff import DOCTOR, HOSTILE, SUPERVISOR, Office, a_case, a_file, failed_letter
from tests.steps.test_sender_changes import (
    CONSENTS,
    RIGHT,
    TOLD,
    corrected,
    note,
    revoked,
    withdrawn,
)

GIVEN = [{"purpose": each["purpose"], "decision": each["decision"]} for each in CONSENTS]


@pytest.fixture
def aws(monkeypatch):
    with fast_clinic(monkeypatch) as opened:
        yield opened


@pytest.fixture
def office(aws, monkeypatch):
    office = Office(aws, monkeypatch)
    office.store(a_case(consents=CONSENTS, answers=ANSWERS | {"consents": GIVEN}), TOLD)
    aws.clock.shift(60)
    return office


@pytest.fixture
def sender(aws):
    return Sender(aws)


def seen(office):
    return office.open().body


def test_a_case_nobody_changed_says_nothing_of_it(office):
    assert seen(office)["changes"] == []
    assert seen(office)["withdrawn"] is None


def test_a_corrected_address_stands_before_the_first_one(office, sender, aws):
    corrected(sender, "ada.other@patient.example")
    aws.clock.shift(1)
    corrected(sender, RIGHT, 1)

    told = seen(office)
    assert [each["kind"] for each in told["changes"]] == ["address", "address"]
    assert all(RIGHT in each["text"] for each in told["changes"])
    rows = {row["label"]: row["value"] for each in told["answers"] for row in each["rows"]}
    assert rows["Email address"] == f"{RIGHT} (corrected by the sender; first sent: {SENDER})"
    done = [each for each in told["history"] if "corrected" in each["text"]]
    assert {each["who"] for each in done} == {"by the link in the sender's browser"}
    assert "ada.other@patient.example" in done[1]["text"]


def test_a_correction_is_a_value_and_never_anything_else(office, sender):
    note(sender, HOSTILE.replace("\u202e", ""))

    (change,) = seen(office)["changes"]
    assert "<script>alert(1)</script>" in change["text"]
    assert change["text"].startswith("Correction from the sender: ")


def test_what_was_taken_back_stands_at_the_consent_and_says_what_to_do(office, sender):
    revoked(sender, "contact_about_inquiry")

    told = seen(office)
    assert "Do not contact the sender" in told["changes"][0]["text"]
    rows = {row["label"]: row["value"] for each in told["answers"] for row in each["rows"]}
    assert rows["Contact about this inquiry"] == "I agree · taken back Sun 22 Nov 18:05"
    assert rows["Ordinary email"] == "I agree"


@pytest.mark.parametrize(("decision", "is_said"), [("granted", False), ("refused", True)])
def test_that_nobody_may_contact_the_sender_stands_above_the_answers(office, decision, is_said):
    consent = {"purpose": "contact_about_inquiry", "decision": decision}
    office.store(a_case(consents=(consent,)), TOLD)

    assert any("do not contact the sender" in line for line in seen(office)["short"]) == is_said


def test_a_withdrawal_comes_first_and_leaves_nothing_to_decide(office, sender, aws):
    note(sender)
    aws.clock.shift(1)
    revoked(sender, "health_data_review")

    told = seen(office)
    assert [each["kind"] for each in told["changes"]] == ["withdrawn", "note"]
    assert told["withdrawn"]
    assert told["can"] == []
    assert office.list().body["cases"] == []
    rows = {row["label"]: row["value"] for each in told["answers"] for row in each["rows"]}
    assert "taken back" in rows["Doctors look at the health data"]
    assert "and so the inquiry" in told["history"][0]["text"]


@pytest.mark.parametrize("do", [note, withdrawn])
def test_nobody_decides_on_what_they_saw_before_a_change(office, sender, do):
    revision = seen(office)["revision"]
    do(sender)

    assert office.act("answered", DOCTOR, revision=revision).status == 409
    assert office.clinic.case().inquiry.answered_at is None


def test_a_withdrawn_case_does_not_come_back_to_the_worklist(office, sender):
    office.act("answered", DOCTOR, revision=seen(office)["revision"])
    withdrawn(sender)

    for action in ("reopen", "answered", "release", "reject"):
        assert office.act(action, revision=seen(office)["revision"]).status == 409
    assert office.list().body["cases"] == []


def test_nobody_looks_into_a_file_of_what_is_withdrawn(office, sender, aws):
    aws.store(a_file(0, "withheld", reason="archive", due_at=NOW))
    withdrawn(sender)

    told = seen(office)
    assert all(file["can"] == [] for each in told["requirements"] for file in each["files"])
    refused = office.act("refuse", SUPERVISOR, revision=told["revision"], file=0)
    assert refused.status == 409
    aws.sweep()
    (file,) = aws.case().files
    assert file.due_at is None
    assert Files(aws.files.dynamodb, aws.files.table).find(file.inquiry, 0).verdict == "withheld"


def test_only_what_tells_of_the_end_is_sent_again(office, sender, aws):
    withdrawn(sender)
    aws.store(failed_letter(TEAM_NEW), failed_letter(TEAM_WITHDRAWN), failed_letter(RECEIPT))

    told = office.open(groups=SUPERVISOR).body
    can = {each["kind"]: each["can"] for each in told["letters"]}
    assert can == {TEAM_NEW: [], TEAM_WITHDRAWN: ["resend"], RECEIPT: []}


def test_who_wants_no_contact_is_sent_nothing_again_but_the_receipt(office, sender, aws):
    aws.store(failed_letter(FILES_UNUSABLE), failed_letter(RECEIPT))
    revoked(sender, "contact_about_inquiry")

    told = office.open(groups=SUPERVISOR).body
    can = {each["kind"]: each["can"] for each in told["letters"]}
    assert (can[FILES_UNUSABLE], can[RECEIPT]) == ([], ["resend"])


def test_the_receipt_to_a_wrong_address_is_not_sent_again_and_is_no_problem(office, sender, aws):
    aws.store(failed_letter(RECEIPT))
    corrected(sender)
    aws.store(a_letter(RECEIPTS[1], sent_at=NOW, due_at=None, delivered_at=NOW))

    told = office.open(groups=SUPERVISOR).body
    assert told["addressProblem"] is None
    assert {each["kind"]: each["can"] for each in told["letters"]}[RECEIPT] == []
