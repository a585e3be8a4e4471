"""track_delivery: what SES reports ends up in the ledger, in any order, any number of times."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from moto.core.models import botocore_stubber

from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPT,
    RECEIPTS,
    SENDER_LETTERS,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UP,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    TEAM_REMINDER,
    Letter,
)
from tests.steps.mailroom import (
    FALLBACK,
    INQUIRY,
    NOW,
    REFERENCE,
    Killed,
    Mailroom,
    event,
    mailroom,
    message,
    owed,
    own_clients,
    subject,
)

SENT = Letter(
    INQUIRY,
    TEAM_NEW,
    due_at=NOW + timedelta(minutes=15),
    owed_at=NOW,
    claimed_at=NOW,
    sent_at=NOW,
    message_id="ses-message-id",
)
LATER = NOW + timedelta(seconds=7)
PERMANENT = {"bounce_type": "Permanent", "bounce_subtype": "General"}
TRANSIENT = {"bounce_type": "Transient", "bounce_subtype": "MailboxFull"}
# SES's developer guide, "Bounce types".
HARD = ("General", "NoEmail", "Suppressed", "OnAccountSuppressionList")
SOFT = (
    *("General", "MailboxFull", "MessageTooLarge"),
    *("CustomTimeoutExceeded", "ContentRejected", "AttachmentRejected"),
)
DAY = timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
def _clients() -> Iterator[None]:
    with own_clients():
        yield


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    with mailroom(monkeypatch) as opened:
        yield opened


def failure(name: str) -> Any:
    return event(name, TEAM_NEW, at=LATER, **(PERMANENT if name == "Bounce" else {}))


def test_a_delivery_ends_the_letter(room: Mailroom) -> None:
    room.store(SENT)
    assert room.run("delivery", event("Delivery", TEAM_NEW, at=LATER)) == []

    letter = room.letter(TEAM_NEW)
    assert (letter.delivered_at, letter.due_at) == (LATER, None)
    assert room.shards() == []


def test_a_send_event_stands_in_for_the_answer_that_was_lost(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW, due_at=NOW + timedelta(minutes=2), in_doubt=True, claimed_at=NOW))
    room.run("delivery", event("Send", TEAM_NEW, at=LATER))
    room.clock.shift(timedelta(minutes=2))
    room.run("team", message(TEAM_NEW))

    assert room.sent == []
    letter = room.letter(TEAM_NEW)
    assert (letter.sent_at, letter.message_id) == (LATER, "ses-message-id")
    assert letter.due_at == LATER + timedelta(minutes=15)
    assert not letter.in_doubt


def test_a_send_event_does_not_overwrite_our_own_note(room: Mailroom) -> None:
    room.store(SENT)
    room.run("delivery", event("Send", TEAM_NEW, at=LATER) | {"message_id": "other"})

    assert room.letter(TEAM_NEW) == SENT


def test_a_delay_is_noted_and_the_clock_runs_on(room: Mailroom) -> None:
    room.store(SENT)
    room.run("delivery", event("DeliveryDelay", TEAM_NEW, at=LATER))

    letter = room.letter(TEAM_NEW)
    assert (letter.delayed_at, letter.due_at) == (LATER, SENT.due_at)


@pytest.mark.parametrize(
    ("name", "stamp", "reason"),
    [
        ("Bounce", "bounced_at", "Bounce/Permanent/General"),
        ("Complaint", "complained_at", "Complaint"),
        ("Reject", "rejected_at", "Reject"),
        ("RenderingFailure", "rejected_at", "RenderingFailure"),
    ],
)
@pytest.mark.parametrize("kind", [TEAM_NEW, TEAM_FOLLOW_UP, TEAM_FOLLOW_UPS[-1]])
def test_a_failed_team_letter_owes_the_fallback_once(
    room: Mailroom,
    capsys: pytest.CaptureFixture[str],
    name: str,
    stamp: str,
    reason: str,
    kind: str,
) -> None:
    room.store(replace(SENT, kind=kind))
    failed = failure(name) | {"letter": [kind]}
    assert room.run("delivery", failed, failed) == []

    letter = room.letter(kind)
    assert (getattr(letter, stamp), letter.reason, letter.due_at) == (LATER, reason, None)
    assert room.waiting("team") == [message(TEAM_FALLBACK)]
    fallback = room.letter(TEAM_FALLBACK)
    assert (fallback.due_at, fallback.owed_at) == (NOW, NOW)
    loud = [line for line in room.logged() if line["level"] == "ERROR"]
    assert [line["message"] for line in loud] == ["letter failed, fallback owed"]
    assert json.loads(capsys.readouterr().out)["LettersUndelivered"] == [1.0]


def test_a_team_letter_that_failed_rings_although_the_queue_is_down(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    def down(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    room.store(SENT)
    room.on("sqs", "SendMessage", down)
    assert room.run("delivery", failure("Bounce")) == []
    room.mend()

    assert room.waiting("team") == []
    assert room.letter(TEAM_FALLBACK).due_at == NOW  # the sweep sends it on
    assert json.loads(capsys.readouterr().out)["LettersUndelivered"] == [1.0]


def test_the_fallback_is_sent_and_followed_like_any_letter(room: Mailroom) -> None:
    room.store(SENT)
    room.run("delivery", failure("Bounce"))
    room.run("team", *room.waiting("team"))
    assert subject(room.sent[0]) == f"Undelivered: inquiry {REFERENCE}"
    assert room.sent[0]["Destination"] == {"ToAddresses": [FALLBACK]}
    room.run("delivery", event("Delivery", TEAM_FALLBACK), failure("Bounce"))

    assert len(room.sent) == 1
    assert room.waiting("team") == []
    assert room.letter(TEAM_FALLBACK).delivered_at == NOW
    assert room.shards() == []


def test_a_failed_fallback_makes_no_other_but_is_loud(room: Mailroom) -> None:
    room.store(Letter(**vars(SENT) | {"kind": TEAM_FALLBACK}))
    room.run("delivery", failure("Reject") | {"letter": [TEAM_FALLBACK]})

    assert room.waiting("team") == []
    (line,) = room.logged()
    assert (line["level"], line["message"]) == ("ERROR", "letter failed, nobody told")


@pytest.mark.parametrize("kind", [TEAM_REMINDER, TEAM_ESCALATION])
@pytest.mark.parametrize("name", ["Bounce", "Complaint", "Reject"])
def test_a_reminder_that_failed_rings_once_and_leaves_the_escalation_to_come(
    room: Mailroom, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    other = TEAM_REMINDER if kind == TEAM_ESCALATION else TEAM_ESCALATION
    room.store(replace(SENT, kind=kind), owed(other, due_at=NOW + timedelta(days=1)))
    failed = failure(name) | {"letter": [kind]}
    room.run("delivery", failed, failed)

    assert room.letter(kind).due_at is None
    assert room.waiting("team") == []
    assert room.shards() == [other]
    assert room.ledger.letter(INQUIRY, TEAM_FALLBACK) is None
    loud = [line["message"] for line in room.logged() if line["level"] == "ERROR"]
    assert loud == ["letter failed, nobody told"]
    assert json.loads(capsys.readouterr().out)["LettersUndelivered"] == [1.0]


def test_a_letter_that_fails_after_the_fallback_was_owed_rings_as_well(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    told_elsewhere = owed(TEAM_FALLBACK, sent_at=NOW, delivered_at=NOW, due_at=None)
    room.store(replace(SENT, kind=TEAM_FOLLOW_UP), told_elsewhere)
    failed = failure("Bounce") | {"letter": [TEAM_FOLLOW_UP]}
    room.run("delivery", failed, failed)

    assert room.letter(TEAM_FALLBACK) == told_elsewhere
    assert room.waiting("team") == []
    assert json.loads(capsys.readouterr().out)["LettersUndelivered"] == [1.0]


# ---- Sent again by a person ---------------------------------------------------------------------

RESENT_AT = NOW + timedelta(hours=1, microseconds=700_000)
AGAIN = owed(TEAM_NEW, due_at=RESENT_AT, owed_at=RESENT_AT, resent_at=RESENT_AT)
ON_ITS_WAY = replace(AGAIN, claimed_at=RESENT_AT, in_doubt=True)
SENT_AGAIN = replace(AGAIN, claimed_at=RESENT_AT, sent_at=RESENT_AT, message_id="second")


@pytest.mark.parametrize("name", ["Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint"])
@pytest.mark.parametrize(
    ("letter", "at"),
    [(AGAIN, LATER), (AGAIN, RESENT_AT), (ON_ITS_WAY, LATER), (SENT_AGAIN, RESENT_AT)],
)
def test_late_news_of_the_first_mail_do_not_touch_the_one_that_staff_had_sent_again(
    room: Mailroom, capsys: pytest.CaptureFixture[str], name: str, letter: Letter, at: Any
) -> None:
    room.store(letter)
    assert room.run("delivery", event(name, TEAM_NEW, at=at)) == []

    assert room.letter(TEAM_NEW) == letter
    assert room.waiting("team") == []
    (line,) = room.logged()
    assert line["message"] == "delivery of a letter that was sent again since"
    assert capsys.readouterr().out == ""


def test_a_bounce_that_comes_late_takes_no_letter_off_the_clock_that_is_tried_again(
    room: Mailroom,
) -> None:
    """Its first attempt failed before SES gave it an id; the bounce is younger than that."""
    again = replace(ON_ITS_WAY, in_doubt=False, earlier=("first",))
    room.store(again)
    late = RESENT_AT + timedelta(minutes=5)
    room.run("delivery", event("Bounce", TEAM_NEW, at=late, **PERMANENT) | {"message_id": "first"})

    assert room.letter(TEAM_NEW) == again
    assert room.waiting("team") == []


def test_news_of_the_mail_that_staff_had_sent_again_are_written(room: Mailroom) -> None:
    room.store(ON_ITS_WAY)  # our own note of its message id was lost
    for name in ("Send", "Delivery"):
        room.run("delivery", event(name, TEAM_NEW, at=RESENT_AT) | {"message_id": "second"})

    letter = room.letter(TEAM_NEW)
    assert letter.message_id == "second"
    assert letter.sent_at == letter.delivered_at == RESENT_AT.replace(microsecond=0)
    assert (letter.due_at, letter.in_doubt) == (None, False)


@pytest.mark.parametrize("kind", SENDER_LETTERS)
def test_a_failed_letter_to_the_sender_ends_with_a_warning(room: Mailroom, kind: str) -> None:
    room.store(Letter(**vars(SENT) | {"kind": kind}))
    room.run("delivery", event("Bounce", kind, at=LATER, **PERMANENT))

    assert room.letter(kind).bounced_at == LATER
    assert room.waiting("team") == []
    assert room.shards() == []
    assert [line["level"] for line in room.logged()] == ["WARNING"]


def _of_receipt(kind: str) -> dict[str, Any]:
    """Return what an inquiry holds whose receipt is of this kind."""
    return {"receipt": kind} if kind in RECEIPTS else {}


@pytest.mark.parametrize("kind", [RECEIPT, RECEIPTS[1], FILES_UNUSABLE])
@pytest.mark.parametrize(
    ("name", "bounce", "how"),
    [
        *(("Bounce", f"Permanent {subtype}", "bounced") for subtype in HARD),
        ("Complaint", "", "complained"),
        ("Reject", "", "rejected"),
        ("RenderingFailure", "", None),
        ("Delivery", "", None),
        ("DeliveryDelay", "", None),
        ("Bounce", "Undetermined Undetermined", None),
        *(("Bounce", f"Transient {subtype}", None) for subtype in SOFT),
    ],
)
def test_a_sender_s_address_that_failed_for_good_is_known_from_then_on(
    room: Mailroom, kind: str, name: str, bounce: str, how: str | None
) -> None:
    room.store(replace(SENT, kind=kind), **_of_receipt(kind))
    words = dict(zip(("bounce_type", "bounce_subtype"), bounce.split(), strict=False))
    told = event(name, kind, at=LATER, **words)
    room.run("delivery", told, event("Complaint", kind, at=LATER + DAY) if how else told)

    inquiry = room.inquiry()
    assert inquiry.address_failure == how
    assert inquiry.address_failed_at == (LATER if how else None)


def test_the_bounce_of_a_mail_before_the_one_sent_again_is_of_the_same_address(
    room: Mailroom,
) -> None:
    room.store(replace(SENT_AGAIN, kind=RECEIPT))
    room.run("delivery", event("Bounce", RECEIPT, at=LATER, **PERMANENT))

    assert room.letter(RECEIPT).bounced_at is None
    assert room.inquiry().address_failed_at == LATER


def test_a_letter_to_the_team_says_nothing_of_the_sender_s_address(room: Mailroom) -> None:
    room.store(SENT)
    room.run("delivery", failure("Bounce"))

    assert room.inquiry().address_failed_at is None


@pytest.mark.parametrize(
    ("name", "stamp"),
    [("Delivery", "delivered_at"), ("DeliveryDelay", "delayed_at"), ("Bounce", "soft_bounced_at")],
)
def test_whatever_ses_tells_of_a_mail_ends_the_right_to_send_it_again(
    room: Mailroom, name: str, stamp: str
) -> None:
    # Answer and Send event were lost, so this is the only sign that SES has it.
    room.store(owed(TEAM_NEW, due_at=NOW + timedelta(minutes=2), in_doubt=True, claimed_at=NOW))
    room.run(
        "delivery", event(name, TEAM_NEW, at=LATER, **(TRANSIENT if stamp[:4] == "soft" else {}))
    )
    room.clock.shift(timedelta(minutes=2))
    room.run("team", message(TEAM_NEW))

    assert room.sent == []
    letter = room.letter(TEAM_NEW)
    assert letter.sent_at == getattr(letter, stamp) == LATER


def test_a_soft_bounce_does_not_hide_the_hard_one_after_it(room: Mailroom) -> None:
    room.store(replace(SENT, kind=RECEIPT))
    soft, hard = (event("Bounce", RECEIPT, at=LATER, **how) for how in (TRANSIENT, PERMANENT))
    room.run("delivery", soft, hard)

    letter = room.letter(RECEIPT)
    assert (letter.soft_bounced_at, letter.bounced_at, letter.due_at) == (LATER, LATER, None)
    assert room.inquiry().address_failure == "bounced"


def test_a_bounce_of_a_type_that_ses_adds_some_day_counts_as_one(room: Mailroom) -> None:
    room.store(SENT)
    room.run("delivery", event("Bounce", TEAM_NEW, bounce_type="Cosmic", bounce_subtype="Ray"))

    assert room.letter(TEAM_NEW).bounced_at == NOW
    assert room.waiting("team") == [message(TEAM_FALLBACK)]


@pytest.mark.parametrize("kind", [TEAM_NEW, TEAM_FALLBACK, TEAM_REMINDER])
@pytest.mark.parametrize("call", ["GetItem", "PutItem", "UpdateItem"])
def test_a_crash_at_any_write_loses_neither_fallback_nor_alarm(
    room: Mailroom, capsys: pytest.CaptureFixture[str], kind: str, call: str
) -> None:
    room.store(replace(SENT, kind=kind))
    failed = failure("Bounce") | {"letter": [kind]}

    def die(event_name: str, request: Any) -> None:
        botocore_stubber(event_name, request)
        raise Killed

    room.on("dynamodb", call, die)
    with suppress(Killed):
        room.run("delivery", failed)
    room.mend()
    room.run("delivery", failed)

    assert room.letter(kind).bounced_at == LATER
    assert (room.ledger.letter(INQUIRY, TEAM_FALLBACK) is not None) is (kind != TEAM_REMINDER)
    assert "LettersUndelivered" in capsys.readouterr().out


def test_an_auto_responder_s_bounce_is_noted_and_the_delivery_still_awaited(
    room: Mailroom,
) -> None:
    room.store(SENT)
    room.run("delivery", event("Bounce", TEAM_NEW, at=LATER, **TRANSIENT))

    letter = room.letter(TEAM_NEW)
    assert (letter.soft_bounced_at, letter.bounced_at, letter.reason) == (LATER, None, None)
    assert letter.due_at == SENT.due_at
    assert room.waiting("team") == []
    assert room.shards() == [TEAM_NEW]


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["Send", "Delivery", "DeliveryDelay", "Complaint"]))
)
def test_events_in_any_order_any_number_of_times_leave_the_same(
    room: Mailroom, order: tuple[str, ...]
) -> None:
    room.store(owed(TEAM_NEW, due_at=NOW + timedelta(minutes=2), in_doubt=True, claimed_at=NOW))
    events = [event(name, TEAM_NEW, at=LATER) for name in order]
    assert room.run("delivery", *events, *reversed(events)) == []

    letter = room.letter(TEAM_NEW)
    assert letter.sent_at == letter.delivered_at == letter.delayed_at == LATER
    assert letter.complained_at == LATER
    assert (letter.due_at, letter.in_doubt) == (None, False)
    assert room.shards() == [TEAM_FALLBACK]
    assert room.waiting("team") == [message(TEAM_FALLBACK)]


@pytest.mark.parametrize(
    ("name", "more", "level", "words"),
    [
        ("Send", {}, "INFO", "letter taken by SES"),
        ("Delivery", {}, "INFO", "letter delivered"),
        ("DeliveryDelay", {}, "INFO", "letter delayed"),
        ("Bounce", TRANSIENT, "INFO", "letter bounced for now"),
        ("Bounce", PERMANENT, "WARNING", "letter bounced"),
        ("Complaint", {}, "WARNING", "letter called spam"),
        ("Reject", {}, "WARNING", "letter rejected"),
        ("RenderingFailure", {}, "WARNING", "letter rejected"),
    ],
)
def test_the_log_has_words_of_its_own_for_what_became_of_a_senders_letter(
    room: Mailroom, name: str, more: dict[str, str], level: str, words: str
) -> None:
    room.store(replace(SENT, kind=RECEIPT))
    room.run("delivery", event(name, RECEIPT, at=LATER, **more))

    assert [(line["level"], line["message"]) for line in room.logged()] == [(level, words)]


@pytest.mark.parametrize("kind", [TEAM_NEW, RECEIPT])
def test_a_report_that_comes_twice_is_news_once(room: Mailroom, kind: str) -> None:
    room.store(replace(SENT, kind=kind))
    failed = failure("Bounce") | {"letter": [kind]}
    room.run("delivery", failed, failed)

    first, second = room.logged()
    assert first["level"] == ("WARNING" if kind == RECEIPT else "ERROR")
    assert (second["level"], second["message"]) == ("INFO", "report of what was known")


def test_an_event_of_an_unknown_letter_is_logged_and_acknowledged(room: Mailroom) -> None:
    room.store(SENT)
    assert room.run("delivery", *(failure("Bounce") | {"inquiry": ["z" * 26]},) * 2) == []
    assert room.run("delivery", failure("Bounce") | {"letter": ["other"]}) == []

    assert room.waiting("team") == []
    assert room.ledger.letter("z" * 26, TEAM_FALLBACK) is None
    assert {line["message"] for line in room.logged()} == {"delivery of an unknown letter"}


@pytest.mark.parametrize(
    "body",
    [
        "{",
        {},
        event("Open", TEAM_NEW),
        event("Delivery", TEAM_NEW) | {"inquiry": []},
        event("Delivery", TEAM_NEW) | {"time": "yesterday"},
        event("Bounce", TEAM_NEW, bounce_type="ada@patient.example", bounce_subtype="General"),
    ],
)
def test_what_is_no_event_of_ours_comes_again_and_holds_up_nobody(
    room: Mailroom, body: Any
) -> None:
    room.store(SENT)
    assert room.run("delivery", body, event("Delivery", TEAM_NEW)) == ["message-0"]

    assert room.letter(TEAM_NEW).delivered_at == NOW
    assert "patient.example" not in room.log.getvalue()


def test_the_log_holds_ids_and_words_of_ses_only(room: Mailroom) -> None:
    room.store(SENT)
    room.run("delivery", event("Delivery", TEAM_NEW))

    (line,) = room.logged()
    ours = {name: line[name] for name in ("message", "event", "inquiry", "letter")}
    assert ours == {
        "message": "letter delivered",
        "event": "Delivery",
        "inquiry": INQUIRY,
        "letter": TEAM_NEW,
    }
    assert "ses-message-id" not in json.dumps(line)
