"""The ledger of a load is no formality: whatever is missing, doubled or wrong is named."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.load.client import Attempt, Sent
from tests.load.counting import PROMISE, Ledger
from tests.load.found import Found, Mail
from tests.load.posts import JSON, Post

OWED = datetime(2026, 11, 23, 12, tzinfo=UTC)
EMAIL, FILE = "patient-1@patients.example", b"a report"
SHA256 = hashlib.sha256(FILE).hexdigest()
ROW = {
    "inquiry": "i",
    "n": 0,
    "version": "v",
    "verdict": "clean",
    "scan": "NO_THREATS_FOUND",
    "scanned_at": "2026-11-23T12:00:01.000000Z",
    "records_version": "r",
    "sha256": SHA256,
}


@pytest.fixture
def found():
    """One inquiry with one clean file, and its letter in the inbox."""
    found = Found()
    answers = {"contact": {"email": EMAIL}}
    found.inquiries["i"] = {"form": "f", "reference": "INQ-1", "answers": answers}
    found.letters["i"]["team_new"] = {"owed_at": OWED.isoformat()}
    found.mails["i", "team_new"] = [Mail("m", "i", "team_new", OWED)]
    found.files["i"] = [dict(ROW)]
    found.objects["records", "i/0000", "r"] = SHA256
    return found


@pytest.fixture
def sent():
    post = Post("key", "f", EMAIL, b"", JSON, files=(FILE,))
    return Sent(post, [Attempt(0, 0, 200)], {b'{"reference": "INQ-1"}'})


def counted(found, *sent, rings=False, marked=False):
    return Ledger(sent, found, lambda *_: rings, lambda _: marked).count()


def test_what_was_accepted_and_delivered_adds_up(found, sent):
    count = counted(found, sent)

    assert count.holds
    assert (count.accepted, count.delivered, count.alarmed) == (["i"], ["i"], [])


@pytest.mark.parametrize("mailed", [True, False], ids=["late", "never"])
@pytest.mark.parametrize("rings", [True, False], ids=["rang", "silent"])
def test_a_letter_after_its_promise_is_lost_unless_an_alarm_rang(found, sent, rings, mailed):
    late = Mail("m", "i", "team_new", OWED + PROMISE + timedelta(seconds=1))
    found.mails["i", "team_new"] = [late] if mailed else []
    count = counted(found, sent, rings=rings)

    assert (count.holds, len(count.alarmed), len(count.lost)) == (rings, rings, not rings)


def test_a_second_mail_must_say_that_it_is_one(found, sent):
    again = Mail("m2", "i", "team_new", OWED + timedelta(minutes=3))
    found.mails["i", "team_new"].append(again)

    assert counted(found, sent).twice == ["i: team_new"]
    assert counted(found, sent, marked=True).repeats == ["i: team_new"]


def test_an_answer_without_a_row_is_a_loss(found, sent):
    del found.inquiries["i"]
    count = counted(found, sent)

    assert not count.holds
    assert count.lost == ["key: accepted, and no row"]


def test_one_key_makes_one_inquiry_and_one_answer(found, sent):
    found.inquiries["j"] = dict(found.inquiries["i"])
    sent.answers.add(b'{"reference": "INQ-2"}')
    count = counted(found, sent)

    assert count.twice == ["j: a second inquiry for one key"]
    assert "key: two answers to one key" in count.wrong


def test_a_row_that_nobody_posted_is_wrong(found):
    assert counted(found).wrong == ["i: nobody posted it"]


def test_a_file_that_is_nowhere_is_a_loss(found, sent):
    found.objects.clear()
    found.files.clear()

    assert counted(found, sent).lost == ["i: a file of 8 bytes"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scan": "FAILED"}, "i/0000: clean without a scan"),
        ({"scanned_at": None}, "i/0000: clean without a scan"),
        ({"records_version": "x"}, "i/0000: clean, and not among the records as it was sent"),
        ({"sha256": "x"}, "i/0000: clean, and not among the records as it was sent"),
    ],
)
def test_a_clean_file_was_scanned_and_lies_among_the_records(found, sent, change, said):
    found.files["i"] = [ROW | change]

    assert counted(found, sent).wrong == [said]


def test_a_file_that_nobody_decided_on_is_a_loss(found, sent):
    found.files["i"] = [ROW | {"verdict": None}]

    assert counted(found, sent).lost == ["i/0000: nobody decided on it"]


def test_what_a_sender_should_never_be_told_is_wrong(found, sent):
    sent.refused.append("post 400")

    assert counted(found, sent).wrong == ["key: post 400"]
