"""A letter that staff had sent again: what was on its way before does not end it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from intake import clock
from intake.aws import clients
from intake.aws.casework import Note
from intake.aws.decisions import Decisions
from intake.aws.revisions import Revisions
from intake.inquiry import TEAM_FALLBACK, TEAM_NEW
from tests.steps.fast_mailroom import fast_mailroom
from tests.steps.mailroom import NOW, TABLE, Mailroom, event, message, owed

PERMANENT = {"bounce_type": "Permanent", "bounce_subtype": "General"}
TWENTY = NOW + timedelta(minutes=20)
SECOND = timedelta(seconds=1)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    with fast_mailroom(monkeypatch) as opened:
        yield opened


def send_again(room: Mailroom) -> None:
    """Have staff ask for the letter once more."""
    note = Note(clock.text(clock.now()), "w", "W", "resend", letter=TEAM_NEW)
    decisions = Decisions(Revisions(clients.client("dynamodb"), TABLE))
    decisions.resend(room.inquiry(), note, room.letter(TEAM_NEW))


def send_first(room: Mailroom) -> str:
    """Send the letter, and forget its mail; return the mail's id."""
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))
    room.sent.clear()
    return str(room.letter(TEAM_NEW).message_id)


def undelivered(room: Mailroom) -> str:
    """Have the letter end without a word of SES; return the mail's id."""
    room.store(owed(TEAM_FALLBACK, sent_at=NOW, due_at=None, delivered_at=NOW))
    first = send_first(room)
    room.clock.move_to(NOW + timedelta(minutes=16))
    room.look()
    assert room.letter(TEAM_NEW).undelivered_at
    room.sent.clear()
    room.clock.move_to(TWENTY)
    return first


def at_call(number: int, then: Callable[[], None]) -> Callable[[str, Any], None]:
    """Have something happen before one of the calls to come."""
    made = []

    def hook(_name: str, _do: Any) -> None:
        made.append(1)
        if len(made) == number:
            then()

    return hook


def leaves_within_minutes(room: Mailroom, since: datetime) -> bool:
    """Tell whether the letter that was asked for again is sent."""
    room.mend()
    for minutes in range(1, 8):
        room.clock.move_to(since + timedelta(minutes=minutes))
        room.sweep()
    return any({"Name": "letter", "Value": TEAM_NEW} in mail["EmailTags"] for mail in room.sent)


@pytest.mark.parametrize("more", [{"event": "Send"}, {"event": "Bounce"} | PERMANENT])
def test_an_event_that_is_being_written(room: Mailroom, more: dict[str, Any]) -> None:
    first = undelivered(room)

    def meanwhile() -> None:
        room.clock.move_to(TWENTY + SECOND)
        send_again(room)

    room.on("dynamodb", "", at_call(2, meanwhile))
    name = more["event"]
    room.run("delivery", event(name, TEAM_NEW, at=TWENTY) | more | {"message_id": first})

    assert leaves_within_minutes(room, TWENTY)


def test_a_sweep_that_is_closing_it(room: Mailroom) -> None:
    first, at = send_first(room), NOW + timedelta(minutes=16)
    room.clock.move_to(at)

    def meanwhile() -> None:
        room.clock.move_to(at + SECOND)
        bounced = event("Bounce", TEAM_NEW, at=at) | PERMANENT | {"message_id": first}
        room.run("delivery", bounced)
        room.clock.move_to(at + 3 * SECOND)
        send_again(room)

    room.on("dynamodb", "PutItem", at_call(1, meanwhile))
    room.look()

    assert leaves_within_minutes(room, at)
