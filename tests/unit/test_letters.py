"""Letters as words: equal parts, nothing that a value could smuggle in, nowhere else to go."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.aws.mail import Postbox, UnsendableError, assert_sendable
from intake.inquiry import (
    SENDER_LETTERS,
    TEAM_ESCALATION,
    TEAM_LETTERS,
    TEAM_NEW,
    TEAM_REMINDER,
    Letter,
)
from intake.letters.draft import Draft, Fact, Link, Mail, mailbox, sender
from intake.letters.posting import DAILY_QUOTA, next_due

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
POSTBOX = Postbox(None, "Clinic Intake <intake@clinic.example>", "intake-team")
TAGS = {"inquiry": "a" * 26, "letter": TEAM_NEW}
DRAFT = Draft(
    subject="New inquiry INQ-7F3K-22QX",
    language="en",
    direction="ltr",
    lead="General inquiry form · 2 of 3 required records",
    banner="Environment: staging",
    paragraphs=("First paragraph.", "Second paragraph."),
    link=Link("Open the case", "https://clinic.example/team/#INQ-7F3K-22QX"),
    facts=(Fact("Reference", "INQ-7F3K-22QX"), Fact("Files", "3, 1.2 MB")),
    closing=("Patient details never travel by mail.",),
)
MAIL = Mail(("team@clinic.example",), DRAFT, (1, 2))

BREAKS = ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
ENCODED = [
    "=?UTF-8?Q?=0A?=",
    "=?utf-8?q?=0D=0A?=",
    "=?UTF-8?B?DQo=?=",
    "=?utf-8?b?Cg==?=",
    "💩 =?UTF-8?Q?=0A?=",
    "=?iso-8859-1?q?=0a?=",
]
PAYLOADS = [
    f"{before}{breaking}Bcc: injected@evil.example"
    for before in ("", "INQ-7F3K-22QX", "x" * 990)
    for breaking in (*BREAKS, *ENCODED)
]
MARKUP = [
    "<img src=x onerror=alert(1)>",
    "</td></tr></table><a href=//evil.example>click</a>",
    "{{7*7}}{% raw %}",
    "<style>td{display:none}</style>",
    '" onmouseover="alert(1)',
    "\u202e<b>\u200b",
    "&lt;script&gt;",
]


class Reader(HTMLParser):
    """Collects what a browser would build and what a reader would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.links: list[str] = []
        self.words: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[f"{tag} {sorted(name for name, _ in attrs)}"] += 1
        self._hidden = self._hidden or tag in {"style", "title"}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag not in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


def test_both_parts_say_the_same() -> None:
    html = Reader(DRAFT.html)

    said = [word.strip("*:") for word in DRAFT.text.split()]
    assert Counter(word for word in said if word) == Counter(
        [word.strip("*:") for word in html.words] + html.links
    )


def test_the_lead_is_the_first_line_unless_the_environment_must_be_named() -> None:
    assert replace(DRAFT, banner="").text.splitlines()[0] == DRAFT.lead
    assert DRAFT.text.splitlines()[0] == "*** Environment: staging ***"


def test_a_letter_loads_nothing() -> None:
    html = Reader(replace(DRAFT, link=None).html)

    assert html.links == []
    assert not any(tag.split()[0] in {"img", "link", "script", "iframe"} for tag in html.elements)
    assert "url(" not in DRAFT.html


def test_a_reference_is_never_broken_over_two_lines() -> None:
    html = replace(DRAFT, lead="Your inquiry INQ-7F3K-22QX <b>arrived</b>").html

    assert (
        'Your inquiry <bdi style="white-space:nowrap">INQ-7F3K-22QX</bdi>'
        " &lt;b&gt;arrived&lt;/b&gt;" in html
    )


def test_right_to_left_letters_are_aligned_to_the_right() -> None:
    html = replace(DRAFT, language="ar", direction="rtl").html

    assert '<html lang="ar" dir="rtl">' in html
    assert 'align="left"' not in html


@pytest.mark.parametrize("value", MARKUP)
def test_no_value_becomes_markup(value: str) -> None:
    harmless = replace(DRAFT, lead="x", paragraphs=("x",), facts=(Fact("x", "x"),), closing=("x",))
    hostile = replace(
        DRAFT, lead=value, paragraphs=(value,), facts=(Fact(value, value),), closing=(value,)
    )

    assert Reader(hostile.html).elements == Reader(harmless.html).elements
    assert Reader(hostile.html).links == Reader(harmless.html).links


