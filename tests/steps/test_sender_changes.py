"""POST /u/{token}: a sender corrects their address, adds a correction, takes something back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from intake import changes
from intake.aws.clients import client
from intake.aws.senders import Senders
from intake.changes import CONTACT, CORRECT_WITHIN, MOST_NOTES, QUIET
from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPT,
    RECEIPTS,
    TEAM_CHANGE,
    TEAM_CHANGES,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
)
from tests.plain_browser import Page
from tests.steps.clinic import OUTAGE, TABLE, a_letter, an_inquiry
from tests.steps.fast_clinic import fast_clinic
from tests.steps.mailroom import ANSWERS, CANARY, INQUIRY, NOW, SENDER
from tests.steps.sender import RECEIPT as MAILED
from tests.steps.sender import UPLOAD, Sender, whole

MINUTE = timedelta(minutes=1)
RIGHT = "ada.right@patient.example"
CONSENTS = tuple(
    {
        "purpose": purpose,
        "decision": decision,
        "notice_sha256": "0" * 64,
        "notice_locale": "en",
        "notice_version": "2026-11",
        "received_at": "2026-11-22T11:04:00.000000Z",
    }
    for purpose, decision in (
        ("health_data_review", "granted"),
        ("contact_about_inquiry", "granted"),
        ("unencrypted_email", "granted"),
        ("cross_border_transfer", "refused"),
    )
)
TOLD = a_letter(owed_at=NOW, due_at=None, claimed_at=NOW, sent_at=NOW, delivered_at=NOW)


@pytest.fixture
def aws(monkeypatch):
    with fast_clinic(monkeypatch) as opened:
        yield opened


def opened(aws, *letters, **given):
    """Store an inquiry of a minute ago with letters; return who holds its links."""
    aws.store(an_inquiry(**({"consents": CONSENTS} | given)), *letters)
    aws.clock.shift(MINUTE)
    return Sender(aws)


@pytest.fixture
def sender(aws):
    return opened(aws, TOLD, a_letter(RECEIPT, due_at=NOW))


def corrected(sender, to=RIGHT, seen=0, token=None):
    fields = {"do": "correct_address", "email": to, "seen": str(seen)}
    return sender.press(**({"token": token} if token else {}), **fields)


def note(sender, text="It is the left knee.", **given):
    return sender.press(do="add_note", message=text, **given)


def revoked(sender, purpose, **given):
    return sender.press(do="take_back_consent", purpose=purpose, sure="yes", **given)


def withdrawn(sender, **given):
    return sender.press(do="withdraw", sure="yes", **given)


def events(aws):
    return [row for row in aws.rows("inquiry#") if row["sk"].startswith("event#")]


def letters(aws):
    return aws.case().letters


# ---- The address ------------------------------------------------------------------------------


def test_a_corrected_address_gets_a_receipt_with_a_link_of_its_own(aws, sender):
    reply = corrected(sender)

    assert (reply["statusCode"], reply["headers"]["Location"][-8:]) == (303, "#changed")
    after = aws.case().inquiry
    assert changes.address(after) == RIGHT
    assert after.answers["contact"]["email"] == SENDER
    assert after.receipt_secret not in {"r" * 26, "u" * 26}
    now = NOW + MINUTE
    assert letters(aws)[RECEIPTS[1]] == a_letter(RECEIPTS[1], owed_at=now, due_at=now)
    assert aws.waiting("sender") == [{"inquiry": INQUIRY, "letter": RECEIPTS[1]}]
    assert sender.look(MAILED)["statusCode"] == 404
    assert sender.look(after.receipt_token)["statusCode"] == 200


def test_a_receipt_that_has_not_left_goes_nowhere(aws, sender):
    corrected(sender)

    old = letters(aws)[RECEIPT]
    assert (old.due_at, old.closed_at, old.reason) == (None, NOW + MINUTE, "address_changed")


def test_what_became_of_the_wrong_address_is_forgotten(aws):
    sender = opened(aws, TOLD, address_failed_at=NOW, address_failure="bounced", flags=("minor",))

    corrected(sender)

    after = aws.case().inquiry
    assert (after.address_failed_at, after.address_failure) == (None, None)


def test_the_same_address_once_more_changes_nothing(aws, sender):
    corrected(sender)
    before = aws.rows()

    assert corrected(sender)["statusCode"] == 303
    assert corrected(sender, seen=1)["statusCode"] == 303
    assert aws.rows() == before


def test_of_two_windows_the_later_one_is_told_that_it_is_out_of_date(aws, sender):
    corrected(sender)

    reply = corrected(sender, "ada.other@patient.example")

    assert reply["statusCode"] == 409
    assert RIGHT in reply["body"]
    assert changes.address(aws.case().inquiry) == RIGHT


def test_it_can_be_corrected_three_times_on_the_first_day(aws, sender):
    for n in range(3):
        assert corrected(sender, f"ada{n}@patient.example", n)["statusCode"] == 303

    assert corrected(sender, RIGHT, 3)["statusCode"] == 409
    assert aws.case().inquiry.receipt == RECEIPTS[-1]
    assert len(events(aws)) == 3
    assert "correct_address" not in sender.look()["body"]


def test_a_day_later_it_can_not(aws, sender):
    aws.clock.shift(CORRECT_WITHIN)

    assert corrected(sender)["statusCode"] == 409
    assert "correct_address" not in sender.look()["body"]


def test_a_confirmed_address_is_nobody_elses_to_correct(aws, sender):
    sender.press(MAILED, do="confirm")

    assert corrected(sender)["statusCode"] == 409
    assert events(aws) == []


def test_who_got_the_receipt_can_not_say_where_it_should_have_gone(sender):
    assert corrected(sender, token=MAILED)["statusCode"] == 403
    sender.press(MAILED, do="confirm")
    assert corrected(sender, token=MAILED)["statusCode"] == 403
    assert SENDER not in sender.look(MAILED)["body"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an email address"),
        ("nobody", "name@example.com"),
        ("a@b.example\r\nBcc: x@y.example", "name@example.com"),
        ("a" * 250 + "@b.example", "name@example.com"),
        ("ada\u202e@b.example", "name@example.com"),
        # The form takes these two; no mail can go there, and the link before would be dead.
        ("ada@straße.example", "name@example.com"),
        ("a@" + "é" * 60 + ".example", "name@example.com"),
    ],
)
def test_what_is_no_address_is_refused_in_the_forms_own_words(aws, sender, typed, said):
    reply = corrected(sender, typed)

    assert reply["statusCode"] == 422
    page = Page(reply["body"])
    assert said in page.by_id("email-error").text
    assert page.by_id("email")["value"] in {typed, ""} or "\r" in typed
    assert aws.case().inquiry.changes == ()
    assert events(aws) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"do": "correct_address", "email": "nobody", "seen": "0"}, "contact.email"),
        ({"do": "add_note", "message": "nobody\x07"}, "message"),
        ({"do": "add_note", "message": "nobody" * 400}, "message"),
        ({"do": "add_note"}, "message"),
    ],
)
def test_a_script_is_told_which_field_it_is(sender, asked, field):
    body = json.dumps(asked)
    reply = sender.request(
        "POST", "/u/{token}", INQUIRY + "u" * 26, body, content_type="application/json"
    )

    told = json.loads(reply["body"])
    assert (reply["statusCode"], told["errors"][0]["field"]) == (422, field)
    assert "nobody" not in reply["body"]


def test_a_link_that_is_corrected_away_this_moment_confirms_nothing(aws, sender):
    def correct(_name, _request):
        aws.mend()
        corrected(sender)

    aws.on("dynamodb.UpdateItem", correct, times=1)

    assert sender.press(MAILED, do="confirm")["statusCode"] == 404
    assert aws.case().inquiry.confirmed_at is None


def test_an_address_that_is_confirmed_this_moment_is_not_corrected(aws, sender):
    def confirm(_name, _request):
        aws.mend()
        Senders(client("dynamodb"), TABLE).confirm(INQUIRY, "r" * 26, NOW)

    aws.on("dynamodb.TransactWriteItems", confirm, times=1)

    assert corrected(sender)["statusCode"] == 409
    assert aws.case().inquiry.address is None


def test_what_looks_like_a_bots_gets_its_receipt_at_the_right_address_when_released(aws):
    sender = opened(aws, quarantined_at=NOW)

    assert corrected(sender)["statusCode"] == 303
    assert letters(aws) == {}
    assert aws.case().inquiry.receipt == RECEIPTS[1]
    assert aws.waiting("sender") == []


# ---- A correction in words -----------------------------------------------------------------------


def test_a_correction_is_an_event_beside_the_answers(aws, sender):
    assert note(sender, "It is the left knee.\r\nNot the right one.")["statusCode"] == 303

    (event,) = events(aws)
    assert event["did"] == "sender_note"
    assert event["who"] == "sender:browser"
    assert event["why"] == "It is the left knee.\nNot the right one."
    assert aws.case().inquiry.answers == ANSWERS
    # A stranger may have the link one day.
    assert "left knee" not in sender.look()["body"]


def test_a_second_click_adds_no_second_correction(aws, sender):
    note(sender)
    note(sender)

    assert len(events(aws)) == 1
    assert len(aws.case().inquiry.changes) == 1


def test_there_is_room_for_so_many_and_no_more(aws, sender):
    for n in range(MOST_NOTES):
        assert note(sender, f"Number {n}")["statusCode"] == 303

    assert note(sender, "One more")["statusCode"] == 409
    assert len(events(aws)) == MOST_NOTES
    assert "add_note" not in sender.look()["body"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write what should be corrected."),
        (" \n ", "Write what should be corrected."),
        ("x" * 2001, "For “What should be corrected?”, write at most 2,000 characters."),
        ("left\u202eknee", "“What should be corrected?” holds an invisible sign"),
        ("left\x07knee", "a sign that we can't read"),
    ],
)
def test_a_text_is_held_to_the_rules_of_the_form(aws, sender, typed, said):
    reply = note(sender, typed)

    assert reply["statusCode"] == 422
    assert said in Page(reply["body"]).by_id("message-error").text
    assert events(aws) == []


def test_the_longest_text_of_any_script_fits(sender):
    assert note(sender, "\U00020000" * 2000)["statusCode"] == 303


# ---- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do", [note, withdrawn, lambda s, **g: revoked(s, "unencrypted_email", **g)]
)
def test_a_mailed_link_changes_nothing_before_somebody_said_that_it_arrived(aws, sender, do):
    assert do(sender, token=MAILED)["statusCode"] == 403
    assert events(aws) == []
    assert "ask=" not in sender.look(MAILED)["body"]
    assert "Yes, withdraw" not in sender.look(MAILED, "ask=withdraw")["body"]

    sender.press(MAILED, do="confirm")

    assert do(sender, token=MAILED)["statusCode"] == 303
    assert [event["who"] for event in events(aws)] == ["sender:mail"]


@pytest.mark.parametrize("fields", [{"do": "withdraw"}, {"do": "withdraw", "sure": "no"}])
def test_nothing_ends_that_was_not_asked_twice(aws, sender, fields):
    assert sender.press(**fields)["statusCode"] == 400
    assert events(aws) == []


@pytest.mark.parametrize("about", ["withdraw", "health_data_review", "contact_about_inquiry"])
def test_the_question_changes_nothing_and_its_button_does(aws, sender, about):
    page = sender.page(query=f"ask={about}")

    assert events(aws) == []
    form = {each["name"]: each["value"] for each in page.all("input")}
    assert sender.press(**form)["statusCode"] == 303
    assert len(events(aws)) == 1


@pytest.mark.parametrize("about", ["cross_border_transfer", "marketing", "<script>", ""])
def test_nobody_is_asked_about_what_was_never_agreed_to(sender, about):
    assert "Yes, take it back" not in sender.look(query=f"ask={about}")["body"]


# ---- Consents -----------------------------------------------------------------------------------


def test_a_consent_that_is_taken_back_is_one_more_entry_of_the_ledger(aws, sender):
    assert revoked(sender, "unencrypted_email")["statusCode"] == 303

    after = aws.case().inquiry
    assert after.consents[:4] == CONSENTS
    assert after.consents[4] == {
        **CONSENTS[2],
        "decision": "withdrawn",
        "received_at": "2026-11-22T11:05:00.000000Z",
        "channel": "link",
    }
    assert after.withdrawn_at is None
    before = aws.rows()
    assert revoked(sender, "unencrypted_email")["statusCode"] == 303
    assert aws.rows() == before


@pytest.mark.parametrize("purpose", ["cross_border_transfer", "marketing", "", CANARY])
def test_what_was_not_given_can_not_be_taken_back(aws, sender, purpose):
    assert revoked(sender, purpose)["statusCode"] == 400
    assert events(aws) == []


def test_without_the_consent_to_look_the_inquiry_goes_too(aws, sender):
    assert "withdraws the whole inquiry" in sender.look()["body"]

    assert revoked(sender, "health_data_review")["statusCode"] == 303

    after = aws.case().inquiry
    assert after.withdrawn_at == NOW + MINUTE
    assert after.consents[-1]["purpose"] == "health_data_review"
    (event,) = events(aws)
    assert (event["did"], event["purpose"]) == ("sender_withdrew", "health_data_review")
    assert revoked(sender, "health_data_review")["statusCode"] == 303
    assert len(events(aws)) == 1


def test_who_wants_no_contact_reads_how_to_hear_the_answer(sender):
    revoked(sender, "contact_about_inquiry")

    assert "call the clinic" in sender.page().by_id("changed").text


def test_who_refused_contact_reads_the_same_at_once(aws):
    sender = opened(aws, TOLD, consents=({**CONSENTS[1], "decision": "refused"},))

    said = sender.page().one("main").text
    assert "call the clinic" in said
    assert "You hear from us by" not in said


def test_who_takes_contact_back_is_told_of_the_one_email_that_still_comes(aws, sender):
    assert "Besides the receipt" in sender.page(query=f"ask={CONTACT}").one("main").text

    revoked(sender, CONTACT)
    corrected(sender)

    assert "Besides the receipt" in sender.page().by_id("changed").text
    assert letters(aws)[RECEIPTS[1]].due_at


# ---- The whole inquiry ---------------------------------------------------------------------------


def test_a_withdrawal_closes_every_letter_and_tells_the_team_once(aws):
    waiting = [
        a_letter(kind, owed_at=NOW + timedelta(days=2), due_at=NOW + timedelta(days=2))
        for kind in (TEAM_REMINDER, TEAM_ESCALATION, FILES_UNUSABLE)
    ]
    sender = opened(aws, TOLD, *waiting)

    assert withdrawn(sender)["statusCode"] == 303

    now = NOW + MINUTE
    for letter in waiting:
        closed = letters(aws)[letter.kind]
        assert (closed.due_at, closed.closed_at, closed.reason) == (None, now, "withdrawn")
    assert letters(aws)[TEAM_NEW] == TOLD
    assert letters(aws)[TEAM_WITHDRAWN] == a_letter(TEAM_WITHDRAWN, owed_at=now, due_at=now)
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_WITHDRAWN}]
    row = next(row for row in aws.rows("inquiry#") if row["sk"] == "inquiry")
    assert "worklist" not in row


@pytest.mark.parametrize("token", [None, MAILED])
def test_a_withdrawal_before_the_first_letter_is_told_of_all_the_same(aws, token):
    """A stranger who got a receipt by mistake has a quarter of an hour for it."""
    waits = a_letter(owed_at=None, due_at=NOW + timedelta(minutes=15))
    sender = opened(aws, waits, a_letter(RECEIPT, owed_at=NOW, due_at=None, sent_at=NOW))
    sender.press(MAILED, do="confirm")

    withdrawn(sender, **({"token": token} if token else {}))

    assert letters(aws)[TEAM_NEW].closed_at
    assert letters(aws)[TEAM_WITHDRAWN].due_at == NOW + MINUTE
    assert aws.waiting("team") == [{"inquiry": INQUIRY, "letter": TEAM_WITHDRAWN}]


def test_who_has_just_released_an_inquiry_hears_that_it_was_withdrawn(aws):
    released = {"quarantined_at": NOW - timedelta(days=1), "released_at": NOW, "opened_at": NOW}
    sender = opened(aws, a_letter(owed_at=NOW, due_at=NOW), **released)

    withdrawn(sender)

    assert letters(aws)[TEAM_WITHDRAWN].due_at == NOW + MINUTE


def test_a_letter_that_is_begun_this_moment_is_told_of_all_the_same(aws):
    sender = opened(aws, a_letter(owed_at=NOW, due_at=NOW))

    def claim(_name, _request):
        aws.mend()
        assert aws.ledger.claim(INQUIRY, TEAM_NEW, NOW + MINUTE)

    aws.on("dynamodb.TransactWriteItems", claim, times=1)
    assert withdrawn(sender)["statusCode"] == 303

    assert letters(aws)[TEAM_WITHDRAWN].due_at == NOW + MINUTE
    assert aws.ledger.claim(INQUIRY, TEAM_NEW, NOW + timedelta(minutes=10)) is None
    # What was being written may have left; then it is on record, and is not sent again.
    aws.ledger.sent(letters(aws)[TEAM_NEW], "id", NOW + MINUTE)
    assert letters(aws)[TEAM_NEW].due_at is None


def test_afterwards_the_page_says_so_and_offers_nothing(sender):
    withdrawn(sender)

    for token in (INQUIRY + "u" * 26, MAILED):
        page = sender.page(token)
        assert "You withdrew this inquiry" in page.one("h1").text
        assert "not deleted" in page.one("main").text
        assert page.all("form") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "declare", "requirement": "blood"},
        {"do": "done"},
        {"do": "add_note", "message": "Too late"},
        {"do": "correct_address", "email": RIGHT, "seen": "0"},
        {"do": "take_back_consent", "purpose": "unencrypted_email", "sure": "yes"},
    ],
)
def test_afterwards_nothing_more_is_taken(aws, sender, fields):
    withdrawn(sender)
    before = aws.rows()

    assert sender.press(**fields)["statusCode"] == 409
    assert sender.refused(whole()) == (409, "WITHDRAWN")
    assert withdrawn(sender)["statusCode"] == 303
    assert aws.rows() == before


def test_what_looks_like_a_bots_is_withdrawn_like_any_other(aws):
    sender = opened(aws, quarantined_at=NOW)

    assert withdrawn(sender)["statusCode"] == 303

    assert letters(aws) == {}
    row = next(row for row in aws.rows("inquiry#") if row["sk"] == "inquiry")
    assert "worklist" not in row


# ---- What the team is told -----------------------------------------------------------------------


def test_changes_of_two_minutes_make_one_letter(aws, sender):
    note(sender)
    aws.clock.shift(MINUTE)
    revoked(sender, "unencrypted_email")

    at = NOW + MINUTE + QUIET
    assert letters(aws)[TEAM_CHANGE] == a_letter(TEAM_CHANGE, owed_at=at, due_at=at)
    assert TEAM_CHANGES[1] not in letters(aws)
    assert aws.waiting("team") == []


def test_a_change_while_a_letter_of_changes_is_begun_gets_another(aws, sender):
    note(sender)
    aws.clock.shift(QUIET)

    def claim(_name, _request):
        aws.mend()
        assert aws.ledger.claim(INQUIRY, TEAM_CHANGE, NOW + MINUTE + QUIET)

    aws.on("dynamodb.TransactWriteItems", claim, times=1)
    note(sender, "And the hip.")

    assert letters(aws)[TEAM_CHANGES[1]].owed_at == NOW + MINUTE + 2 * QUIET
    assert len(aws.case().inquiry.changes) == 2


def test_it_follows_a_first_letter_that_waits_for_records(aws):
    late = NOW + timedelta(minutes=15)
    sender = opened(aws, a_letter(owed_at=None, due_at=late))

    note(sender)

    assert letters(aws)[TEAM_CHANGE].owed_at == late + MINUTE


def test_a_team_that_is_not_to_know_yet_gets_no_letter(aws):
    sender = opened(aws, quarantined_at=NOW)

    note(sender)

    assert letters(aws) == {}
    assert len(events(aws)) == 1


def test_there_are_letters_enough_for_all_that_can_be_changed():
    purposes = 6  # of consents, without the one that withdraws
    assert len(TEAM_CHANGES) >= MOST_NOTES + changes.MOST_ADDRESSES + purposes


# ---- When something breaks -----------------------------------------------------------------------


def test_a_table_that_does_not_answer_changes_nothing(aws, sender):
    before = aws.rows()
    aws.on("dynamodb.TransactWriteItems", OUTAGE)

    assert note(sender)["statusCode"] == 503

    aws.mend()
    assert aws.rows() == before
    assert note(sender)["statusCode"] == 303


def test_a_queue_that_is_down_loses_no_receipt(aws, sender):
    aws.on("sqs", OUTAGE)

    assert corrected(sender)["statusCode"] == 303

    aws.mend()
    assert letters(aws)[RECEIPTS[1]].due_at == NOW + MINUTE


def test_nothing_that_was_typed_is_logged(sender):
    corrected(sender, f"{CANARY.lower()}@patient.example")
    note(sender, f"{CANARY} left knee")
    corrected(sender, f"{CANARY} nowhere", 1)
    revoked(sender, CANARY)

    assert CANARY.lower() not in sender.log.getvalue().lower()
    assert SENDER not in sender.log.getvalue()


def test_a_script_reads_what_was_changed_and_nothing_that_was_typed(sender):
    corrected(sender)
    note(sender, f"{CANARY} knee")
    revoked(sender, "unencrypted_email")

    told = sender.look(accept="application/json")["body"]

    seen = json.loads(told)
    assert [each["what"] for each in seen["changes"]] == ["address", "note", "consent"]
    assert (seen["addressCorrections"], seen["notesLeft"]) == (1, MOST_NOTES - 1)
    assert {"purpose": "unencrypted_email", "decision": "withdrawn"} in seen["consents"]
    assert seen["may"] == {"correctAddress": True, "addNote": True, "withdraw": True}
    assert CANARY not in told
    assert "@" not in told


def test_the_fallback_letter_is_closed_with_the_others(aws):
    sender = opened(aws, TOLD, a_letter(TEAM_FALLBACK, due_at=NOW))

    withdrawn(sender)

    assert letters(aws)[TEAM_FALLBACK].closed_at == NOW + MINUTE


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "idna", "zlib", "nobody-knows-it"])
def test_a_text_is_utf_8_whatever_a_part_says_of_itself(aws, sender, charset):
    body = (
        '--b\r\nContent-Disposition: form-data; name="do"\r\n\r\nadd_note\r\n'
        '--b\r\nContent-Disposition: form-data; name="message"\r\n'
        f"Content-Type: text/plain; charset={charset}\r\n\r\n"
        "Both +2AA- knees \\ud800.\r\n--b--\r\n"
    )
    kind = "multipart/form-data; boundary=b"

    reply = sender.request("POST", "/u/{token}", UPLOAD, body, content_type=kind)

    assert reply["statusCode"] == 303
    assert "Both +2AA- knees \\ud800." in [row.get("why") for row in aws.rows()]
