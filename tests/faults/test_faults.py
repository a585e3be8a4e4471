"""A short form of the campaign: enough to notice that something broke, in about a minute."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from tests.faults import days, exhaustive
from tests.faults.cases import SCENARIOS, run
from tests.faults.invariants import PROMISE
from tests.faults.machine import MINUTE, NOW, Machine, machine
from tests.faults.people import Patient
from tests.faults.plan import TICK, Boundary, Down, Exactly, Fault, Kind, Outage, Plan
from tests.handlers import ROOT

SINGLES, PAIRS, DAYS = 120, 60, (1, 2)
# Where something can go wrong. Whoever adds a call to a step is asked here whether it is right
# that this step may fail there.
CALLS = {
    "AcceptInquiry": {
        "dynamodb.GetItem",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
        "s3.PutObject",
        "sqs.SendMessage",
    },
    "CheckUpload": {
        "dynamodb.GetItem",
        "dynamodb.PutItem",
        "dynamodb.Query",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
        "s3.CopyObject",
        "s3.DeleteObject",
        "s3.GetObject",
        "s3.HeadObject",
        "sqs.SendMessage",
    },
    "NotifyTeam": {"dynamodb.Query", "dynamodb.UpdateItem", "sesv2.SendEmail"},
    "ReplyToSender": {"dynamodb.Query", "dynamodb.UpdateItem", "sesv2.SendEmail"},
    "RetryStalled": {"dynamodb.Query", "dynamodb.UpdateItem", "sqs.SendMessage"},
    "SignUpload": {
        "dynamodb.BatchGetItem",
        "dynamodb.Query",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
        "s3.ListParts",
        "sqs.SendMessage",
    },
    "TrackDelivery": {"dynamodb.GetItem", "dynamodb.UpdateItem"},
}
DELIVERIES = {
    *("Object Created", "GuardDuty Malware Protection Object Scan Result", "tick"),
    *("Email Sent team_new", "Email Delivered team_new"),
    *("Email Sent receipt", "Email Delivered receipt"),
    *("Email Sent receipt_2", "Email Delivered receipt_2"),
    *("Email Sent team_change", "Email Delivered team_change"),
    *("Email Sent team_withdrawn", "Email Delivered team_withdrawn"),
    *("message to CheckUpload", "message to NotifyTeam"),
    *("message to ReplyToSender", "message to TrackDelivery"),
}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Machine]:
    with machine() as made:
        yield made


def sample(cases: Sequence[exhaustive.Case], most: int) -> list[exhaustive.Case]:
    """Return as many of *cases*, the same each time."""
    return random.Random(1).sample(cases, most)


def test_a_good_day_breaks_nothing_and_rings_nothing(deployed: Machine) -> None:
    for scenario, patients in SCENARIOS.items():
        result = run(deployed, patients(), Plan(), quiet=20)

        assert not result.broken, scenario
        assert (result.inquiries, result.repeats) == (1, 0)
        assert not [each for each in deployed.watch.history if each.state == "ALARM"]


def test_everything_that_a_step_asks_of_aws_is_a_boundary(deployed: Machine) -> None:
    calls = defaultdict(set)
    for scenario in SCENARIOS:
        for at in exhaustive.boundaries(deployed, scenario):
            calls[at.who].add(at.what)

    assert {who: what - {"started"} for who, what in calls.items() if "started" in what} == CALLS
    assert {who for who, what in calls.items() if what == {"delivered"}} == DELIVERIES


def test_single_faults_lose_nothing(deployed: Machine) -> None:
    cases = exhaustive.singles(deployed)
    assert len(cases) >= 540

    for case in sample(cases, SINGLES):
        result = case.run(deployed)

        assert len(result.fired) == 1, case
        assert not result.broken, case
        assert result.repeats == 0, case


def test_pairs_of_faults_lose_nothing(deployed: Machine) -> None:
    dice = random.Random(1)
    firsts = dice.sample(exhaustive.firsts(deployed), PAIRS // 10)

    for first in firsts:
        seconds = exhaustive.pairs(deployed, first)
        for case in dice.sample(seconds, min(10, len(seconds))):
            result = case.run(deployed)

            assert len(result.fired) == 2, case
            assert not result.broken, case


@pytest.mark.parametrize("seed", DAYS)
def test_random_days_lose_nothing(deployed: Machine, seed: int) -> None:
    result = days.live(deployed, seed)

    assert not result.broken
    assert result.inquiries > days.ACCEPTED_A_DAY // 2
    assert len(result.fired) > 20


def without_mail(gone: Sequence[int]) -> Plan:
    """Return a plan: SES throttles for ten minutes, and sweeps of these minutes don't come."""
    ticks = [NOW + MINUTE * n for n in gone]
    return Down(
        [
            Outage({"sesv2"}, Kind.THROTTLED, NOW, NOW + 10 * MINUTE),
            *(Outage({TICK}, Kind.VANISHED, at, at + MINUTE / 2) for at in ticks),
        ]
    )


@pytest.mark.parametrize("gone", [(n,) for n in range(1, 7)])
@pytest.mark.parametrize("second", [1, 23, 59])
def test_a_sweep_that_does_not_come_keeps_no_alarm_from_ringing_in_time(
    deployed: Machine, second: int, gone: Sequence[int]
) -> None:
    late = Patient(comes_after=timedelta(seconds=second))
    result = run(deployed, [late], without_mail(gone), quiet=12)

    assert not result.broken
    assert len(result.alarmed_after) == 1
    assert max(result.alarmed_after) <= PROMISE


@pytest.mark.parametrize("gone", [(n, n + 1) for n in range(1, 6)] + [tuple(range(1, 20))])
@pytest.mark.parametrize("second", [1, 23, 59])
def test_two_in_a_row_may_cost_a_minute_and_no_more(
    deployed: Machine, second: int, gone: Sequence[int]
) -> None:
    late = Patient(comes_after=timedelta(seconds=second))
    result = run(deployed, [late], without_mail(gone), quiet=25)

    assert not result.broken
    assert max(result.alarmed_after) <= PROMISE + MINUTE


def test_when_answer_and_event_are_lost_a_repeat_says_so(deployed: Machine) -> None:
    """The one loss in which a letter comes twice: counted, and never silent."""
    faults = [
        Fault(Boundary("NotifyTeam", 1, 3, "sesv2.SendEmail"), Kind.LOST),
        Fault(Boundary("Email Sent team_new", 1, 0, "delivered"), Kind.VANISHED),
        Fault(Boundary("Email Delivered team_new", 1, 0, "delivered"), Kind.VANISHED),
    ]
    result = run(deployed, [Patient()], Exactly(faults))

    assert len(result.fired) == 3
    assert not result.broken
    assert result.repeats == 1


def test_the_same_seed_is_the_same_day_byte_for_byte() -> None:
    traces = [
        subprocess.run(
            [sys.executable, "-m", "tests.faults", "--seed", "4"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    ]

    assert traces[0] == traces[1]
    assert traces[0].count(b"\n") > 1000