@pytest.mark.parametrize("breaking", [*BREAKS, "\u202e", "\u2066", "\x00"])
def test_no_value_starts_a_line_of_its_own_or_turns_text_around(breaking: str) -> None:
    forged = f"3{breaking}Answer due: never"
    draft = replace(DRAFT, facts=(Fact("Files", forged),))

    assert breaking.strip("\n") == "" or breaking not in draft.text + draft.html
    assert len(draft.text.splitlines()) == len(
        replace(DRAFT, facts=(Fact("Files", "3"),)).text.splitlines()
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_subject_that_could_end_its_header_never_leaves(payload: str) -> None:
    mail = replace(MAIL, draft=replace(DRAFT, subject=f"New inquiry {payload}"))

    with pytest.raises(UnsendableError, match="subject"):
        assert_sendable(POSTBOX.request(mail, TAGS), POSTBOX, mail, TAGS)


@given(st.text())
def test_whatever_passes_reads_back_with_the_configured_headers_only(text: str) -> None:
    mail = replace(MAIL, draft=replace(DRAFT, subject=f"New inquiry {text}"))
    request = POSTBOX.request(mail, TAGS)
    try:
        assert_sendable(request, POSTBOX, mail, TAGS)
    except UnsendableError:
        return
    raw = EmailMessage(policy=SMTP)
    raw["From"], raw["To"] = request["FromEmailAddress"], request["Destination"]["ToAddresses"]
    raw["Subject"] = request["Content"]["Simple"]["Subject"]["Data"]

    read = message_from_bytes(raw.as_bytes(), policy=default)
    assert sorted(read.keys()) == ["From", "Subject", "To"]
    assert [address.addr_spec for address in read["To"].addresses] == list(mail.recipients)


def _without(request: dict[str, Any], part: str) -> None:
    request["Content"]["Simple"]["Body"][part]["Data"] = " \n"


@pytest.mark.parametrize(
    ("wrong", "tamper"),
    [
        ("arguments", lambda r: r.update(ReplyToAddresses=["x@evil.example"])),
        ("arguments", lambda r: r.pop("ConfigurationSetName")),
        ("content", lambda r: r["Content"].update(Raw={"Data": b""})),
        ("content", lambda r: r["Content"]["Simple"].update(Attachments=[])),
        ("sender", lambda r: r.update(FromEmailAddress="x@evil.example")),
        ("destination", lambda r: r["Destination"].update(BccAddresses=["x@evil.example"])),
        ("recipients", lambda r: r["Destination"]["ToAddresses"].append("x@evil.example")),
        ("recipients", lambda r: r["Destination"]["ToAddresses"].clear()),
        ("configuration set", lambda r: r.update(ConfigurationSetName="other")),
        ("subject", lambda r: r["Content"]["Simple"]["Subject"].update(Data="Jane Doe")),
        ("headers", lambda r: r["Content"]["Simple"].update(Headers=[])),
        ("tags", lambda r: r["EmailTags"].append({"Name": "name", "Value": "Jane"})),
        ("body", lambda r: _without(r, "Text")),
        ("body", lambda r: _without(r, "Html")),
    ],
)
def test_a_request_that_differs_from_its_letter_never_leaves(wrong: str, tamper: Any) -> None:
    request = copy.deepcopy(POSTBOX.request(MAIL, TAGS))
    assert_sendable(request, POSTBOX, MAIL, TAGS)
    tamper(request)

    with pytest.raises(UnsendableError, match=wrong):
        assert_sendable(request, POSTBOX, MAIL, TAGS)


@pytest.mark.parametrize(
    "recipients",
    [
        (),
        tuple(f"doctor{n}@clinic.example" for n in range(51)),
        ("a@b.example, c@d.example",),
        ("Team <team@clinic.example>",),
        ("team@clinic.example\r\nBcc: x@evil.example",),
        ("tëam@clinic.example",),
    ],
)
def test_recipients_that_ses_refuses_or_reads_differently_never_leave(
    recipients: tuple[str, ...],
) -> None:
    mail = replace(MAIL, recipients=recipients)

    with pytest.raises(UnsendableError, match="recipients"):
        assert_sendable(POSTBOX.request(mail, TAGS), POSTBOX, mail, TAGS)


@pytest.mark.parametrize(
    ("clinic", "address", "line"),
    [
        ("Example Clinic", "intake@clinic.example", "Example Clinic <intake@clinic.example>"),
        ("Smith, Lee & Co", "i@clinic.example", '"Smith, Lee & Co" <i@clinic.example>'),
        ("คลินิก", "i@clinic.example", "=?utf-8?b?4LiE4Lil4Li04LiZ4Li04LiB?= <i@clinic.example>"),
        ("Example Clinic", "Intake <i@clinic.example>", "Intake <i@clinic.example>"),
    ],
)
def test_letters_come_from_the_clinic_by_name(clinic: str, address: str, line: str) -> None:
    assert sender(clinic, address) == line
    postbox = replace(POSTBOX, sender=line)
    assert_sendable(postbox.request(MAIL, TAGS), postbox, MAIL, TAGS)


def test_a_sender_that_could_end_its_header_sends_nothing() -> None:
    postbox = replace(POSTBOX, sender=sender("Clinic\r\nBcc: x@evil.example", "i@clinic.example"))

    with pytest.raises(UnsendableError, match="sender"):
        assert_sendable(postbox.request(MAIL, TAGS), postbox, MAIL, TAGS)


@pytest.mark.parametrize("kind", [*TEAM_LETTERS, TEAM_REMINDER, TEAM_ESCALATION, *SENDER_LETTERS])
def test_every_kind_of_letter_may_stand_in_a_tag(kind: str) -> None:
    tags = TAGS | {"letter": kind}

    assert_sendable(POSTBOX.request(MAIL, tags), POSTBOX, MAIL, tags)


@pytest.mark.parametrize("value", ["", "Jane Doe", "x" * 257, "é", "a@b"])
def test_tags_hold_ids_only(value: str) -> None:
    tags = TAGS | {"letter": value}

    with pytest.raises(UnsendableError, match="tags"):
        assert_sendable(POSTBOX.request(MAIL, tags), POSTBOX, MAIL, tags)


@pytest.mark.parametrize(
    ("address", "written_to"),
    [
        ("ada@Clinic.Example", "ada@clinic.example"),
        ("ada.l+x@mail.example.org", "ada.l+x@mail.example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@อีเมล.example", "ada@xn--y3ciw6a5c.example"),
    ],
)
def test_addresses_are_written_as_ses_takes_them(address: str, written_to: str) -> None:
    assert mailbox(address) == written_to


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@clinic.example",
        "ada@localhost",
        "ada@clinic..example",
        "ada@-clinic.example",
        "ada@clinic.e",
        "ada@[127.0.0.1]",
        ".ada@clinic.example",
        "a..b@clinic.example",
        '"a b"@clinic.example',
        "a b@clinic.example",
        "a@b@clinic.example",
        "ada@clinic.example\n",
        "ada\r\nBcc: x@evil.example",
        "ada@clinic.example, x@evil.example",
        "ada <x@evil.example>",
        "=?utf-8?q?ada?=@clinic.example",
        "เอดา@clinic.example",
        "ada@straße.example",
        "x" * 65 + "@clinic.example",
        "ada@" + "x." * 130 + "example",
    ],
)
def test_addresses_that_can_be_read_in_two_ways_are_not_written_to(address: str) -> None:
    assert mailbox(address) is None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_mailbox_settles_and_never_fails(text: str) -> None:
    written = mailbox(f"{text}@clinic.example")

    assert written is None or mailbox(written) == written


