"""The letters about what a sender changed: to the team, and the receipt to a corrected address."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPT,
    RECEIPTS,
    TEAM_CHANGE,
    TEAM_CHANGES,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UP,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
)
from tests.steps.fast_mailroom import fast_mailroom
from tests.steps.mailroom import (
    CANARY,
    FALLBACK,
    NOW,
    REFERENCE,
    SENDER,
    TEAM,
    a_file,
    event,
    message,
    owed,
    subject,
    text,
)

RIGHT = "ada.right@patient.example"
MINUTE = timedelta(minutes=1)
SENT = {"owed_at": NOW, "claimed_at": NOW, "sent_at": NOW, "due_at": None, "told": ()}
CORRECTED = {"address": RIGHT, "address_corrected_at": NOW, "receipt": RECEIPTS[1]}
NO_CONTACT = [
    {"purpose": "contact_about_inquiry", "decision": decision}
    for decision in ("refused", "withdrawn")
]


@pytest.fixture
def room(monkeypatch):
    with fast_mailroom(monkeypatch) as opened:
        yield opened


def changed(*what: str, by: str = "sender:browser") -> tuple[dict[str, Any], ...]:
    return tuple({"what": each, "at": "2026-11-22T11:04:00.000000Z", "by": by} for each in what)


# ---- To the team ------------------------------------------------------------------------------


def test_the_team_reads_how_often_what_was_changed_and_nothing_of_it(room):
    changes = changed("address", "note", "note", "consent")
    room.store(owed(TEAM_CHANGE), owed(TEAM_NEW, **SENT), changes=changes, address=RIGHT)
    assert room.run("team", message(TEAM_CHANGE)) == []

    (mail,) = room.sent
    assert mail["Destination"] == {"ToAddresses": [TEAM]}
    assert subject(mail) == f"Changed by the sender: inquiry {REFERENCE}"
    assert text(mail).splitlines()[0] == (
        "The sender changed something · email address corrected: 1, corrections in words: 2,"
        " consents taken back: 1 · answer due Tue 24 Nov 17:00"
    )
    left = json.dumps(mail) + room.log.getvalue()
    assert RIGHT not in left
    assert SENDER not in left
    assert CANARY not in left
    assert room.letter(TEAM_CHANGE).heard == 4
    assert room.letter(TEAM_CHANGE).told == ()


def test_what_the_first_letter_said_already_is_not_said_again(room):
    room.store(owed(TEAM_NEW), owed(TEAM_CHANGE), changes=changed("note"))
    room.run("team", message(TEAM_NEW), message(TEAM_CHANGE))

    (mail,) = room.sent
    assert "Changed by the sender since: corrections in words: 1." in text(mail)
    assert room.letter(TEAM_NEW).heard == 1
    assert room.letter(TEAM_CHANGE).reason == "nothing_new"


def test_a_second_letter_tells_of_what_came_after_the_first(room):
    first = owed(TEAM_CHANGE, **SENT, heard=1)
    room.store(first, owed(TEAM_CHANGES[1]), changes=changed("note", "address"))
    room.run("team", message(TEAM_CHANGES[1]))

    said = text(room.sent[0])
    assert "email address corrected: 1" in said
    assert "corrections in words" not in said


def test_it_does_not_overtake_the_first_letter(room):
    room.store(owed(TEAM_NEW, due_at=NOW + MINUTE), owed(TEAM_CHANGE), changes=changed("note"))
    room.run("team", message(TEAM_CHANGE))

    assert room.sent == []
    assert room.letter(TEAM_CHANGE).reason == "earlier_letter_first"


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("sender:browser", f"The sender has withdrawn inquiry {REFERENCE}."),
        ("sender:mail", f"Inquiry {REFERENCE} was withdrawn by the link that was mailed"),
    ],
)
def test_the_team_reads_that_an_inquiry_is_withdrawn(room, by, said):
    room.store(owed(TEAM_WITHDRAWN), withdrawn_at=NOW, changes=changed("withdrawn", by=by))
    room.run("team", message(TEAM_WITHDRAWN))

    (mail,) = room.sent
    assert subject(mail) == f"Withdrawn: inquiry {REFERENCE}"
    assert text(mail).startswith(said)
    assert "Answer due" not in text(mail)


@pytest.mark.parametrize(
    "kind", [TEAM_NEW, TEAM_FOLLOW_UP, TEAM_CHANGE, TEAM_REMINDER, TEAM_FALLBACK]
)
def test_no_other_letter_to_the_team_follows_a_withdrawal(room, kind):
    given = {"withdrawn_at": NOW, "changes": changed("note", "withdrawn")}
    room.store(owed(kind), files=(a_file(0, 0),), **given)
    room.run("team", message(kind))

    assert room.sent == []
    assert room.letter(kind).reason == "withdrawn"


@pytest.mark.parametrize("kind", [TEAM_CHANGE, TEAM_WITHDRAWN])
def test_where_the_team_does_not_get_it_somebody_else_is_told(room, kind):
    over = {"withdrawn_at": NOW} if kind == TEAM_WITHDRAWN else {}
    room.store(owed(kind), changes=changed("note"), **over)
    room.run("team", message(kind))
    bounce = {"bounce_type": "Permanent", "bounce_subtype": "General"}
    room.run("delivery", event("Bounce", kind, **bounce))

    assert room.waiting("team") == [message(TEAM_FALLBACK)]
    room.run("team", message(TEAM_FALLBACK))
    assert room.sent[-1]["Destination"] == {"ToAddresses": [FALLBACK]}


# ---- To the sender ----------------------------------------------------------------------------


def test_the_receipt_goes_to_the_corrected_address_with_its_new_link(room):
    room.store(owed(RECEIPTS[1]), receipt_secret="n" * 26, **CORRECTED)
    room.run("sender", message(RECEIPTS[1]))

    (mail,) = room.sent
    assert mail["Destination"] == {"ToAddresses": [RIGHT]}
    assert "n" * 26 in text(mail)
    assert "you can correct it or withdraw the inquiry" in text(mail)


def test_the_one_before_goes_nowhere_even_if_it_was_claimed(room):
    room.store(owed(RECEIPT), **CORRECTED)
    room.run("sender", message(RECEIPT))

    assert room.sent == []
    assert room.letter(RECEIPT).reason == "address_changed"


def test_an_address_has_three_receipts_a_day_however_often_it_is_corrected_to(room):
    for n in range(3):
        room.store(owed(RECEIPT), id=f"{n:026d}")
        room.run("sender", message(RECEIPT, f"{n:026d}"))
    room.store(owed(RECEIPTS[1]), **(CORRECTED | {"address": SENDER}))
    room.run("sender", message(RECEIPTS[1]))

    assert len(room.sent) == 3
    assert room.letter(RECEIPTS[1]).reason == "limit"


@pytest.mark.parametrize("kind", [RECEIPT, FILES_UNUSABLE])
def test_nothing_goes_to_a_sender_who_withdrew(room, kind):
    refused = (a_file(0, 0, "refused"),)
    room.store(owed(kind), files=refused, confirmed_at=NOW, withdrawn_at=NOW)
    room.run("sender", message(kind))

    assert room.sent == []
    assert room.letter(kind).reason == "withdrawn"


@pytest.mark.parametrize("consent", NO_CONTACT, ids=lambda each: each["decision"])
def test_who_wants_no_contact_gets_a_receipt_and_nothing_else(room, consent):
    given = {"consents": (consent,), "confirmed_at": NOW, "files": (a_file(0, 0, "refused"),)}
    room.store(owed(RECEIPT), owed(FILES_UNUSABLE), **given)
    room.run("sender", message(RECEIPT), message(FILES_UNUSABLE))

    assert [subject(mail) for mail in room.sent] == [f"We received your inquiry {REFERENCE}"]
    assert "You hear from us by" not in text(room.sent[0])
    assert "To hear the answer, call the clinic" in text(room.sent[0])
    assert room.letter(FILES_UNUSABLE).reason == "no_contact"


@pytest.mark.parametrize(
    ("kind", "claimed", "fails"),
    [
        (RECEIPT, NOW + MINUTE, False),
        (RECEIPTS[1], NOW + MINUTE, True),
        (FILES_UNUSABLE, NOW - MINUTE, False),
        (FILES_UNUSABLE, NOW + MINUTE, True),
    ],
)
def test_a_bounce_of_the_address_before_says_nothing_of_the_one_now(room, kind, claimed, fails):
    room.store(owed(kind, **(SENT | {"claimed_at": claimed})), **CORRECTED)
    bounce = {"bounce_type": "Permanent", "bounce_subtype": "General"}
    room.run("delivery", event("Bounce", kind, **bounce))

    assert bool(room.inquiry().address_failed_at) == fails
