"""Pace and time: no faster than SES takes it, and no claim that an invocation's end cuts off."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ReadTimeoutError

import notify_team.handler
import reply_to_sender.handler
from intake.aws import clients
from intake.aws.ledger import LEASE
from intake.inquiry import RECEIPT, TEAM_NEW
from intake.letters import pace, rounds
from intake.letters.pace import Pace
from intake.reference import new_id
from tests.handlers import blueprint
from tests.steps.fast_mailroom import fast_mailroom
from tests.steps.mailroom import (
    ANSWERS,
    NOW,
    Mailroom,
    event,
    message,
    owed,
)

BATCH = 5
STEPS = {"team": (TEAM_NEW, "NotifyTeam"), "sender": (RECEIPT, "ReplyToSender")}


class Passing:
    """A step in time that only passes where somebody waits; it has the template's seconds."""

    def __init__(self, room: Mailroom, step: str, interval: float = 0) -> None:
        self.room, self.seconds = room, 0.0
        self.kind, function = STEPS[step]
        self.timeout = blueprint().functions[function].timeout
        self.sent_at: list[float] = []
        wired = {"team": notify_team.handler, "sender": reply_to_sender.handler}[step].wiring()
        self.desk = replace(wired, pace=Pace(interval, lambda: self.seconds, self.wait))
        room.on("sesv2", "SendEmail", lambda *_: self.sent_at.append(self.seconds))

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.room.clock.shift(timedelta(seconds=seconds))

    def invoke(self, *inquiries: str) -> None:
        """Run one batch; fail if Lambda would have ended it, or a message comes again."""
        ends = self.seconds + self.timeout
        bodies = [json.dumps(message(self.kind, each)) for each in inquiries]
        event = {"Records": [{"messageId": str(n), "body": b} for n, b in enumerate(bodies)]}
        answer = rounds.post_each(
            event, self.desk, Logger(), lambda: max(0, int((ends - self.seconds) * 1000))
        )
        assert answer == {"batchItemFailures": []}
        assert self.seconds < ends

    def slow(self, service: str, operation: str, seconds: float) -> None:
        """Have each such call take this long."""
        self.room.on(service, operation, lambda *_: self.wait(seconds))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    with fast_mailroom(monkeypatch) as opened:
        yield opened


def owing(room: Mailroom, kind: str, count: int = BATCH) -> list[str]:
    """Store inquiries that each owe one letter, from senders of their own; return their ids."""
    inquiries = [new_id() for _ in range(count)]
    for n, each in enumerate(inquiries):
        contact = ANSWERS["contact"] | {"email": f"ada{n}@patient.example"}
        room.store(owed(kind), id=each, answers=ANSWERS | {"contact": contact})
    return inquiries


# ---- Pace -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "concurrency", "interval"), [("1", "2", 4), ("14", "2", 4 / 14), ("0.5", "5", 20)]
)
def test_all_processes_of_both_steps_share_the_rate(
    rate: str, concurrency: str, interval: float
) -> None:
    assert pace.share(rate, concurrency).interval == interval


@pytest.mark.parametrize(("rate", "concurrency"), [("0", "2"), ("-1", "2"), ("1", "0"), ("x", "2")])
def test_a_rate_that_is_none_stops_the_step_before_it_begins(rate: str, concurrency: str) -> None:
    with pytest.raises(ValueError, match=r"MAILS_PER_SECOND|could not convert"):
        pace.share(rate, concurrency)


def test_a_second_invocation_of_the_same_process_keeps_the_pace_too(room: Mailroom) -> None:
    passing = Passing(room, "team", interval=4)
    for each in owing(room, TEAM_NEW, 3):
        passing.invoke(each)

    assert passing.sent_at == [0, 4, 8]


def test_what_is_not_sent_does_not_wait_for_its_turn(room: Mailroom) -> None:
    passing = Passing(room, "team", interval=4)
    (due,) = owing(room, TEAM_NEW, 1)
    passing.invoke(due, due, due, new_id())

    assert passing.seconds == 0
    assert len(room.sent) == 1


# ---- Time -----------------------------------------------------------------------------------


