"""What SES tells of one letter, in any order and number: what is left, and who hears of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.inquiry import RECEIPT, TEAM_FALLBACK, TEAM_FOLLOW_UP, TEAM_NEW, Letter
from tests.steps.fast_mailroom import fast_mailroom
from tests.steps.mailroom import (
    FALLBACK,
    INQUIRY,
    NOW,
    SENDER,
    TEAM,
    Mailroom,
    a_file,
    event,
    message,
    owed,
)

QUARTER = timedelta(minutes=15)
STAMPS = (
    *("sent_at", "delivered_at", "delayed_at", "soft_bounced_at", "bounced_at"),
    *("complained_at", "rejected_at", "undelivered_at"),
)


@dataclass(frozen=True)
class Told:
    """One thing that SES says, the stamp it leaves, and what it means."""

    name: str
    stamp: str
    bounce: tuple[str, str] | None = None
    failed: bool = False  # the reader does not have it
    address: str | None = None  # what it says of a sender's address

    def as_event(self, inquiry: str, kind: str, at: datetime) -> Any:
        words = dict(zip(("bounce_type", "bounce_subtype"), self.bounce or (), strict=False))
        return event(self.name, kind, at=at, inquiry=inquiry, **words)


def hard(subtype: str) -> Told:
    return Told("Bounce", "bounced_at", ("Permanent", subtype), failed=True, address="bounced")


def soft(subtype: str) -> Told:
    return Told("Bounce", "soft_bounced_at", ("Transient", subtype))


SENT = Told("Send", "sent_at")
DELIVERED = Told("Delivery", "delivered_at")
DELAYED = Told("DeliveryDelay", "delayed_at")
ALL = (
    *(SENT, DELIVERED, DELAYED),
    *map(soft, ("General", "MailboxFull", "ContentRejected")),
    *map(hard, ("General", "NoEmail", "Suppressed", "OnAccountSuppressionList")),
    Told("Bounce", "bounced_at", ("Undetermined", "Undetermined"), failed=True),
    Told("Complaint", "complained_at", failed=True, address="complained"),
    Told("Reject", "rejected_at", failed=True, address="rejected"),
    Told("RenderingFailure", "rejected_at", failed=True),
)
# Of those that are treated alike, the first: pairs of all would take minutes.
KINDS = tuple({(told.stamp, told.failed, told.address): told for told in reversed(ALL)}.values())
# In between: a quarter of an hour passes, and the sweep looks.
WAIT = None


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    with fast_mailroom(monkeypatch) as opened:
        yield opened


class Fate:
    """One letter that SES took, and what has become of it."""

    def __init__(self, room: Mailroom, kind: str, *, answered: bool = True) -> None:
        self.room, self.kind, self.inquiry = room, kind, INQUIRY
        self.first: dict[str, datetime] = {}
        self.fails = self.is_open = False
        room.clock.move_to(NOW)
        room.sent.clear()
        room.forget(kind, TEAM_FALLBACK)
        room.store(owed(kind), files=(a_file(0, 0, "refused"),), confirmed_at=NOW)
        if not answered:
            room.on("sesv2", "SendEmail", self._lose)
        room.run("sender" if kind == RECEIPT else "team", message(kind, self.inquiry))
        room.mend()
        self.answered = answered
        if answered:
            self.first["sent_at"] = NOW
        self.is_open = True

    def _lose(self, _name: str, do: Callable[[], Any]) -> None:
        do()
        raise ReadTimeoutError(endpoint_url="https://email")

    @property
    def letter(self) -> Letter:
        return self.room.letter(self.kind, self.inquiry)

    def follow(self, course: Sequence[Told | None]) -> None:
        """Let it all happen, one second after the other; nothing written ever changes."""
        for told in course:
            before = {stamp: getattr(self.letter, stamp) for stamp in STAMPS}
            self._wait() if told is WAIT else self._tell(told)
            after = {stamp: getattr(self.letter, stamp) for stamp in STAMPS}
            assert {**after, **{k: v for k, v in before.items() if v}} == after, course

    def _tell(self, told: Told) -> None:
        self.room.clock.shift(timedelta(seconds=1))
        now = datetime.now(NOW.tzinfo)
        at = now.replace(microsecond=0)
        body = told.as_event(self.inquiry, self.kind, at)
        assert self.room.run("delivery", body, body) == []
        if told.name not in {"Reject", "RenderingFailure"}:
            self.first.setdefault("sent_at", at)
        self.first.setdefault(told.stamp, at)
        self.fails = self.fails or told.failed
        self.is_open = self.is_open and not (told.failed or told is DELIVERED)

    def _wait(self) -> None:
        self.room.clock.shift(QUARTER)
        now = datetime.now(NOW.tzinfo)
        self.room.sweep()
        if self.is_open and "sent_at" in self.first:
            self.first["undelivered_at"] = now
            self.fails, self.is_open = True, False

    def mails_to(self, address: str) -> int:
        return sum(mail["Destination"]["ToAddresses"] == [address] for mail in self.room.sent)

    def stamps(self) -> dict[str, datetime]:
        letter = self.letter
        return {name: at for name in STAMPS if (at := getattr(letter, name))}


def rings(capsys: pytest.CaptureFixture[str]) -> float:
    lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    return sum(sum(line.get("LettersUndelivered", [0])) for line in lines)


def assert_the_team_heard(fate: Fate, capsys: pytest.CaptureFixture[str], course: Any) -> None:
    """One mail of each kind at the most; a fallback and an alarm where the team lacks theirs."""
    fate.follow([WAIT])
    assert fate.stamps() == fate.first, course
    assert fate.mails_to(TEAM) == 1, course
    assert fate.mails_to(FALLBACK) == fate.fails, course
    assert bool(rings(capsys)) is fate.fails, course
    assert fate.letter.due_at is None, course
    if fate.fails:
        followed = event("Delivery", TEAM_FALLBACK, inquiry=fate.inquiry)
        assert fate.room.run("delivery", followed) == []
        assert fate.room.letter(TEAM_FALLBACK).due_at is None, course


@pytest.mark.parametrize("kind", [TEAM_NEW, TEAM_FOLLOW_UP])
def test_of_any_two_things_told_twice_the_team_s_letter_keeps_each_and_fails_once(
    room: Mailroom, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    for course in itertools.product(KINDS, KINDS) if kind == TEAM_NEW else zip(ALL, strict=True):
        fate = Fate(room, kind)
        fate.follow(course)

        assert_the_team_heard(fate, capsys, course)


def test_without_ses_s_answer_whatever_it_tells_ends_the_right_to_send_again(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    for told in ALL:
        fate = Fate(room, TEAM_NEW, answered=False)
        fate.follow([told])

        assert_the_team_heard(fate, capsys, told)


@pytest.mark.parametrize("late", ALL, ids=lambda told: "-".join((told.name, *(told.bounce or ()))))
def test_what_comes_after_the_fallback_is_written_and_sends_nothing_more(
    room: Mailroom, capsys: pytest.CaptureFixture[str], late: Told
) -> None:
    fate = Fate(room, TEAM_NEW)
    fate.follow([DELAYED, soft("MailboxFull"), WAIT, late])

    assert fate.letter.undelivered_at == NOW + QUARTER + timedelta(seconds=2)
    assert_the_team_heard(fate, capsys, late)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(course=st.lists(st.sampled_from((*ALL, WAIT)), max_size=8))
def test_in_any_order_and_number_and_with_the_sweep_in_between(
    room: Mailroom, capsys: pytest.CaptureFixture[str], course: list[Told | None]
) -> None:
    fate = Fate(room, TEAM_NEW)
    fate.follow(course)

    assert_the_team_heard(fate, capsys, course)


def test_an_address_fails_for_good_by_what_proves_it_and_by_nothing_else(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    proving = [told for told in KINDS if told.address]
    for course in (*zip(ALL, strict=True), *itertools.permutations([DELIVERED, *proving], 2)):
        fate = Fate(room, RECEIPT)
        fate.follow([*course, WAIT])

        proofs = [told.address for told in course if told.address]
        failed = room.inquiry(fate.inquiry)
        assert failed.address_failure == (proofs[0] if proofs else None), course
        assert fate.stamps() == fate.first, course
        assert (fate.mails_to(SENDER), len(room.sent)) == (1, 1), course
        assert rings(capsys) == 0, course
        assert fate.letter.due_at is None, course


def test_no_number_of_automatic_answers_makes_a_mail(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in (TEAM_NEW, RECEIPT):
        fate = Fate(room, kind)
        fate.follow([DELIVERED, *[soft("General")] * 20, WAIT, *[soft("General")] * 20, WAIT])

        assert len(room.sent) == 1
        assert room.shards() == []
    assert rings(capsys) == 0


def test_where_one_of_several_readers_has_it_and_another_does_not_the_office_hears_too(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [TEAM, "nurse@clinic.example"]
    room.configure(TEAM_RECIPIENTS=json.dumps({"default": both}))
    for course in itertools.permutations([DELIVERED, DELIVERED, hard("NoEmail"), SENT]):
        fate = Fate(room, TEAM_NEW)
        fate.follow(course)

        assert [mail["Destination"]["ToAddresses"] for mail in room.sent] == [both]
        fate.room.run("team", *room.waiting("team"))
        assert fate.mails_to(FALLBACK) == 1
        assert fate.stamps() == fate.first
    assert rings(capsys) > 0
