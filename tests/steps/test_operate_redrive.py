"""Dead letters go back to where they came from, once somebody mended what crashed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from infra.local.mailbox import Letter
from infra.local.ses_events import Said
from infra.operate import commands, dead
from infra.operate.commands import RefusedError
from infra.operate.redrive import Redrive
from intake.inquiry import RECEIPT, TEAM_NEW
from tests.handlers import PLACE
from tests.pipeline import NOW, Pipeline, pipeline
from tests.steps.operator import Operator, post

PATIENT = "amina@patients.example"
QUEUES = ["CheckDead", "TeamDead", "SenderDead", "DeliveryDead", "UndeliveredEvents"]


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


@pytest.fixture
def delivered(deployed: Pipeline, operator: Operator) -> dict[str, object]:
    """What SES says of a letter to a patient, addresses and all, which no queue took."""
    inquiry = post(deployed)
    deployed.fate = ("Send",)
    deployed.run()
    letter = next(mail for mail in deployed.mails if dict(mail.tags)["letter"] == RECEIPT)
    event = Said("Delivery", Letter(letter.id, letter.mail), PATIENT).as_event(PLACE.region)
    operator.bury(event)
    deployed.clock.shift(timedelta(minutes=1))
    return {"inquiry": inquiry, "event": event}


def test_a_dead_letter_goes_back_and_is_worked_on(deployed: Pipeline, operator: Operator) -> None:
    inquiry = post(deployed)
    operator.aws.sqs.purge_queue(QueueUrl=operator.queues["TeamQueue"])
    operator.send("TeamDead", {"inquiry": inquiry, "letter": TEAM_NEW})
    deployed.clock.shift(timedelta(seconds=1))

    assert operator.redrives() == 0

    assert operator.said[0] == "TeamDead: 1 put into TeamQueue"
    assert "back in TeamDead in about" in operator.said[1]
    assert operator.count("TeamDead") == 0
    deployed.run()
    assert deployed.case(inquiry).letters[TEAM_NEW].delivered_at


def test_what_stays_hides_nothing_that_can_go_however_long_it_takes(
    deployed: Pipeline, operator: Operator, delivered: dict[str, dict[str, object]]
) -> None:
    for n in range(10):
        operator.send("UndeliveredEvents", {"n": n})
    for _ in range(30):
        operator.bury(delivered["event"])
    deployed.clock.shift(timedelta(minutes=1))
    (queue,) = (q for q in dead.queues(operator.deployed) if q.name == "UndeliveredEvents")

    # Ten moves take longer than what stays is hidden for, so that it is seen again before the rest.
    slowly = Redrive(operator.deployed, sleep=lambda _: deployed.clock.shift(timedelta(seconds=31)))
    done = slowly.run(queue)

    assert (sum(done.moved.values()), len({each[0] for each in done.stay})) == (31, 10)


def test_only_the_named_queue_is_emptied(deployed: Pipeline, operator: Operator) -> None:
    for queue in ("TeamDead", "SenderDead"):
        operator.send(queue, {"inquiry": "a" * 26, "letter": "receipt"})
    deployed.clock.shift(timedelta(seconds=1))

    assert operator.redrives("SenderDead") == 0

    assert (operator.count("TeamDead"), operator.count("SenderQueue")) == (1, 1)
    with pytest.raises(RefusedError, match="TeamQueue: the queues are CheckDead"):
        operator.redrives("TeamQueue")


@pytest.mark.parametrize("typed", ["teamdead", "intake-TeamDead", "INTAKE-teamdead"])
def test_a_queue_is_known_by_aws_name_too_and_named_in_the_question(
    deployed: Pipeline, operator: Operator, typed: str
) -> None:
    for queue in ("TeamDead", "SenderDead"):
        operator.send(queue, {"inquiry": "a" * 26, "letter": "receipt"})
    deployed.clock.shift(timedelta(seconds=1))

    assert operator.redrives(typed) == 0

    assert operator.asked == ["Put 1 dead letter of TeamDead back? Is the cause mended?"]
    assert (operator.count("TeamDead"), operator.count("SenderDead")) == (0, 1)


def test_all_queues_are_named_in_the_question(operator: Operator) -> None:
    for queue in ("TeamDead", "SenderDead", "TeamDead"):
        operator.send(queue, {})
    operator.answer = False

    operator.redrives()

    assert operator.asked == [
        "Put 2 dead letters of TeamDead, 1 dead letter of SenderDead back? Is the cause mended?"
    ]


def test_nothing_moves_without_a_yes(deployed: Pipeline, operator: Operator) -> None:
    operator.send("TeamDead", {})
    deployed.clock.shift(timedelta(seconds=1))

    operator.answer = False
    assert operator.redrives() == 1
    operator.answer = None
    with pytest.raises(RefusedError, match="add --yes"):
        operator.redrives()

    assert operator.count("TeamDead") == 1


def test_an_event_becomes_what_its_rule_would_have_sent(
    deployed: Pipeline, operator: Operator, delivered: dict[str, object]
) -> None:
    assert PATIENT in json.dumps(delivered["event"])

    assert operator.redrives("UndeliveredEvents") == 0

    (body,) = operator.bodies("DeliveryQueue")
    assert set(body) == {"event", "message_id", "inquiry", "letter", "time"}
    assert (body["event"], body["inquiry"]) == ("Delivery", [delivered["inquiry"]])
    operator.send("DeliveryQueue", body)
    deployed.run()
    case = deployed.case(str(delivered["inquiry"]))
    assert case.letters[RECEIPT].delivered_at


def test_no_address_is_shown_or_carried_along(
    operator: Operator, delivered: dict[str, object]
) -> None:
    assert operator.types(commands.dead_letters) == 1
    assert "UndeliveredEvents: 1" in operator.said
    (line,) = (line for line in operator.said if "Email Delivered" in line)
    assert str(delivered["inquiry"]) in line
    assert "deletes it 2026-12-06" in line
    assert PATIENT not in "".join(operator.said)

    operator.redrives()

    answer = operator.aws.sqs.receive_message(
        QueueUrl=operator.queues["DeliveryQueue"], MessageAttributeNames=["All"]
    )
    (message,) = answer["Messages"]
    assert "@" not in message["Body"]
    assert "MessageAttributes" not in message


@pytest.mark.parametrize(
    ("attributes", "body", "why"),
    [
        ({}, {"detail-type": "Email Delivered"}, "does not name its rule"),
        ({"RULE_ARN": "arn:x:rule/gone"}, {}, "no rule gone with that target"),
        ({}, "not JSON", "lacks what its rule takes"),
        ({}, {"detail": {"mail": {"messageId": "m"}}}, "lacks what its rule takes"),
        ({"TARGET_ARN": "arn:aws:sqs:eu-west-2:1:elsewhere"}, {}, "with that target"),
    ],
    ids=["no rule", "a rule that is gone", "no JSON", "half an event", "another target"],
)
def test_what_cannot_be_transformed_stays_and_is_named(
    deployed: Pipeline,
    operator: Operator,
    attributes: dict[str, str],
    body: object,
    why: str,
) -> None:
    rule = PLACE.arn("events", "rule/intake-LetterDelivered")
    whence = {"RULE_ARN": rule, "TARGET_ARN": PLACE.arn("sqs", "intake-DeliveryQueue")}
    named = {} if "not name" in why else whence | attributes
    operator.send("UndeliveredEvents", body, **named)
    deployed.clock.shift(timedelta(seconds=1))

    assert operator.redrives() == 1

    (line,) = (line for line in operator.said if "stays" in line)
    assert why in line
    assert operator.count("UndeliveredEvents") == 1
    assert operator.count("DeliveryQueue") == 0


def test_what_crashed_again_since_the_redrive_began_is_not_moved_twice(
    deployed: Pipeline, operator: Operator
) -> None:
    operator.send("TeamDead", {"inquiry": "a" * 26, "letter": TEAM_NEW})
    deployed.clock.shift(timedelta(seconds=1))
    work = Redrive(operator.deployed)
    (queue,) = (one for one in dead.queues(operator.deployed) if one.name == "TeamDead")
    operator.send("TeamDead", {"inquiry": "b" * 26, "letter": TEAM_NEW})

    done = work.run(queue)

    deployed.clock.shift(timedelta(seconds=1))
    assert done.moved == {"TeamQueue": 1}
    ((_, about, why),) = done.stay
    assert (about, why[:5]) == (f"{'b' * 26} {TEAM_NEW}", "came ")
    assert operator.count("TeamDead") == 1


def test_whoever_stops_between_sending_and_deleting_loses_nothing(
    deployed: Pipeline, operator: Operator
) -> None:
    operator.send("TeamDead", {"inquiry": "a" * 26, "letter": TEAM_NEW})
    deployed.clock.shift(timedelta(seconds=1))
    refusal = ClientError({"Error": {"Code": "ServiceUnavailable"}}, "DeleteMessage")
    breaks = True

    def deny(**_: object) -> None:
        if breaks:
            raise refusal

    operator.aws.sqs.meta.events.register("before-call.sqs.DeleteMessage", deny)
    with pytest.raises(ClientError):
        operator.redrives()
    breaks = False
    assert operator.count("TeamQueue") == 1

    deployed.clock.shift(timedelta(minutes=5, seconds=1))
    assert operator.redrives() == 0

    assert operator.count("TeamQueue") == 2  # twice is harmless, never is not
    assert operator.count("TeamDead") == 0


def test_a_redrive_takes_its_time(deployed: Pipeline, operator: Operator) -> None:
    for _ in range(25):
        operator.send("TeamDead", {})
    deployed.clock.shift(timedelta(seconds=1))
    slept: list[float] = []
    (queue,) = (one for one in dead.queues(operator.deployed) if one.name == "TeamDead")

    done = Redrive(operator.deployed, slept.append).run(queue)

    assert done.moved == {"TeamQueue": 25}
    assert sum(slept) == pytest.approx(2.5)


def test_looking_at_dead_letters_leaves_them_for_the_alarm(operator: Operator) -> None:
    operator.send("CheckDead", {"bucket": "uploads", "key": f"{'a' * 26}/0001", "version": "v"})

    assert operator.types(commands.dead_letters) == 1

    assert operator.said[0] == "CheckDead: 1"
    assert f"({'a' * 26} file 0001), first sent {NOW:%Y-%m-%d %H:%M}Z" in operator.said[1]
    assert operator.count("CheckDead") == 1
    assert [line.partition(":")[0] for line in operator.said if line[0] != " "] == QUEUES


def test_without_dead_letters_there_is_nothing_to_ask(operator: Operator) -> None:
    operator.answer = None

    assert operator.redrives() == 0
    assert operator.said == ["No dead letters."]