def test_the_longest_that_aws_may_keep_us_waiting_is_what_the_clients_allow() -> None:
    table, ses = (clients.client(name).meta.config for name in ("dynamodb", "sesv2"))

    assert table.read_timeout * table.retries["total_max_attempts"] == pace.TABLE_TAKES
    assert ses.connect_timeout + ses.read_timeout == pace.SES_TAKES
    assert ses.retries["total_max_attempts"] == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_claim_outlasts_its_invocation_which_has_time_for_a_letter(step: str) -> None:
    _, function = STEPS[step]
    deployed = blueprint().functions[function]

    assert deployed.timeout < LEASE.total_seconds()
    assert deployed.timeout > pace.BEGINNING_TAKES


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", ["late", "lost"])
def test_while_ses_is_slow_no_invocation_ends_with_a_claim_and_nothing_comes_twice(
    room: Mailroom, step: str, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    passing = Passing(room, step, interval=4)
    passing.slow("sesv2", "SendEmail", pace.SES_TAKES)
    if answer == "lost":
        room.on("sesv2", "SendEmail", _taken_in_silence)
    inquiries = owing(room, passing.kind)
    passing.invoke(*inquiries)
    first = len(room.sent)
    letters = [room.letter(passing.kind, each) for each in inquiries]
    for _ in range(3):
        _report(room)
        passing.wait(60)
        passing.invoke(*inquiries)

    assert 0 < first < BATCH
    assert [letter.attempts for letter in letters] == [1] * first + [0] * (BATCH - first)
    assert all(letter.due_at == NOW for letter in letters[first:])
    left = [each for each in caplog.messages if each == "letter left for later"]
    assert len(left) >= BATCH - first
    assert len(room.sent) == BATCH


@pytest.mark.parametrize("step", STEPS)
def test_while_the_table_is_slow_too_what_was_claimed_is_sent_or_given_back(
    room: Mailroom, step: str
) -> None:
    passing = Passing(room, step, interval=4)
    passing.slow("dynamodb", "", pace.TABLE_TAKES - 0.1)
    passing.slow("sesv2", "SendEmail", pace.SES_TAKES)
    inquiries = owing(room, passing.kind)
    room.mend()
    passing.slow("dynamodb", "", pace.TABLE_TAKES - 0.1)
    passing.slow("sesv2", "SendEmail", pace.SES_TAKES)
    passing.invoke(*inquiries)
    room.mend()

    letters = [room.letter(passing.kind, each) for each in inquiries]
    assert room.sent
    assert not any(letter.claimed_at and letter.in_doubt for letter in letters)


def test_a_letter_that_has_no_time_left_after_its_claim_is_put_off_without_doubt(
    room: Mailroom,
) -> None:
    passing = Passing(room, "team")
    (due,) = owing(room, TEAM_NEW, 1)
    passing.slow("dynamodb", "Query", passing.timeout - pace.SENDING_TAKES + 1)
    passing.invoke(due)

    letter = room.letter(TEAM_NEW, due)
    assert (letter.reason, letter.in_doubt, letter.sent_at) == ("no_time", False, None)
    assert room.sent == []


def test_letters_that_wait_in_a_long_queue_ring_and_then_leave(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    passing = Passing(room, "team", interval=20)
    waiting = owing(room, TEAM_NEW, 20)
    rung = []
    for minute in range(1, 10):
        for _ in range(2):
            passing.invoke(*[each for each in waiting if not _sent(room, each)][:BATCH])
        passing.wait(max(0, minute * 60 - passing.seconds))
        retry = _overdue(room, capsys)
        rung.append((minute, retry))

    assert rung[0] == (1, 0)
    assert all(overdue > 0 for _, overdue in rung[2:5]), rung
    assert all(after - before >= 20 for before, after in itertools.pairwise(passing.sent_at))
    assert rung[-1][1] < rung[4][1]


def _sent(room: Mailroom, inquiry: str) -> bool:
    return room.letter(TEAM_NEW, inquiry).sent_at is not None


def _overdue(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> float:
    capsys.readouterr()
    room.look()
    lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    return sum(sum(line.get("LettersOverdue", [0])) for line in lines)


def _report(room: Mailroom) -> None:
    """Have SES report what it took, which closes what is in doubt."""
    tags = [{tag["Name"]: tag["Value"] for tag in mail["EmailTags"]} for mail in room.sent]
    room.run("delivery", *(event("Send", tag["letter"], inquiry=tag["inquiry"]) for tag in tags))


def _taken_in_silence(_name: str, do: Callable[[], Any]) -> None:
    do()
    raise ReadTimeoutError(endpoint_url="https://email")
