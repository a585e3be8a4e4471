"""notify_team: one letter for each (inquiry, kind), whatever breaks, and nothing of the patient."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from moto.core.models import botocore_stubber

from intake.inquiry import (
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UP,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    TEAM_REMINDER,
)
from tests.steps.mailroom import (
    CANARY,
    FALLBACK,
    INQUIRY,
    NOW,
    OTHERS,
    REFERENCE,
    SENDER,
    TEAM,
    Killed,
    Mailroom,
    a_file,
    event,
    mailroom,
    message,
    owed,
    own_clients,
    subject,
    text,
)

LINK = f"https://intake.clinic.example/team/#{REFERENCE}"
SECOND_FOLLOW_UP, THIRD_FOLLOW_UP = TEAM_FOLLOW_UPS[1:3]
# SQS shows a message again after this time, unless it was acknowledged.
VISIBILITY = timedelta(seconds=180)
PROMISE = timedelta(minutes=5)


@pytest.fixture(scope="module", autouse=True)
def _clients() -> Iterator[None]:
    with own_clients():
        yield


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    with mailroom(monkeypatch) as opened:
        yield opened


def refusal(code: str, status: int = 400, text: str = "No.") -> AWSResponse:
    """Answer as SES does when it refuses."""

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield json.dumps({"message": text}).encode()

    return AWSResponse("https://email", status, {"x-amzn-errortype": code}, Raw())


# ---- What the letter says -----------------------------------------------------------------------


def test_the_first_line_answers_everything(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW), files=(a_file(0, 0), a_file(1, 1)))
    assert room.run("team", message(TEAM_NEW)) == []

    (mail,) = room.sent
    assert subject(mail) == f"New inquiry {REFERENCE}"
    assert text(mail).splitlines()[0] == (
        "Rheumatoid arthritis form · required records: 1 of 3 complete,"
        " 1 here but not complete, 1 promised"
        " · items to check: 3 · answer due Tue 24 Nov 17:00"
    )
    facts = dict(line.split(": ", 1) for line in text(mail).splitlines()[2:] if ": " in line)
    assert facts == {
        "Reference": REFERENCE,
        "Form": "Rheumatoid arthritis",
        "Received": "Sun 22 Nov 18:04 (Bangkok)",
        "Answer due": "Tue 24 Nov 17:00",
        "Interpreter": "needed, Norwegian Bokmål",
        "Required records": "1 of 3 complete, 1 here but not complete, 1 promised",
        "Files": "2, together 3 MB",
        "Items to check": "3",
    }


def test_files_that_were_refused_withheld_or_still_wait_are_counted(room: Mailroom) -> None:
    files = (a_file(0, 0, "refused"), a_file(1, 1, "withheld"), a_file(2, 0, None))
    room.store(owed(TEAM_NEW), files=files)
    room.run("team", message(TEAM_NEW))

    said = text(room.sent[0])
    assert "Required records: 0 of 3 complete, 2 being checked, 1 promised" in said
    assert "Files: none" in said
    assert "Still being checked: 1" in said
    assert "Could not be used: 1" in said
    assert "Kept back, staff must look: 1" in said
    assert room.letter(TEAM_NEW).told == (0, 1)


def test_what_the_records_raise_is_to_be_checked_as_the_case_page_says(room: Mailroom) -> None:
    differs = a_file(0, 0, facts='{"identity":"differs"}', kind="pdf")
    room.store(owed(TEAM_NEW), flags=("cancer",), files=(differs, a_file(1, 1, "withheld")))
    room.run("team", message(TEAM_NEW))

    said = text(room.sent[0])
    assert "items to check: 3" in said.splitlines()[0]
    assert "Items to check: 3" in said
    assert "identity" not in said


def test_a_form_without_required_records_counts_files(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW), form="general-inquiry", flags=())
    room.run("team", message(TEAM_NEW))

    (mail,) = room.sent
    assert text(mail).startswith(
        "General inquiry form · files: 0 · items to check: 0 · answer due Tue 24 Nov 17:00"
    )
    assert "Required records" not in text(mail)
    assert mail["Destination"] == {"ToAddresses": [OTHERS]}


def test_the_request_is_what_ses_was_promised(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))

    (mail,) = room.sent
    assert set(mail) == {
        "FromEmailAddress",
        "Destination",
        "Content",
        "EmailTags",
        "ConfigurationSetName",
    }
    assert mail["FromEmailAddress"] == "Example Clinic <intake@clinic.example>"
    assert mail["Destination"] == {"ToAddresses": [TEAM]}
    assert mail["ConfigurationSetName"] == "intake-team"
    assert mail["EmailTags"] == [
        {"Name": "inquiry", "Value": INQUIRY},
        {"Name": "letter", "Value": TEAM_NEW},
    ]
    assert mail["Content"]["Simple"]["Headers"] == [
        {"Name": "Auto-Submitted", "Value": "auto-generated"},
        {"Name": "X-Auto-Response-Suppress", "Value": "OOF, AutoReply"},
    ]


def test_the_one_link_opens_the_case_and_holds_the_reference_alone(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))

    (mail,) = room.sent
    assert [line for line in text(mail).splitlines() if "://" in line] == [LINK]
    html = mail["Content"]["Simple"]["Body"]["Html"]["Data"]
    assert html.count("://") == html.count(f'href="{LINK}"') == 1


@pytest.mark.parametrize("detail", ["none", "summary"])
@pytest.mark.parametrize(
    "kind", [TEAM_NEW, SECOND_FOLLOW_UP, TEAM_FALLBACK, TEAM_REMINDER, TEAM_ESCALATION]
)
def test_nothing_of_the_patient_leaves(
    room: Mailroom, kind: str, detail: str, capsys: pytest.CaptureFixture[str]
) -> None:
    room.configure(NOTIFICATION_DETAIL=detail)
    direct = {"declared_type": "application/x-psoriatic", "upload_id": "2~upload", "size": 9}
    files = (
        a_file(0, 0),
        a_file(1, None, name=f"{CANARY} knee.dcm", **direct),
        a_file(2, None, "withheld", name=f"{CANARY}.zip", **direct),
        a_file(3, None, "refused", name=f"../{CANARY}\r\nBcc: x@evil.example.exe", **direct),
        a_file(4, None, None, name=f"<b>{CANARY}</b>.tif", **direct),
    )
    room.store(owed(kind), files=files, done_at=NOW, confirmed_at=NOW)
    room.run("team", message(kind))

    (mail,) = room.sent
    left = json.dumps(room.sent, ensure_ascii=False) + room.log.getvalue() + capsys.readouterr().out
    assert left.count("://") == left.count(LINK) == 2
    for secret in (
        CANARY,
        SENDER,
        "1971",
        "+47900",
        "Norway",
        "psoriatic",
        "Psoriatic",
        "csdmard",
        "cancer",
        ".pdf",
        ".zip",
        ".dcm",
        "evil",
        "2~upload",
        "amazonaws",
        "u" * 26,
        "r" * 26,
    ):
        assert secret not in left, secret
    # The link leads by the reference: the inquiry's id is half of what opens the sender's page.
    assert INQUIRY not in json.dumps(mail["Content"])


def test_a_summary_adds_exactly_what_the_schema_calls_not_secret(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))
    room.configure(NOTIFICATION_DETAIL="summary")
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))

    without, with_summary = (text(mail).splitlines() for mail in room.sent)
    assert [line for line in with_summary if line not in without] == [
        "Language of this form: English",
        "How should we contact you? Phone call",
        "Which language should we use with you? Norwegian Bokmål",
        "Do you need an interpreter for a call? Yes",
        "Earliest month in which you could come: Feb 2027",
        "Could you stay for two weeks? Yes",
    ]


def test_outside_production_a_banner_comes_first(room: Mailroom) -> None:
    room.configure(ENVIRONMENT_NAME="staging")
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))

    assert text(room.sent[0]).startswith("*** staging: not a real inquiry ***\n")


def test_uploads_that_nobody_finished_are_counted_until_they_are_given_up(room: Mailroom) -> None:
    begun = {"arrived_at": None, "version": None, "sha256": None}
    files = (
        a_file(0, 0),
        a_file(1, None, None, **begun),
        a_file(2, None, None, size=None, **begun),
        a_file(3, None, None, abandoned_at=NOW, **begun),
    )
    room.store(owed(TEAM_NEW), files=files)
    room.run("team", message(TEAM_NEW))

    said = text(room.sent[0])
    assert "Files: 1, together 1.5 MB" in said
    assert "Uploads not finished: 2" in said
    assert "Still being checked" not in said


# ---- Follow-ups ---------------------------------------------------------------------------------


def test_each_follow_up_tells_what_no_letter_told(room: Mailroom) -> None:
    files = (
        a_file(0, 0),
        a_file(1, 1),
        a_file(2, None, "refused"),
        a_file(3, None),
        a_file(4, None, "withheld"),
    )
    for kind, count in ((TEAM_NEW, 1), (TEAM_FOLLOW_UP, 3), (SECOND_FOLLOW_UP, 5)):
        room.store(owed(kind), files=files[:count])
        room.run("team", message(kind))

    _, second, third = room.sent
    assert subject(second) == subject(third) == f"New records for {REFERENCE}"
    assert text(second).startswith(
        "New records arrived · usable files: 1 · required records: 1 of 3 complete,"
        " 1 here but not complete, 1 promised"
        " · answer due Tue 24 Nov 17:00\n"
    )
    assert "Files: 1, together 1.5 MB" in text(second)
    assert "Could not be used: 1" in text(second)
    assert "Kept back" not in text(second)
    assert room.letter(TEAM_FOLLOW_UP).told == (1, 2)
    assert "Files: 1, together 1.5 MB" in text(third)
    assert "Kept back, staff must look: 1" in text(third)
    assert room.letter(SECOND_FOLLOW_UP).told == (3, 4)


def test_a_follow_up_of_a_form_without_required_records_counts_files(room: Mailroom) -> None:
    room.store(owed(TEAM_FOLLOW_UP), files=(a_file(0, None),), form="general-inquiry")
    room.run("team", message(TEAM_FOLLOW_UP))

    assert text(room.sent[0]).startswith(
        "New files arrived · usable: 1 · answer due Tue 24 Nov 17:00\n"
    )


def test_a_follow_up_after_the_answer_calls_nothing_due(room: Mailroom) -> None:
    room.store(owed(TEAM_FOLLOW_UP), files=(a_file(0, 0),), answered_at=NOW)
    room.run("team", message(TEAM_FOLLOW_UP))

    said = text(room.sent[0])
    assert said.splitlines()[0].endswith(" · answered Sun 22 Nov 18:04")
    assert "Answered: Sun 22 Nov 18:04" in said
    assert "due" not in said


@pytest.mark.parametrize("kind", [TEAM_FOLLOW_UP, TEAM_FOLLOW_UPS[-1]])
def test_a_follow_up_without_news_is_closed(room: Mailroom, kind: str) -> None:
    # SES's event closed the first letter; what was settled well before its claim was told.
    room.clock.shift(timedelta(minutes=5))
    first = owed(TEAM_NEW, sent_at=NOW, due_at=None, claimed_at=NOW + timedelta(minutes=5))
    room.store(first, owed(kind), files=(a_file(0, 0),))
    room.run("team", message(kind))

    assert room.sent == []
    letter = room.letter(kind)
    assert (letter.reason, letter.due_at) == ("nothing_new", None)
    assert letter.closed_at is not None


def test_what_was_being_written_while_the_first_letter_left_is_told(room: Mailroom) -> None:
    copied = a_file(0, 0, checked_at=NOW - timedelta(seconds=20))
    first = owed(TEAM_NEW, sent_at=NOW, due_at=None, claimed_at=NOW, told=())
    unknown = owed(TEAM_FOLLOW_UP, sent_at=NOW, due_at=None, claimed_at=NOW)
    room.store(first, unknown, owed(SECOND_FOLLOW_UP), files=(copied,))

    room.run("team", message(SECOND_FOLLOW_UP))

    assert room.letter(SECOND_FOLLOW_UP).told == (0,)


def test_a_follow_up_does_not_overtake_the_letter_it_follows(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW), owed(TEAM_FOLLOW_UP), files=(a_file(0, 0),))
    assert room.run("team", message(TEAM_FOLLOW_UP), message(TEAM_NEW)) == []
    assert [subject(mail) for mail in room.sent] == [f"New inquiry {REFERENCE}"]
    room.clock.shift(timedelta(minutes=1))
    room.run("team", message(TEAM_FOLLOW_UP))

    assert len(room.sent) == 1
    assert room.letter(TEAM_FOLLOW_UP).reason == "nothing_new"


def test_a_follow_up_waits_for_every_earlier_one_that_is_neither_sent_nor_closed(
    room: Mailroom,
) -> None:
    sent = owed(TEAM_NEW, sent_at=NOW, told=(0,))
    room.store(sent, owed(TEAM_FOLLOW_UP), owed(THIRD_FOLLOW_UP), files=(a_file(0, 0),))
    room.run("team", message(THIRD_FOLLOW_UP))
    waiting = room.letter(THIRD_FOLLOW_UP)
    assert (waiting.reason, waiting.in_doubt) == ("earlier_letter_first", False)
    assert waiting.due_at == NOW + timedelta(seconds=30)
    room.run("team", message(TEAM_FOLLOW_UP))
    assert room.letter(TEAM_FOLLOW_UP).reason == "nothing_new"
    room.store(files=(a_file(0, 0), a_file(1, 1)))
    room.clock.shift(timedelta(seconds=30))
    room.run("team", message(THIRD_FOLLOW_UP))

    assert [subject(mail) for mail in room.sent] == [f"New records for {REFERENCE}"]
    assert room.letter(THIRD_FOLLOW_UP).told == (1,)


# ---- Unopened by the service date ---------------------------------------------------------------


def test_what_nobody_opened_is_told_to_the_team_and_then_beyond_it(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    first = owed(TEAM_NEW, sent_at=NOW, delivered_at=NOW, due_at=None, told=(0,))
    day = timedelta(days=1)
    reminder = owed(TEAM_REMINDER, owed_at=None, due_at=NOW + 2 * day)
    escalation = owed(TEAM_ESCALATION, owed_at=None, due_at=NOW + 3 * day)
    room.store(first, reminder, escalation, files=(a_file(0, 0),))
    for _ in range(10):
        room.run("team", message(TEAM_REMINDER), message(TEAM_ESCALATION))
        room.clock.shift(day)

    to_team, beyond = room.sent
    assert subject(to_team) == f"Not opened yet: inquiry {REFERENCE}"
    assert to_team["Destination"] == {"ToAddresses": [TEAM]}
    assert text(to_team).startswith(
        "Nobody has opened this inquiry yet, and its answer is due."
        " It has waited since Sun 22 Nov 18:04.\n\n"
        "Rheumatoid arthritis form · required records: 1 of 3 complete, 2 promised"
    )
    assert subject(beyond) == f"Overdue and not opened: inquiry {REFERENCE}"
    assert beyond["Destination"] == {"ToAddresses": [FALLBACK, TEAM]}
    assert text(beyond).startswith("Still nobody has opened this inquiry")
    assert all(LINK in text(mail) for mail in room.sent)
    assert room.letter(TEAM_ESCALATION).owed_at == NOW + 3 * day
    assert capsys.readouterr().out.count('"UnopenedPastServiceDate":[1.0]') == 1


@pytest.mark.parametrize("kind", [TEAM_REMINDER, TEAM_ESCALATION])
@pytest.mark.parametrize(
    ("stamp", "reason"),
    [("opened_at", "opened"), ("answered_at", "opened"), ("rejected_at", "rejected")],
)
def test_what_somebody_looked_at_or_rejected_is_not_told_again(
    room: Mailroom, kind: str, stamp: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    room.store(owed(kind), **{stamp: NOW})
    room.run("team", message(kind))

    assert room.sent == []
    letter = room.letter(kind)
    assert (letter.reason, letter.closed_at, letter.due_at) == (reason, NOW, None)
    assert capsys.readouterr().out == ""


def test_that_it_was_opened_keeps_no_news_back(room: Mailroom) -> None:
    told = owed(TEAM_NEW, sent_at=NOW, told=(0,), due_at=None)
    room.store(told, owed(TEAM_FOLLOW_UP), files=(a_file(0, 0), a_file(1, 1)), opened_at=NOW)
    room.run("team", message(TEAM_FOLLOW_UP))

    assert len(room.sent) == 1


def test_a_reminder_does_not_stand_in_for_a_follow_up(room: Mailroom) -> None:
    told = owed(TEAM_NEW, sent_at=NOW, told=(0,), due_at=None)
    files = (a_file(0, 0), a_file(1, 1))
    room.store(told, owed(TEAM_REMINDER), owed(TEAM_FOLLOW_UP), files=files)
    room.run("team", message(TEAM_REMINDER), message(TEAM_FOLLOW_UP))

    assert len(room.sent) == 2
    assert room.letter(TEAM_REMINDER).told == ()
    assert room.letter(TEAM_FOLLOW_UP).told == (1,)


@pytest.mark.parametrize(
    ("team", "readers"),
    [
        ([TEAM, FALLBACK], [FALLBACK, TEAM]),
        (["tëam@clinic.example", TEAM], [FALLBACK, TEAM]),
        (
            [f"doctor{n}@clinic.example" for n in range(50)],
            [FALLBACK, *(f"doctor{n}@clinic.example" for n in range(49))],
        ),
    ],
)
def test_no_address_of_the_team_keeps_an_escalation_from_going_beyond_it(
    room: Mailroom, team: list[str], readers: list[str]
) -> None:
    room.configure(TEAM_RECIPIENTS=json.dumps({"default": team}))
    room.store(owed(TEAM_ESCALATION))
    room.run("team", message(TEAM_ESCALATION))

    assert [mail["Destination"]["ToAddresses"] for mail in room.sent] == [readers]


# ---- Sent again by a person ---------------------------------------------------------------------


def test_a_letter_that_staff_had_sent_again_says_so_and_is_followed_like_any(
    room: Mailroom,
) -> None:
    room.store(owed(TEAM_NEW, resent_at=NOW), files=(a_file(0, 0),))
    assert room.run("team", message(TEAM_NEW), message(TEAM_NEW)) == []

    (mail,) = room.sent
    assert "Our staff had this email sent again. An earlier one may have reached you." in text(mail)
    letter = room.letter(TEAM_NEW)
    assert (letter.sent_at, letter.told) == (NOW, (0,))
    assert letter.due_at == NOW + timedelta(minutes=15)


def test_a_follow_up_sent_again_tells_the_team_what_only_the_fallback_told(room: Mailroom) -> None:
    first = owed(TEAM_NEW, sent_at=NOW, told=(0,), due_at=None)
    fallback = owed(TEAM_FALLBACK, sent_at=NOW, told=(0, 1), due_at=None)
    again = owed(TEAM_FOLLOW_UP, resent_at=NOW)
    room.store(first, fallback, again, files=(a_file(0, 0), a_file(1, 1)))
    room.run("team", message(TEAM_FOLLOW_UP))

    assert room.letter(TEAM_FOLLOW_UP).told == (1,)


def test_the_fallback_goes_to_its_own_reader(room: Mailroom) -> None:
    bounced = owed(TEAM_NEW, sent_at=NOW, bounced_at=NOW, due_at=None)
    room.store(bounced, owed(TEAM_FALLBACK), files=(a_file(0, 0),))
    room.run("team", message(TEAM_FALLBACK))

    (mail,) = room.sent
    assert mail["Destination"] == {"ToAddresses": [FALLBACK]}
    assert subject(mail) == f"Undelivered: inquiry {REFERENCE}"
    lead = text(mail).splitlines()[0]
    assert lead.startswith(f"The email to the team about inquiry {REFERENCE} may not have arrived.")
    assert "Please call the team and tell them this reference, nothing more." in lead
    assert "Rheumatoid arthritis form · required records: 1 of 3 complete, 2 promised" in text(mail)


# ---- The ledger ---------------------------------------------------------------------------------


def test_a_sent_letter_waits_for_its_delivery(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    room.run("team", message(TEAM_NEW))

    letter = room.letter(TEAM_NEW)
    assert letter.sent_at == NOW
    assert letter.message_id
    assert letter.due_at == NOW + timedelta(minutes=15)
    assert not letter.in_doubt


def test_any_number_of_messages_make_one_letter(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    for _ in range(3):
        assert room.run("team", *[message(TEAM_NEW)] * 3) == []
        room.clock.shift(timedelta(hours=1))

    assert len(room.sent) == 1


@pytest.mark.parametrize(
    "letter",
    [
        owed(TEAM_NEW, due_at=NOW + timedelta(minutes=1)),
        owed(TEAM_NEW, due_at=None, closed_at=NOW),
        owed(TEAM_NEW, due_at=None, gave_up_at=NOW),
        owed(TEAM_NEW, sent_at=NOW),
    ],
)
def test_what_is_not_due_is_left_alone(room: Mailroom, letter: Any) -> None:
    room.store(letter)
    assert room.run("team", message(TEAM_NEW)) == []

    assert room.sent == []
    assert room.letter(TEAM_NEW) == letter


def test_an_unknown_inquiry_is_acknowledged(room: Mailroom) -> None:
    assert room.run("team", message(TEAM_NEW, inquiry="z" * 26)) == []
    assert room.sent == []


REFUSALS = [
    ("TooManyRequestsException", 429),
    ("ThrottlingException", 400),
    ("LimitExceededException", 400),
    ("MessageRejected", 400),
    ("AccountSuspendedException", 400),
    ("SendingPausedException", 400),
    ("MailFromDomainNotVerifiedException", 400),
    ("AccessDeniedException", 403),
]


@pytest.mark.parametrize(("code", "status"), REFUSALS)
def test_a_refused_letter_is_tried_again_without_doubt(
    room: Mailroom, code: str, status: int
) -> None:
    room.store(owed(TEAM_NEW))

    def refuse(*_: Any) -> AWSResponse:
        return refusal(code, status)

    room.on("sesv2", "SendEmail", refuse)
    assert room.run("team", message(TEAM_NEW)) == []
    letter = room.letter(TEAM_NEW)
    assert (letter.due_at, letter.in_doubt) == (NOW + timedelta(seconds=30), False)
    assert letter.reason == code
    (line,) = (line for line in room.logged() if line["message"].startswith("letter "))
    assert (line["level"], line["message"], line["reason"]) == ("WARNING", "letter postponed", code)
    room.mend()
    room.clock.shift(timedelta(seconds=30))
    room.run("team", message(TEAM_NEW))

    (mail,) = room.sent
    assert "repeat" not in text(mail)


def test_a_connection_that_never_opened_leaves_no_doubt(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))

    def unreachable(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://email")

    room.on("sesv2", "SendEmail", unreachable)
    assert room.run("team", message(TEAM_NEW)) == []

    assert not room.letter(TEAM_NEW).in_doubt


def test_the_daily_quota_waits_for_hours(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW, owed_at=NOW - PROMISE))
    room.on(
        "sesv2",
        "SendEmail",
        lambda *_: refusal("ThrottlingException", 400, "Daily message quota exceeded."),
    )
    room.run("team", message(TEAM_NEW))

    assert room.letter(TEAM_NEW).due_at == NOW + timedelta(hours=4)


def test_one_request_only_is_made_for_one_claim(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    requests = []

    def time_out(*_: Any) -> None:
        requests.append(1)
        raise ReadTimeoutError(endpoint_url="https://email")

    room.on("sesv2", "SendEmail", time_out)
    room.run("team", message(TEAM_NEW))

    assert requests == [1]


@pytest.mark.parametrize(
    "unclear",
    [
        lambda: refusal("InternalFailure", 500),
        lambda: refusal("ServiceUnavailable", 503),
        ReadTimeoutError(endpoint_url="https://email"),
        ConnectionClosedError(endpoint_url="https://email"),
    ],
)
def test_an_unknown_outcome_waits_for_the_lease_and_says_that_it_may_be_a_repeat(
    room: Mailroom, unclear: Any
) -> None:
    room.store(owed(TEAM_NEW))

    def break_down(*_: Any) -> Any:
        if isinstance(unclear, Exception):
            raise unclear
        return unclear()

    room.on("sesv2", "SendEmail", break_down)
    assert room.run("team", message(TEAM_NEW)) == []
    letter = room.letter(TEAM_NEW)
    assert (letter.due_at, letter.in_doubt) == (NOW + timedelta(minutes=2), True)
    room.mend()
    room.clock.shift(timedelta(minutes=1))
    room.run("team", message(TEAM_NEW))
    assert room.sent == []
    room.clock.shift(timedelta(minutes=1))
    room.run("team", message(TEAM_NEW))

    (mail,) = room.sent
    assert subject(mail) == f"New inquiry {REFERENCE}"
    assert "This may be a repeat" in text(mail)


def test_what_stays_in_doubt_is_tried_less_and_less_often(room: Mailroom) -> None:
    """SES may take it each time: while its events are lost too, each attempt is one more mail."""
    room.store(owed(TEAM_NEW))

    def break_down(*_: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="https://email")

    room.on("sesv2", "SendEmail", break_down)
    tried = []
    for _ in range(7):
        due = room.letter(TEAM_NEW).due_at
        assert due is not None
        room.clock.move_to(due)
        tried.append(due - NOW)
        room.run("team", message(TEAM_NEW))

    minutes = [wait.total_seconds() / 60 for wait in tried]
    assert minutes == [0, 2, 4, 14, 24, 84, 144]
    assert room.letter(TEAM_NEW).in_doubt


def test_an_older_doubt_outlives_a_later_refusal(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW, in_doubt=True))

    def refuse(*_: Any) -> AWSResponse:
        return refusal("ThrottlingException")

    room.on("sesv2", "SendEmail", refuse)
    room.run("team", message(TEAM_NEW))
    room.mend()
    room.clock.shift(timedelta(seconds=30))
    room.run("team", message(TEAM_NEW))

    said = text(room.sent[0])
    assert "This may be a repeat" in said
    assert f"If it did, and you have dealt with {REFERENCE} since, there is nothing to do." in said


def test_while_the_promise_can_be_kept_one_more_attempt_comes_before_it_breaks(
    room: Mailroom,
) -> None:
    room.store(owed(TEAM_NEW))
    room.on("sesv2", "SendEmail", lambda *_: refusal("ThrottlingException"))
    tried = []
    for _ in range(7):
        due = room.letter(TEAM_NEW).due_at
        assert due is not None
        room.clock.move_to(due)
        tried.append(due - NOW)
        room.run("team", message(TEAM_NEW))

    minutes = [wait.total_seconds() / 60 for wait in tried]
    assert minutes == [0, 0.5, 2.5, 4, 14, 74, 134]


def test_after_48_hours_a_letter_is_given_up_aloud(
    room: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    room.store(owed(TEAM_NEW, owed_at=NOW - timedelta(hours=48), attempts=50))
    room.on("sesv2", "SendEmail", lambda *_: refusal("SendingPausedException"))
    assert room.run("team", message(TEAM_NEW)) == []

    letter = room.letter(TEAM_NEW)
    assert (letter.gave_up_at, letter.due_at) == (NOW, None)
    # Another address may be reached all the same.
    fallback = room.letter(TEAM_FALLBACK)
    assert (fallback.owed_at, fallback.due_at) == (NOW, NOW)
    (log,) = (line for line in room.logged() if line.get("message") == "letter given up")
    assert (log["level"], log["inquiry"], log["reason"]) == (
        "ERROR",
        INQUIRY,
        "SendingPausedException",
    )
    (metric,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert metric["LettersGivenUp"] == [1.0]
    assert metric["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_after_48_hours_of_doubt_a_letter_is_given_up_as_well(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW, owed_at=NOW - timedelta(hours=48), in_doubt=True))
    room.on("sesv2", "SendEmail", lambda *_: refusal("InternalFailure", 500))
    room.run("team", message(TEAM_NEW))

    assert room.letter(TEAM_NEW).gave_up_at == NOW


def test_after_48_hours_of_crashes_a_letter_is_given_up_aloud_too(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW, owed_at=NOW - timedelta(hours=48)), form="a-form-that-is-gone")
    assert room.run("team", message(TEAM_NEW)) == []

    assert room.letter(TEAM_NEW).gave_up_at == NOW
    assert "letter given up" in [line.get("message") for line in room.logged()]


def test_a_case_that_can_not_be_read_leaves_no_doubt(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    room.on("dynamodb", "Query", lambda *_: refusal("ThrottlingException"))
    room.run("team", message(TEAM_NEW))
    room.mend()

    assert room.letter(TEAM_NEW).in_doubt is False


def test_after_an_outage_of_days_the_letter_still_goes_out(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW, owed_at=NOW - timedelta(days=3)))
    room.run("team", message(TEAM_NEW))

    assert len(room.sent) == 1


# ---- Crashes ------------------------------------------------------------------------------------

CALLS = ["UpdateItem", "Query", "SendEmail", "UpdateItem"]


def kill_at(room: Mailroom, call: int, *, after: bool) -> list[str]:
    """Let the process die at its nth call, before or after it took effect. Return the calls."""
    seen: list[str] = []

    def watch(event_name: str, request: Any) -> None:
        seen.append(event_name.rpartition(".")[2])
        if len(seen) != call + 1:
            return
        if after:
            botocore_stubber(event_name, request)
            if seen[-1] == "SendEmail":
                room.take(request)
        raise Killed

    room.on("dynamodb", "", watch)
    room.on("sesv2", "SendEmail", watch)
    return seen


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(len(CALLS)))
def test_killed_at_any_call_the_letter_still_comes_once(
    room: Mailroom, call: int, *, after: bool
) -> None:
    room.store(owed(TEAM_NEW), files=(a_file(0, 0),))
    calls = kill_at(room, call, after=after)
    with pytest.raises(Killed):
        room.run("team", message(TEAM_NEW))
    assert calls == CALLS[: call + 1]
    if room.sent:  # SES says so, whatever became of its answer
        room.run("delivery", event("Send", TEAM_NEW))
    # The killed process did not acknowledge its message, so it comes again.
    room.clock.shift(VISIBILITY)
    room.run("team", message(TEAM_NEW), message(TEAM_NEW))

    assert [subject(mail) for mail in room.sent] == [f"New inquiry {REFERENCE}"]
    letter = room.letter(TEAM_NEW)
    assert letter.sent_at is not None
    assert letter.sent_at - NOW < PROMISE
    assert not letter.in_doubt


def test_only_if_answer_and_event_are_lost_a_repeat_comes_and_says_so(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    kill_at(room, CALLS.index("SendEmail"), after=True)
    with pytest.raises(Killed):
        room.run("team", message(TEAM_NEW))
    room.clock.shift(VISIBILITY)
    room.run("team", message(TEAM_NEW))

    first, repeat = room.sent
    assert "repeat" not in text(first)
    assert "This may be a repeat" in text(repeat)
    assert subject(first) == subject(repeat)
    assert first["EmailTags"] == repeat["EmailTags"]


def test_one_bad_message_does_not_hold_up_its_neighbours(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW))
    failed = room.run("team", "{", {"inquiry": INQUIRY}, message(TEAM_NEW))

    assert failed == ["message-0", "message-1"]
    assert len(room.sent) == 1
    lines = room.logged()
    assert [line["error"] for line in lines if "error" in line] == ["JSONDecodeError", "KeyError"]


def test_a_letter_that_cannot_be_written_backs_off_without_doubt(room: Mailroom) -> None:
    room.store(owed(TEAM_NEW), form="withdrawn-form")
    assert room.run("team", message(TEAM_NEW)) == ["message-0"]

    letter = room.letter(TEAM_NEW)
    assert (letter.due_at, letter.in_doubt) == (NOW + timedelta(seconds=30), False)
    assert letter.reason == "UnknownFormError"


@pytest.mark.parametrize(
    "recipients",
    ["doctor@clinic.example\r\nBcc: x@evil.example", "tëam@clinic.example", "a@b, c@d"],
)
def test_a_wrong_recipient_never_leaves_and_stays_owed(room: Mailroom, recipients: str) -> None:
    room.configure(TEAM_RECIPIENTS=json.dumps({"default": [recipients]}))
    room.store(owed(TEAM_NEW))
    assert room.run("team", message(TEAM_NEW)) == []

    assert room.sent == []
    assert room.letter(TEAM_NEW).reason == "unsendable: recipients"
    assert room.shards() == [TEAM_NEW]
