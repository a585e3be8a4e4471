"""A canary reaches no person, leaves nothing behind, and touches nothing of a patient's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake import canary
from intake.aws import items
from intake.inquiry import RECEIPT, TEAM_FALLBACK, TEAM_NEW
from tests.handlers import FALLBACK, TEAM, blueprint
from tests.journey.breaking import of, refusal
from tests.pipeline import Pipeline
from tests.rights import not_granted
from tests.steps.canaries import Aviary, aviary

EVENTS = Path(__file__).parents[1] / "events"
SCHEMAS = Path(__file__).parents[2] / "schemas"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Aviary]:
    with aviary() as made:
        yield made


@pytest.fixture
def canaries(deployed: Aviary) -> Aviary:
    deployed.anew()
    return deployed


def post(deployed: Pipeline, form: str, example: str, **headers: str) -> dict[str, Any]:
    """Post an example as a script would; return the answer."""
    path = SCHEMAS / "forms" / form / "examples" / "valid" / f"{example}.json"
    body = json.dumps(json.loads(path.read_bytes())["answers"]).encode()
    answer = deployed.send("POST", f"/f/{form}", body, content_type="application/json", **headers)
    assert answer.status == 200, answer.body
    told: dict[str, Any] = json.loads(answer.body)
    return told


def a_stranger(deployed: Pipeline, key: str) -> str:
    """Have anybody post to the canary's form; return the reference."""
    told = post(deployed, canary.FORM, "as-the-schedule-sends-it", idempotency_key=key)
    return str(told["reference"])


def a_patient(deployed: Pipeline) -> None:
    post(deployed, "general-inquiry", "only-what-is-required")


def recipients(deployed: Pipeline) -> set[str]:
    return {address for mail in deployed.mails for address in mail.addresses("To")}


def of_patients(deployed: Pipeline) -> list[dict[str, Any]]:
    """Return every item that belongs to an inquiry of a patient."""
    inquiry = items.partition(canary.PREFIX)
    return [each for each in deployed.items() if not each["pk"]["S"].startswith(inquiry)]


