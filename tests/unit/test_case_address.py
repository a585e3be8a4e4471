"""What the case page says of the sender's address: that it does not work, or may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from intake.inquiry import FILES_UNUSABLE, RECEIPT, TEAM_NEW, Case, Letter
from open_case import address
from tests.unit.a_case import NOW, an_inquiry, the_words

LATER = NOW + timedelta(minutes=15)
PHONE = "+4790012345"
ASKED_FOR = {"email": "ada@patient.example", "phone": PHONE, "preferred_channel": "whatsapp"}


def a_case(*letters, contact=None, **changes):
    inquiry = an_inquiry(answers={"contact": contact or ASKED_FOR}, **changes)
    return Case(inquiry, (), {letter.kind: letter for letter in letters})


def a_letter(kind=RECEIPT, **changes):
    return Letter("a" * 26, kind, sent_at=NOW, **changes)


def found(forms, case):
    return address.problem(case, the_words(forms))


@pytest.mark.parametrize("how", ["bounced", "complained", "rejected"])
def test_an_address_that_failed_is_told_with_the_way_they_asked_to_be_reached(forms, how):
    delivered = a_letter(FILES_UNUSABLE, delivered_at=NOW)
    case = a_case(delivered, address_failed_at=LATER, address_failure=how)

    assert found(forms, case) == {
        "kind": how,
        "at": "2026-11-22T11:19:00.000000Z",
        "channel": "WhatsApp",
        "phone": PHONE,
    }


@pytest.mark.parametrize("why", ["OnAccountSuppressionList", "Suppressed"])
def test_an_address_that_ses_did_not_even_try_is_told_as_that(forms, why):
    letter = a_letter(bounced_at=LATER, reason=f"Bounce/Permanent/{why}")
    case = a_case(letter, address_failed_at=LATER, address_failure="bounced")

    assert found(forms, case)["kind"] == "suppressed"


def test_an_unwanted_letter_is_told_as_that_whatever_came_back_before(forms):
    letter = a_letter(bounced_at=NOW, reason="Bounce/Permanent/Suppressed")
    case = a_case(letter, address_failed_at=LATER, address_failure="complained")

    assert found(forms, case)["kind"] == "complained"


@pytest.mark.parametrize("stamp", ["soft_bounced_at", "bounced_at", "undelivered_at", "gave_up_at"])
def test_where_nothing_was_delivered_the_address_is_in_doubt(forms, stamp):
    told = found(forms, a_case(a_letter(**{stamp: LATER})))

    assert (told["kind"], told["at"]) == ("unsure", "2026-11-22T11:19:00.000000Z")


@pytest.mark.parametrize(
    "letters",
    [
        (),
        (a_letter(),),
        (a_letter(delayed_at=NOW),),
        (a_letter(soft_bounced_at=NOW, delivered_at=LATER),),
        (a_letter(undelivered_at=NOW), a_letter(FILES_UNUSABLE, delivered_at=LATER)),
        (a_letter(TEAM_NEW, bounced_at=NOW, undelivered_at=NOW),),
        (a_letter(closed_at=NOW, reason="limit"),),
    ],
)
def test_where_mail_arrived_or_is_awaited_nothing_is_said(forms, letters):
    assert found(forms, a_case(*letters)) is None


@pytest.mark.parametrize("reason", ["address", "MessageRejected"])
def test_an_address_that_was_never_written_to_is_told(forms, reason):
    unsent = Letter("a" * 26, RECEIPT, closed_at=LATER, reason=reason)

    assert found(forms, a_case(unsent))["kind"] == "unwritable"


@pytest.mark.parametrize(
    ("contact", "channel", "phone"),
    [
        ({"preferred_channel": "email", "phone": PHONE}, None, PHONE),
        ({"preferred_channel": "email"}, None, None),
        ({"preferred_channel": "line"}, "LINE", None),
        ({"preferred_channel": "pigeon"}, "pigeon", None),
        ({"preferred_channel": 7}, None, None),
    ],
)
def test_what_is_known_of_other_ways_is_said(forms, contact, channel, phone):
    case = a_case(contact=contact, address_failed_at=NOW, address_failure="bounced")

    told = found(forms, case)

    assert (told["channel"], told["phone"]) == (channel, phone)
