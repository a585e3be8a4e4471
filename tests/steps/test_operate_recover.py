"""What is late can be seen, and what queues lost is rebuilt from table and quarantine alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.operate import commands
from infra.operate.recover import Recovery
from infra.operate.rows import Rows
from intake.inquiry import RECEIPT, TEAM_NEW, Letter
from tests.journey.breaking import refusal
from tests.pipeline import NOW, SEND_EMAIL, Pipeline, nothing, pipeline
from tests.steps.operator import Operator, answers, post, post_with_file

BEYOND_HOPE = timedelta(hours=48, minutes=1)


@pytest.fixture(scope="module")
def kept() -> Iterator[Pipeline]:
    with pipeline() as opened:
        yield opened


@pytest.fixture
def deployed(kept: Pipeline) -> Pipeline:
    kept.empty()
    kept.clock.move_to(NOW)
    return kept


@pytest.fixture
def operator(deployed: Pipeline) -> Operator:
    return Operator(deployed)


def no_mail(operation: str, request: Any) -> Any:
    """Have SES take nothing."""
    refuse = refusal("ThrottlingException", 400)
    return refuse(operation, request) if operation == SEND_EMAIL else None


def purge(operator: Operator) -> None:
    for url in operator.queues.values():
        operator.aws.sqs.purge_queue(QueueUrl=url)


def test_a_quiet_clinic_has_nothing_late(deployed: Pipeline, operator: Operator) -> None:
    post(deployed)
    deployed.run()

    assert operator.types(commands.stalled) == 0
    assert operator.said == ["2026-11-22 11:04Z: 0 late of 0 owed or waiting"]


def test_a_late_letter_is_shown_with_its_reason_and_its_next_turn(
    deployed: Pipeline, operator: Operator
) -> None:
    deployed.between = no_mail
    inquiry = post(deployed)
    deployed.run()
    reference = deployed.case(inquiry).inquiry.reference

    assert operator.types(commands.stalled) == 0  # owed, but not late yet
    deployed.clock.shift(timedelta(minutes=4))
    assert operator.types(commands.stalled) == 1

    assert operator.said[:2] == [
        "2026-11-22 11:08Z: 2 late of 2 owed or waiting",
        "Owed, not sent: 2",
    ]
    (line,) = (line for line in operator.said if TEAM_NEW in line)
    assert line.split("  ")[1:] == [
        reference,
        "team_new",
        "since 2026-11-22 11:04Z (4 min)",
        "1 attempt, last ThrottlingException",
        "next 2026-11-22 11:04Z",
        "general-inquiry",
        inquiry,
    ]


def test_nothing_that_a_patient_wrote_is_shown_or_even_read(
    deployed: Pipeline, operator: Operator
) -> None:
    deployed.between = no_mail
    body = json.dumps(answers("daughter-for-her-father")).encode()
    reply = deployed.send("POST", "/f/general-inquiry", body, content_type="application/json")
    assert reply.status == 200
    deployed.run()
    deployed.clock.shift(timedelta(minutes=5))
    read: list[bytes] = []
    operator.aws.dynamodb.meta.events.register(
        "after-call.dynamodb", lambda http_response, **_: read.append(http_response.content)
    )

    operator.types(commands.stalled)
    operator.types(commands.dead_letters)

    seen = "\n".join(operator.said) + b"".join(read).decode()
    typed = [value for value in leaves(answers("daughter-for-her-father")) if len(value) > 5]
    assert typed
    assert not [value for value in typed if value in seen]


def leaves(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from leaves(each)


def test_what_ses_took_after_it_was_given_up_is_not_sent_again() -> None:
    taken = Letter("a" * 26, TEAM_NEW, gave_up_at=NOW, sent_at=NOW, message_id="first")
    never = Letter("a" * 26, RECEIPT, gave_up_at=NOW)
    rows = Rows(letters={"a" * 26: {TEAM_NEW: taken, RECEIPT: never}})

    assert Recovery(None, rows).given_up() == [never]  # type: ignore[arg-type]


def test_what_was_given_up_stays_in_sight_until_it_is_sent_again(
    deployed: Pipeline, operator: Operator
) -> None:
    deployed.between = no_mail
    inquiry = post(deployed)
    deployed.clock.shift(BEYOND_HOPE)
    deployed.run()
    deployed.between = nothing
    assert deployed.case(inquiry).letters[RECEIPT].gave_up_at

    assert operator.types(commands.stalled) == 1
    assert any("gave up, last ThrottlingException" in line for line in operator.said)
    assert any("never tried again by itself" in line for line in operator.said)
    assert operator.types(commands.recover) == 0
    assert "2 letters given up (left: --given-up sends them again)" in operator.said[0]
    assert operator.types(commands.recover, given_up=True) == 0
    deployed.run()

    letters = deployed.case(inquiry).letters
    assert letters[TEAM_NEW].delivered_at
    assert letters[RECEIPT].delivered_at
    assert operator.types(commands.stalled) == 0


def test_a_bounce_is_over_for_the_senders_letters_alone(
    deployed: Pipeline, operator: Operator
) -> None:
    deployed.fate = ("Send", "Bounce")
    inquiry = post(deployed)
    deployed.run()
    assert deployed.case(inquiry).letters[TEAM_NEW].bounced_at

    assert operator.types(commands.stalled) == 1
    shown = [line.split()[1] for line in operator.said if line.startswith("  ")]
    assert sorted(shown) == ["team_fallback", "team_new"]  # the receipt's address is the sender's


@pytest.mark.parametrize("typed", ["id", "reference", "as dictated"])
def test_one_inquiry_is_found_with_all_that_happened_to_it(
    deployed: Pipeline, operator: Operator, typed: str
) -> None:
    deployed.fate = ("Send", "Bounce")
    inquiry = with_a_file(deployed)
    deployed.run()
    deployed.clock.shift(timedelta(minutes=16))
    deployed.run()
    reference = deployed.case(inquiry).inquiry.reference
    ways = {"id": inquiry, "reference": reference}
    ways["as dictated"] = reference.lower().replace("-", " ")

    assert operator.types(commands.find, inquiry=ways[typed]) == 0

    head, *rest = operator.said
    assert head.startswith(f"{inquiry}  {reference}  general-inquiry: received 2026-11-22 11:04Z")
    (letter,) = (line for line in rest if TEAM_NEW in line)
    assert letter.split()[1] == "bounced"
    assert "bounced 2026-11-22 11:" in letter
    (file,) = (line for line in rest if "file 0" in line)
    assert "arrived 2026-11-22 11:04Z" in file
    said = "".join(operator.said)
    assert not [word for word in ("Amina", "amina@", "b.pdf", "blood") if word in said]


@pytest.mark.parametrize("typed", ["INQ-XXXX-XXXX", "a" * 26, "Amina"])
def test_an_inquiry_that_is_not_there_is_said_to_be_none(operator: Operator, typed: str) -> None:
    assert operator.types(commands.find, inquiry=typed) == 1
    assert operator.said == [f"{typed}: no inquiry of this stack has this reference or id"]


def test_purged_queues_are_rebuilt_from_the_table(deployed: Pipeline, operator: Operator) -> None:
    inquiries = [post(deployed) for _ in range(3)]
    purge(operator)
    deployed.run()
    assert not deployed.mails

    operator.answer = False
    assert operator.types(commands.recover) == 1
    assert operator.count("TeamQueue") == 0
    operator.answer = True
    assert operator.types(commands.recover) == 0
    deployed.run()

    assert "6 letters and 0 files that were due" in operator.said[1]
    for inquiry in inquiries:
        assert deployed.case(inquiry).letters[TEAM_NEW].delivered_at
    assert len(deployed.mails) == 6
    operator.types(commands.recover)
    deployed.run()
    assert len(deployed.mails) == 6  # it may be run as often as one likes


def test_a_file_of_which_nobody_heard_is_checked(deployed: Pipeline, operator: Operator) -> None:
    inquiry = with_a_file(deployed)
    deployed.events.clear()
    purge(operator)
    deployed.clock.shift(timedelta(minutes=6))

    assert operator.types(commands.recover) == 0
    assert operator.said[0].startswith("1 files in quarantine without a verdict")
    deployed.run()

    (file,) = deployed.case(inquiry).files
    assert file.inspected_at


@pytest.mark.parametrize("command", [commands.stalled, commands.find, commands.recover])
def test_a_row_that_can_not_be_read_is_named_and_hides_no_other(
    deployed: Pipeline, operator: Operator, command: Callable[..., int]
) -> None:
    deployed.between = no_mail
    broken, inquiry = post(deployed), post(deployed)
    deployed.run()
    deployed.clock.shift(timedelta(minutes=16))
    item = {"pk": {"S": f"inquiry#{broken}"}, "sk": {"S": f"letter#{TEAM_NEW}"}}
    operator.aws.dynamodb.update_item(
        TableName=operator.deployed.table,
        Key=item,
        UpdateExpression="SET sent_at = :at",
        ExpressionAttributeValues={":at": {"S": "yesterday"}},
    )

    assert operator.types(command, inquiry=inquiry) == 1

    why = "can't be read and is left out: ask the developers"
    assert f"row inquiry#{broken} letter#{TEAM_NEW} {why}" in operator.said
    if command is commands.recover:
        assert any("3 letters and 0 files that were due" in line for line in operator.said)
    else:
        assert any(line.startswith("  ") and TEAM_NEW in line for line in operator.said)


def test_an_inquiry_that_can_not_be_read_keeps_no_other_s_letters_given_up(
    deployed: Pipeline, operator: Operator
) -> None:
    deployed.between = no_mail
    broken, inquiry = post(deployed), post(deployed)
    deployed.clock.shift(BEYOND_HOPE)
    deployed.run()
    deployed.between = nothing
    operator.aws.dynamodb.update_item(
        TableName=operator.deployed.table,
        Key={"pk": {"S": f"inquiry#{broken}"}, "sk": {"S": f"letter#{TEAM_NEW}"}},
        UpdateExpression="SET sent_at = :at",
        ExpressionAttributeValues={":at": {"S": "yesterday"}},
    )

    assert operator.types(commands.recover, given_up=True) == 1
    deployed.run()

    assert f"  {broken} {RECEIPT} can't be sent again: see its case page" in operator.said
    assert deployed.case(inquiry).letters[TEAM_NEW].delivered_at


def test_what_could_not_be_pushed_is_said(deployed: Pipeline, operator: Operator) -> None:
    post(deployed)
    purge(operator)
    refuse = refusal("AccessDeniedException", 400)
    operator.aws.dynamodb.meta.events.register(
        "before-send.dynamodb.UpdateItem",
        lambda request, **_: refuse("dynamodb.UpdateItem", request),
    )

    assert operator.types(commands.recover) == 1

    said = [line for line in operator.said if line.startswith("one of them could not be pushed: ")]
    assert len(said) == 2


def test_what_no_inquiry_claims_is_named_and_left(deployed: Pipeline, operator: Operator) -> None:
    key, uploads = f"{'a' * 26}/0001", operator.deployed.uploads
    operator.aws.s3.put_object(Bucket=uploads, Key=key, Body=b"%PDF-")
    deployed.events.clear()
    deployed.clock.shift(timedelta(days=1))

    assert operator.types(commands.recover) == 1
    deployed.run()

    assert f"  {key} lies in quarantine and no inquiry claims it: left as it is" in operator.said
    assert [found["Key"] for _, found in deployed.versions()] == [key]


def with_a_file(deployed: Pipeline) -> str:
    """Post an inquiry with something that is hardly a PDF; return its id."""
    return post_with_file(deployed, b"%PDF-1.4 not much")
