"""Every alarm rings for what it is there for, and is over when that is mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest

from infra.local.functions import FunctionFailedError
from infra.local.scanner import as_event
from infra.local.ses_events import Said
from infra.local.stored import Stored, clean, harmful
from tests.alarms import ALARM, INSUFFICIENT, OK, alarms
from tests.handlers import PLACE, blueprint
from tests.journey.breaking import killed, no_connection, of, refusal
from tests.pipeline import nothing
from tests.published import Published, published
from tests.records import small
from tests.steps.canaries import aviary
from tests.steps.operator import answers, post, post_with_file

DAY = timedelta(days=1)
PROMISE = timedelta(minutes=5)
SENDING = "sesv2.SendEmail"
THROTTLED = refusal("TooManyRequestsException", 429)
# Half a minute past a visibility time-out, the longest of them.
VISIBLE_AGAIN = timedelta(minutes=30, seconds=30)
ATTEMPTS = 5

Act = Callable[[Published], None]


@dataclass(frozen=True)
class Case:
    """How an alarm is made to ring, and how that is mended."""

    breaks: Act
    mends: Act


def a_while(world: Published) -> None:
    """Have everything work again."""
    world.pipeline.between = nothing
    world.minutes(9)


# ---- The promise --------------------------------------------------------------------------------


def no_letter_leaves(world: Published) -> None:
    world.pipeline.between = of(SENDING, THROTTLED)
    post(world.pipeline)
    world.minutes(6)


def sent_at_last(world: Published) -> None:
    """Have SES take mail again; the next attempt may be ten minutes away."""
    world.pipeline.between = nothing
    world.minutes(15)


def nobody_sweeps(world: Published) -> None:
    world.minutes(5, sweep=False)


def the_team_s_address_bounces(world: Published) -> None:
    world.pipeline.fate = ("Send", "Bounce")
    post(world.pipeline)
    world.minutes(1)
    world.pipeline.fate = ("Send", "Delivery")


def no_letter_leaves_for_two_days(world: Published) -> None:
    no_letter_leaves(world)
    world.skip(2 * DAY)
    world.minutes(3)


def nobody_opens_it(world: Published) -> None:
    post(world.pipeline)
    for _ in range(8):
        world.minutes(3)
        world.skip(DAY)


def the_scanner_is_silent(world: Published) -> None:
    world.pipeline.scanner = lambda _stored: None
    post_with_file(world.pipeline, small.pdf())
    world.minutes(40)


def scanned_at_last(world: Published) -> None:
    """Have every file scanned that is asked for again, three hours later at most."""
    world.pipeline.scanner = lambda _stored: clean()
    world.skip(timedelta(hours=3))
    world.minutes(4)


def nobody_decides(world: Published) -> None:
    the_scanner_is_silent(world)
    world.skip(6 * DAY)
    world.minutes(3)


def malware_in_what_was_clean(world: Published) -> None:
    pipeline = world.pipeline
    inquiry = post_with_file(pipeline, small.pdf())
    world.minutes(3)
    (file,) = pipeline.case(inquiry).files
    (plan,) = blueprint().scan_plans
    stored = Stored(boto3.client("s3"), plan.bucket, file.key, str(file.version), "", 0)
    pipeline.events.append(as_event(plan.arn, stored, harmful("Eicar"), PLACE.region))
    world.minutes(2)


def no_queue_takes_anything(world: Published) -> None:
    world.pipeline.between = of("sqs.SendMessage", no_connection)
    post(world.pipeline)
    world.minutes(10)


def taken_at_last(world: Published) -> None:
    world.pipeline.between = nothing
    world.minutes(18)


# ---- Queues -------------------------------------------------------------------------------------


def named(queue: str) -> str:
    (name,) = (name for name, made in blueprint().queues.items() if made.logical_id == queue)
    return name


def a_message_crashes_once(world: Published) -> None:
    world.pipeline.put(named("TeamQueue"), "{}")
    world.minutes(1)


def a_message_crashes_for_ever(queue: str, world: Published) -> None:
    world.pipeline.put(named(queue), "{}")
    for _ in range(ATTEMPTS):
        world.minutes(1)
        world.skip(VISIBLE_AGAIN)
    world.minutes(2)


def redriven(queue: str, world: Published) -> None:
    world.pipeline.purge(named(queue))
    world.minutes(8, sweep=False)


def an_event_fits_nowhere(world: Published) -> None:
    post(world.pipeline)
    world.minutes(1)
    event = Said("Delivery", world.pipeline.mails[0], "").as_event(PLACE.region)
    del event["detail"]["mail"]["messageId"]
    world.pipeline.events.append(event)
    world.minutes(2)


def nobody_reads(queue: str, world: Published) -> None:
    world.pipeline.put(named(queue), "{}")
    world.minutes(22, sweep=False, work=False)


# ---- What AWS's own services tell of ------------------------------------------------------------


def it_raises(function: str, world: Published) -> None:
    """Hand over what is no event; steps that wait for none are killed at their first call."""
    world.pipeline.between = killed
    with pytest.raises(FunctionFailedError):
        world.pipeline.handlers.invoke(blueprint().functions[function].arn, {})
    world.pipeline.between = nothing
    world.minutes(1)


def it_is_not_started(function: str, world: Published) -> None:
    world.throttle(function)
    world.minutes(1)


def the_door_jams(world: Published) -> None:
    world.pipeline.between = of("dynamodb", killed)
    reply = world.ask(
        "POST",
        "/f/general-inquiry",
        json.dumps(answers()).encode(),
        content_type="application/json",
    )
    assert reply.status == 500
    world.pipeline.between = nothing
    world.minutes(1)


def ses_says(metric: str, share: float, world: Published) -> None:
    world.rate(metric, share)
    world.minutes(61, sweep=False, work=False)


FUNCTIONS = (
    *("ShowForm", "AcceptInquiry", "SignUpload", "CheckUpload", "NotifyTeam", "ReplyToSender"),
    *("TrackDelivery", "OpenCase", "ShowSite", "RetryStalled", "SendCanary", "ReportQuarantine"),
)
CASES: dict[str, Case] = {
    "LettersOverdue": Case(no_letter_leaves, sent_at_last),
    "RetryStalledSilent": Case(nobody_sweeps, a_while),
    "LettersUndelivered": Case(the_team_s_address_bounces, a_while),
    "LettersGivenUp": Case(no_letter_leaves_for_two_days, a_while),
    "UnopenedPastServiceDate": Case(nobody_opens_it, a_while),
    "WithheldTooLong": Case(nobody_decides, scanned_at_last),
    "FilesUnscanned": Case(the_scanner_is_silent, scanned_at_last),
    "FilesWithdrawn": Case(malware_in_what_was_clean, a_while),
    "QueueErrors": Case(no_queue_takes_anything, taken_at_last),
    "MessagesFailed": Case(a_message_crashes_once, partial(redriven, "TeamQueue")),
    "UndeliveredEventsWaiting": Case(an_event_fits_nowhere, partial(redriven, "UndeliveredEvents")),
    "ApiFails": Case(the_door_jams, a_while),
}
for each in ("Check", "Team", "Sender", "Delivery"):
    dead, live = f"{each}Dead", f"{each}Queue"
    CASES[f"{dead}Letters"] = Case(
        partial(a_message_crashes_for_ever, live), partial(redriven, dead)
    )
    CASES[f"{live}Old"] = Case(partial(nobody_reads, live), partial(redriven, live))
for each in FUNCTIONS:
    CASES[f"{each}Errors"] = Case(partial(it_raises, each), a_while)
    CASES[f"{each}Throttles"] = Case(partial(it_is_not_started, each), a_while)
for each, bad, good in [("BounceRate", 0.02, 0.019), ("ComplaintRate", 0.0005, 0.0004)]:
    metric = f"Reputation.{each}"
    CASES[each] = Case(partial(ses_says, metric, bad), partial(ses_says, metric, good))


OURS = [alarm.name for alarm in alarms() if alarm.namespace == "ClinicIntake"]
THEIRS = [name for name in CASES if name not in OURS]


@pytest.mark.parametrize("name", [name for name in CASES if name in OURS])
def test_an_alarm_rings_and_is_over_when_its_cause_is_mended(name: str) -> None:
    with published() as world:
        rings_and_is_over(name, world)


def rings_and_is_over(name: str, world: Published) -> None:
    world.minutes(4)
    assert world.watch.state[name] != ALARM

    CASES[name].breaks(world)
    assert world.rang(name)

    CASES[name].mends(world)
    assert world.watch.state[name] == OK


def test_alarms_on_what_aws_publishes_ring_and_are_over_when_all_is_mended() -> None:
    with published() as world:
        world.minutes(4)
        assert world.watch.ringing == set()

        for name in THEIRS:
            CASES[name].breaks(world)
        assert [name for name in THEIRS if not world.rang(name)] == []

        for mend in dict.fromkeys(CASES[name].mends for name in THEIRS):
            mend(world)
        a_while(world)
        assert {world.watch.state[name] for name in THEIRS} == {OK}


def test_two_canaries_that_do_not_come_through_ring_and_the_next_one_is_good_news() -> None:
    with aviary() as canaries:
        world = Published(canaries.pipeline)
        canaries.closed = (503, {}, b"")
        for _ in range(3):
            canaries.fly()
            world.minutes(15, sweep=False)
        assert world.watch.state["CanaryMissing"] == ALARM

        canaries.closed = None
        for _ in range(3):
            canaries.fly()
            world.minutes(15, sweep=False)
        assert world.watch.state["CanaryMissing"] == OK


def test_a_canary_that_nobody_sends_rings_within_the_hour() -> None:
    with aviary() as canaries:
        world = Published(canaries.pipeline)
        canaries.fly()
        world.minutes(76, sweep=False)

        assert world.watch.state["CanaryMissing"] == ALARM


def test_every_alarm_has_such_a_case() -> None:
    assert {*CASES, "CanaryMissing"} == {alarm.name for alarm in alarms()}


def test_a_good_day_rings_nothing() -> None:
    with aviary() as canaries:
        world = Published(canaries.pipeline)
        for quarter in range(4):
            canaries.fly()
            post(world.pipeline)
            if quarter == 0:
                post_with_file(world.pipeline, small.pdf())
            world.minutes(15)

        assert {change.name for change in world.watch.history if change.state == ALARM} == set()
        quiet = {name for name, state in world.watch.state.items() if state == INSUFFICIENT}
        assert quiet == {"BounceRate", "ComplaintRate"}


@pytest.mark.parametrize("second", [1, 29, 59])
def test_a_letter_that_cannot_leave_rings_within_five_minutes(second: int) -> None:
    with published() as world:
        world.minutes(4)
        world.pipeline.between = of(SENDING, THROTTLED)
        world.pipeline.clock.shift(timedelta(seconds=second))
        post(world.pipeline)
        owed_at = datetime.now(UTC)
        world.pipeline.run()
        world.pipeline.clock.shift(timedelta(seconds=60 - second))
        world.minutes(6)

        rang_at = world.rang("LettersOverdue")
        assert rang_at
        assert rang_at - owed_at <= PROMISE