@pytest.mark.parametrize(
    ("attempts", "since_owed", "reason", "wait"),
    [
        (1, timedelta(minutes=10), "Throttling", timedelta(seconds=30)),
        (2, timedelta(minutes=10), "Throttling", timedelta(minutes=2)),
        (3, timedelta(minutes=10), "Throttling", timedelta(minutes=10)),
        (4, timedelta(minutes=10), "Throttling", timedelta(minutes=10)),
        (5, timedelta(minutes=10), "Throttling", timedelta(hours=1)),
        (400, timedelta(minutes=10), "Throttling", timedelta(hours=1)),
        (1, timedelta(minutes=10), DAILY_QUOTA, timedelta(hours=4)),
        # While the promise of five minutes can still be kept, once more before it breaks.
        (1, timedelta(0), DAILY_QUOTA, timedelta(minutes=4)),
        (3, timedelta(minutes=1), "Throttling", timedelta(minutes=3)),
        (3, timedelta(minutes=4), "Throttling", timedelta(minutes=10)),
    ],
)
def test_the_next_attempt(
    attempts: int, since_owed: timedelta, reason: str, wait: timedelta
) -> None:
    letter = Letter("a" * 26, TEAM_NEW, owed_at=NOW - since_owed, attempts=attempts)

    assert next_due(letter, reason, NOW) - NOW == wait
