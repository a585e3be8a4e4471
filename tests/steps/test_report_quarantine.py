"""The daily digest: each team hears how many inquiries wait in quarantine, once, and no more."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.fast_pipeline import fast_pipeline
from tests.handlers import TEAM, blueprint
from tests.journey.breaking import at_call, killed, of, refusal
from tests.pipeline import SEND_EMAIL, nothing
from tests.rights import not_granted
from tests.steps.operator import answers

FORM = "general-inquiry"
WORDS = ("Amina", "patients.example", "spam.example", "Question")
SUBJECT = "Inquiries wait for your decision"


def no_answer(_operation, request):
    raise ConnectionClosedError(endpoint_url=request.url)


class Clinic:
    """A deployed pipeline to which robots write."""

    def __init__(self, deployed):
        self.pipeline = deployed
        self.sent = 0

    def robots(self, count=1):
        """Post what looks like a robot's."""
        for _ in range(count):
            self.sent += 1
            body = answers() | {
                "message": f"Question {self.sent}",
                "_gotcha": "http://spam.example",
            }
            reply = self.pipeline.send(
                "POST", f"/f/{FORM}", json.dumps(body).encode(), content_type="application/json"
            )
            assert reply.status == 200

    def day(self):
        """Have the schedule come, and what comes of it happen; return what SES took."""
        self.pipeline.mails.clear()
        self.pipeline.fire("ReportQuarantine")
        self.pipeline.run()
        return self.pipeline.mails

    @property
    def failed(self):
        """Whether the step failed, so that it is run again and its alarm rings."""
        return "ReportQuarantine failed" in self.pipeline.handlers.log.getvalue()


@pytest.fixture
def clinic():
    with fast_pipeline() as deployed:
        yield Clinic(deployed)


def test_a_team_hears_how_many_wait_and_since_when_and_nothing_else(clinic):
    clinic.robots(2)
    clinic.pipeline.wait(90)
    clinic.robots()
    [mail] = clinic.day()

    told = mail.part("Text")
    assert (mail.addresses("To"), mail.subject) == ([TEAM], SUBJECT)
    assert "3 inquiries look as if a robot sent them" in told
    assert "The oldest has waited since Sun 22 Nov 18:04." in told
    assert "https://intake.clinic.example/team/" in told
    assert not [word for word in WORDS if word in told + mail.part("Html")]


def test_one_is_one(clinic):
    clinic.robots()
    [mail] = clinic.day()

    assert "one inquiry looks as if a robot sent it" in mail.part("Text")


def test_nobody_hears_of_nothing(clinic):
    assert clinic.day() == []


def test_a_team_hears_once_a_day_while_something_waits(clinic):
    clinic.robots()

    days = []
    for _ in range(3):
        days.append([len(clinic.day()), len(clinic.day())])
        clinic.pipeline.clock.shift(timedelta(days=1))
    assert days == [[1, 0]] * 3


def test_a_mail_that_ses_did_not_take_is_sent_by_the_next_run(clinic):
    clinic.robots()
    clinic.pipeline.between = of(SEND_EMAIL, refusal("TooManyRequestsException", 429))
    before = clinic.day()[:]
    clinic.pipeline.between = nothing

    assert (before, clinic.failed) == ([], True)
    assert [len(clinic.day()), len(clinic.day())] == [1, 0]


@pytest.mark.parametrize("broken", [no_answer, killed], ids=["no answer", "the process dies"])
def test_a_mail_that_may_have_left_is_never_sent_again_that_day(clinic, broken):
    clinic.robots()
    clinic.pipeline.between = of(SEND_EMAIL, broken)
    clinic.day()
    clinic.pipeline.between = nothing

    assert clinic.failed
    assert clinic.day() == []
    clinic.pipeline.clock.shift(timedelta(days=1))
    assert len(clinic.day()) == 1


def test_one_team_that_can_not_be_told_keeps_no_other_from_it(clinic):
    clinic.robots()
    clinic.pipeline.between = at_call(0, of("dynamodb.Query", no_answer))

    assert len(clinic.day()) == 1
    assert clinic.failed


def test_the_step_does_what_its_role_may_and_leaves_one_note_that_goes(clinic):
    clinic.robots()
    before = {item["pk"]["S"] for item in clinic.pipeline.items()}
    clinic.pipeline.calls.clear()
    clinic.pipeline.fire("ReportQuarantine")

    asked = [call.operation for call in clinic.pipeline.calls]
    left = [item for item in clinic.pipeline.items() if item["pk"]["S"] not in before]
    assert not not_granted("report_quarantine", asked)
    assert [item["pk"]["S"] for item in left] == [f"digest#{FORM}#2026-11-22"]
    assert all("expires_at" in item for item in left)


def test_what_ses_says_of_it_is_no_letter_s(clinic):
    clinic.robots()
    clinic.day()
    clinic.pipeline.wait(30)

    log = clinic.pipeline.handlers.log.getvalue()
    assert "delivery of an unknown letter" in log
    assert "failed" not in log
    assert not clinic.pipeline.waiting()


def test_it_runs_every_day():
    [schedule] = [each for each in blueprint().schedules if each.startswith("ReportQuarantine")]

    assert blueprint().schedules[schedule].every == timedelta(days=1)
    assert blueprint().schedules[schedule].enabled