def test_its_letters_go_to_the_mailbox_simulator_and_nowhere_else(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pass_by()
    canaries.pipeline.run()

    assert recipients(canaries.pipeline) == {canary.MAILBOX}
    assert len(canaries.pipeline.mails) == 4


def test_the_letter_of_one_that_was_not_delivered_goes_there_too(canaries: Aviary) -> None:
    canaries.pipeline.fate = ("Send",)
    canaries.fly()
    canaries.pipeline.run()
    canaries.pipeline.wait(20)

    assert recipients(canaries.pipeline) == {canary.MAILBOX}
    assert set(canaries.flights[0].letters) == {TEAM_NEW, RECEIPT, TEAM_FALLBACK}


def test_what_became_of_its_letters_rings_no_alarm_of_the_team_s(canaries: Aviary) -> None:
    start = canaries.pipeline.handlers.log.tell()
    canaries.pipeline.fate = ("Send",)
    canaries.fly()
    canaries.pipeline.run()
    canaries.pipeline.wait(20)

    counted = [
        json.loads(line)["LettersUndelivered"][0]
        for line in canaries.pipeline.handlers.log.getvalue()[start:].splitlines()
        if '"LettersUndelivered"' in line
    ]
    assert len(counted) == 20
    assert sum(counted) == 0


def test_strangers_who_post_there_write_to_nobody_and_do_not_fool_or_starve_it(
    canaries: Aviary,
) -> None:
    canaries.pipeline.scanner = lambda _stored: None
    canaries.fly()
    for n in range(5):
        a_stranger(canaries.pipeline, f"stranger-{n}")
    told = canaries.pass_by()

    assert (told.arrived, told.link) == (0, "file not clean")  # its own: theirs had none
    assert recipients(canaries.pipeline) == {canary.MAILBOX}
    receipts = [case.letters[RECEIPT] for case in canaries.flights[:-1]]
    assert len(receipts) == 6
    assert all(letter.delivered_at for letter in receipts)


def test_an_address_is_nothing_that_its_form_takes(canaries: Aviary) -> None:
    body = {"contact": {"email": "somebody@patients.example"}, "form_locale": "en"}
    refused = canaries.pipeline.send(
        "POST", "/f/canary", json.dumps(body).encode(), content_type="application/json"
    )

    assert refused.status == 422
    assert canaries.flights == []


def test_staff_find_it_on_no_list_and_under_no_reference(canaries: Aviary) -> None:
    reference = a_stranger(canaries.pipeline, "stranger")
    canaries.pipeline.run()

    event = json.loads((EVENTS / "open_case.json").read_text("utf-8"))
    event["rawPath"] = f"/cases/{reference}/open"
    event["pathParameters"] = {"case": reference}
    opened = canaries.pipeline.handlers.invoke(blueprint().functions["OpenCase"].arn, event)
    assert opened["statusCode"] == 404
    assert not [each for each in canaries.pipeline.items() if "worklist" in each]
    assert canaries.flights[0].inquiry.opened_at is None


def test_nothing_of_one_that_arrived_is_due_and_all_of_it_goes(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pipeline.run()
    table = {(each["pk"]["S"], each["sk"]["S"]): each for each in canaries.pipeline.items()}

    due = [each for each in table.values() if "due_shard" in each]
    note = table.pop(("canary", "canary"))
    expiring = {sk: int(each["expires_at"]["N"]) for (_, sk), each in table.items()}
    assert due == []
    assert "expires_at" not in note
    assert set(expiring) == {
        *("inquiry", "file#0000", f"letter#{TEAM_NEW}", f"letter#{RECEIPT}"),
        *("reference", "key", "count"),
    }
    for sort_key in set(expiring) - {"key"}:  # which outlives every retry, like a patient's
        gone_at = datetime.fromtimestamp(expiring[sort_key], UTC)
        assert gone_at - datetime.now(UTC) <= DAY + timedelta(minutes=15), sort_key


def test_one_that_never_arrives_is_not_tried_after_its_day(canaries: Aviary) -> None:
    canaries.pipeline.between = of("sesv2.", refusal("AccountSuspendedException", 400))
    canaries.fly()
    canaries.pipeline.run()
    canaries.pipeline.clock.shift(DAY + timedelta(minutes=20))
    asked = len(canaries.pipeline.calls)
    canaries.pipeline.wait(1)

    assert not [c for c in canaries.pipeline.calls[asked:] if c.operation == "sesv2.SendEmail"]
    assert "letter given up" not in canaries.pipeline.handlers.log.getvalue()


def test_nothing_of_a_patient_is_touched_or_ever_expires(canaries: Aviary) -> None:
    a_patient(canaries.pipeline)
    canaries.pipeline.run()
    # Everybody here is of one network, for which posts are counted.
    of_nobody = {"canary", "count"}
    before = [each for each in of_patients(canaries.pipeline) if each["sk"]["S"] not in of_nobody]
    for _ in range(3):
        canaries.fly()
        canaries.pass_by()
    keys = {(each["pk"]["S"], each["sk"]["S"]) for each in before}
    after = [
        each
        for each in of_patients(canaries.pipeline)
        if (each["pk"]["S"], each["sk"]["S"]) in keys
    ]

    assert len(before) >= 6
    assert sorted(after, key=str) == sorted(before, key=str)
    assert {each["sk"]["S"] for each in before if "expires_at" in each} <= {"key", "receipts"}
    assert {TEAM, "amina@patients.example"} <= recipients(canaries.pipeline)
    assert FALLBACK not in recipients(canaries.pipeline)


def test_it_asks_for_no_more_than_its_role_gives(canaries: Aviary) -> None:
    canaries.fly()
    canaries.pipeline.run()
    asked = len(canaries.pipeline.calls)
    canaries.asked.clear()
    canaries.closed = (503, {}, b"")  # so that no other step speaks
    canaries.fly()

    calls = [call.operation for call in canaries.pipeline.calls[asked:]]
    assert not_granted("send_canary", calls) == set()
    assert {"dynamodb.Query", "dynamodb.PutItem", "s3.ListObjectVersions"} <= set(calls)
