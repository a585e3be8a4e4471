"""reply_to_sender: an honest receipt in the sender's language, and no way to flood a stranger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from intake.inquiry import FILES_UNUSABLE, RECEIPT
from tests.steps.mailroom import (
    ANSWERS,
    CANARY,
    INQUIRY,
    NOW,
    REFERENCE,
    SENDER,
    Mailroom,
    a_file,
    mailroom,
    message,
    owed,
    own_clients,
    subject,
    text,
)

LINK = f"https://intake.clinic.example/u/{INQUIRY}{'r' * 26}"


@pytest.fixture(scope="module", autouse=True)
def _clients() -> Iterator[None]:
    with own_clients():
        yield


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    with mailroom(monkeypatch) as opened:
        yield opened


def answers(**contact: Any) -> dict[str, Any]:
    return ANSWERS | {"contact": ANSWERS["contact"] | contact}


def inquiries(room: Mailroom, count: int, **contact: Any) -> list[str]:
    """Store so many inquiries of one address, each with its receipt owed; return their ids."""
    ids = [f"{n:026d}" for n in range(count)]
    for inquiry in ids:
        room.store(owed(RECEIPT), id=inquiry, answers=answers(**contact))
    return ids


def test_a_receipt_tells_what_arrived_and_when_they_will_hear(room: Mailroom) -> None:
    room.store(owed(RECEIPT), files=(a_file(0, 0), a_file(1, 1, None)))
    assert room.run("sender", message(RECEIPT)) == []

    (mail,) = room.sent
    assert mail["Destination"] == {"ToAddresses": [SENDER]}
    assert mail["ConfigurationSetName"] == "intake-sender"
    assert subject(mail) == f"We received your inquiry {REFERENCE}"
    said = text(mail)
    assert said.startswith(f"Your inquiry {REFERENCE} has arrived at Example Clinic.\n")
    assert (
        "Required records so far: 1 of 3 complete, 1 being checked, 1 that you will send later."
        in said
    )
    assert "Files that have arrived so far: 2." in said
    assert "by Tue 24 Nov 17:00 (Bangkok)" in said
    assert "see what is missing, and you can add files until 21 Jan 2027." in said
    assert "the button on that page that confirms this email address" in said
    assert "not an emergency service" in said
    assert "not medical advice" in said
    assert [line for line in said.splitlines() if "http" in line] == [LINK]


def test_a_receipt_is_written_in_the_language_of_the_form(room: Mailroom) -> None:
    room.store(owed(RECEIPT), locale="th")
    room.run("sender", message(RECEIPT))

    (mail,) = room.sent
    assert subject(mail) == f"เราได้รับคำถามของคุณแล้ว {REFERENCE}"
    assert "24 พ.ย. 17:00" in text(mail)
    assert '<html lang="th" dir="ltr">' in mail["Content"]["Simple"]["Body"]["Html"]["Data"]


def test_a_language_that_the_form_dropped_falls_back(room: Mailroom) -> None:
    room.store(owed(RECEIPT), locale="xx")
    room.run("sender", message(RECEIPT))

    assert subject(room.sent[0]) == f"We received your inquiry {REFERENCE}"


def test_a_form_without_required_records_counts_files_only(room: Mailroom) -> None:
    room.store(owed(RECEIPT), form="general-inquiry", files=(a_file(0, 0),))
    room.run("sender", message(RECEIPT))

    assert "Files that have arrived so far: 1." in text(room.sent[0])
    assert "equired" not in text(room.sent[0])


def test_nothing_that_was_typed_and_no_diagnosis_is_in_a_receipt(room: Mailroom) -> None:
    sent_directly = a_file(2, None, "withheld", name=f"{CANARY} MRI.zip", upload_id="upload-id")
    files = (a_file(0, 0), a_file(1, 1, "refused"), sent_directly)
    room.store(owed(RECEIPT), files=files)
    room.run("sender", message(RECEIPT))

    (mail,) = room.sent
    left = json.dumps(mail["Content"]) + json.dumps(mail["EmailTags"]) + room.log.getvalue()
    for secret in (
        CANARY,
        SENDER,
        "heumatoid",
        "rthritis",
        "blood",
        "adiolog",
        "1971",
        ".pdf",
        ".zip",
    ):
        assert secret not in left, secret


def test_what_is_on_its_way_has_not_arrived(room: Mailroom) -> None:
    coming = a_file(1, None, None, arrived_at=None, version=None, size=None, sha256=None)
    room.store(owed(RECEIPT), files=(a_file(0, None), coming))
    room.run("sender", message(RECEIPT))

    assert "Files that have arrived so far: 1." in text(room.sent[0])
    assert "\n1 file is still on its way." in text(room.sent[0])


@pytest.mark.parametrize(
    ("locale", "files", "records"),
    [
        ("en", "2 files are still on their way.", "0 of 3 complete, 2 on the way, 1 that you"),
        ("th", "อีก 2 ไฟล์กำลังส่งมา", "ครบแล้ว 0 จาก 3 รายการ"),
    ],
)
def test_what_was_declared_is_not_to_be_sent_later(
    room: Mailroom, locale: str, files: str, records: str
) -> None:
    flying = {"arrived_at": None, "version": None, "sha256": None}
    gone = a_file(2, 0, None, abandoned_at=NOW, **flying)
    coming = (a_file(0, 0, None, **flying), a_file(1, 1, None, **flying), gone)
    room.store(owed(RECEIPT), files=coming, locale=locale)
    room.run("sender", message(RECEIPT))

    said = text(room.sent[0])
    assert files in said
    assert records in said
    assert "Files that have arrived" not in said


def test_that_no_file_came_goes_without_saying(room: Mailroom) -> None:
    room.store(owed(RECEIPT))
    room.run("sender", message(RECEIPT))

    said = text(room.sent[0])
    assert "iles" not in said.partition("On the page below you see what is missing")[0]
    assert "you can add files until" in said


def test_a_receipt_that_staff_had_sent_again_says_so(room: Mailroom) -> None:
    room.store(owed(RECEIPT, resent_at=NOW))
    room.run("sender", message(RECEIPT))

    said = text(room.sent[0])
    assert "Our staff had this email sent again." in said
    assert "If you have received the earlier one, there is nothing to do about this one." in said
    assert room.letter(RECEIPT).sent_at == NOW


def test_the_team_token_is_never_in_a_receipt(room: Mailroom) -> None:
    room.store(owed(RECEIPT))
    room.run("sender", message(RECEIPT))

    assert "u" * 26 not in json.dumps(room.sent)


@pytest.mark.parametrize(
    "address",
    [
        "ada@patient.example\r\nBcc: x@evil.example",
        "ada@patient.example,x@evil.example",
        "=?utf-8?q?ada?=@patient.example",
        "เอดา@patient.example",
        "ada@straße.example",
    ],
)
def test_an_address_that_cannot_be_written_to_safely_ends_the_receipt(
    room: Mailroom, address: str
) -> None:
    room.store(owed(RECEIPT), answers=answers(email=address))
    assert room.run("sender", message(RECEIPT)) == []

    assert room.sent == []
    letter = room.letter(RECEIPT)
    assert (letter.closed_at, letter.reason, letter.due_at) == (NOW, "address", None)


def test_an_international_domain_is_written_in_its_ascii_form(room: Mailroom) -> None:
    room.store(owed(RECEIPT), answers=answers(email="ada@bücher.example"))
    room.run("sender", message(RECEIPT))

    assert room.sent[0]["Destination"] == {"ToAddresses": ["ada@xn--bcher-kva.example"]}


def test_a_thousand_posts_with_one_address_make_three_receipts_a_day(room: Mailroom) -> None:
    ids = inquiries(room, 40)
    assert room.run("sender", *(message(RECEIPT, inquiry) for inquiry in ids)) == []

    assert len(room.sent) == 3
    closed = [room.letter(RECEIPT, inquiry) for inquiry in ids[3:]]
    assert {letter.reason for letter in closed} == {"limit"}
    assert room.shards() == [RECEIPT] * 3
    assert not any(line["level"] == "ERROR" for line in room.logged())


def test_capital_letters_do_not_buy_more_receipts(room: Mailroom) -> None:
    for n, address in enumerate(
        ("ada@x.example", "ADA@x.example", "Ada@X.example", "aDA@x.EXAMPLE")
    ):
        room.store(owed(RECEIPT), id=f"{n:026d}", answers=answers(email=address))
        room.run("sender", message(RECEIPT, f"{n:026d}"))

    assert len(room.sent) == 3


@pytest.mark.parametrize(
    "addresses",
    [
        ("a.da@gmail.com", "ad.a@gmail.com", "a.d.a@googlemail.com", "ada@gmail.com"),
        ("a.da@proton.me", "a-da@protonmail.com", "ad_a@pm.me", "ada@protonmail.ch"),
    ],
)
def test_dots_do_not_buy_more_receipts_where_the_host_reads_over_them(
    room: Mailroom, addresses: tuple[str, ...]
) -> None:
    for n, address in enumerate((*addresses, "a.da@x.example", "ad.a@x.example")):
        room.store(owed(RECEIPT), id=f"{n:026d}", answers=answers(email=address))
        room.run("sender", message(RECEIPT, f"{n:026d}"))

    written = [mail["Destination"]["ToAddresses"] for mail in room.sent]
    assert written == [[each] for each in (*addresses[:3], "a.da@x.example", "ad.a@x.example")]


def test_tags_do_not_buy_more_receipts_and_stay_in_the_address(room: Mailroom) -> None:
    for n in range(4):
        room.store(owed(RECEIPT), id=f"{n:026d}", answers=answers(email=f"ada+{n}@x.example"))
        room.run("sender", message(RECEIPT, f"{n:026d}"))

    written = [mail["Destination"]["ToAddresses"] for mail in room.sent]
    assert written == [[f"ada+{n}@x.example"] for n in range(3)]


def rejected(why: str) -> AWSResponse:
    """Return SES's answer to a mail that it does not take."""
    headers = {"x-amzn-errortype": "MessageRejected"}
    refused = AWSResponse("https://email", 400, headers, None)
    told = {"__type": "MessageRejected", "message": why}
    refused._content = json.dumps(told).encode()  # noqa: SLF001  a response that needs no stream
    return refused


def test_a_receipt_that_ses_refuses_for_good_is_closed_and_wakes_nobody(room: Mailroom) -> None:
    room.store(owed(RECEIPT))
    room.on("sesv2", "SendEmail", lambda *_: rejected("No."))
    assert room.run("sender", message(RECEIPT)) == []

    letter = room.letter(RECEIPT)
    assert (letter.closed_at, letter.due_at, letter.reason) == (NOW, None, "MessageRejected")
    assert not any(line["level"] == "ERROR" for line in room.logged())


def test_a_receipt_waits_for_the_operator_where_no_address_is_verified_yet(room: Mailroom) -> None:
    room.store(owed(RECEIPT))
    room.on("sesv2", "SendEmail", lambda *_: rejected("Email address is not verified. The ..."))
    assert room.run("sender", message(RECEIPT)) == []

    letter = room.letter(RECEIPT)
    assert (letter.closed_at, letter.reason) == (None, "NotVerified")
    assert letter.due_at == NOW + timedelta(seconds=30)


def test_the_limit_is_for_a_day_and_for_an_address(room: Mailroom) -> None:
    first, *others, last = inquiries(room, 5)
    room.run("sender", *(message(RECEIPT, inquiry) for inquiry in (first, *others)))
    room.store(owed(RECEIPT), answers=answers(email="else@patient.example"))
    room.run("sender", message(RECEIPT))
    assert len(room.sent) == 4
    room.clock.shift(timedelta(days=1))
    room.run("sender", message(RECEIPT, last))

    assert len(room.sent) == 5


def test_a_repeat_says_so_and_counts_once(room: Mailroom) -> None:
    ids = inquiries(room, 3)

    def time_out(*_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://email")

    room.on("sesv2", "SendEmail", time_out)
    room.run("sender", *(message(RECEIPT, inquiry) for inquiry in ids))
    room.mend()
    room.clock.shift(timedelta(minutes=2))
    room.run("sender", *(message(RECEIPT, inquiry) for inquiry in ids))

    assert len(room.sent) == 3
    assert all("This may be a repeat" in text(mail) for mail in room.sent)
    assert all("received the earlier one, there is nothing to do" in text(m) for m in room.sent)


# ---- Files that could not be used ---------------------------------------------------------------

UNUSABLE = (a_file(0, 0, "refused"), a_file(1, 1), a_file(2, None, "refused"))


def told(room: Mailroom, *letters: Any, **changes: Any) -> Any:
    """Have the letter of refused files written; return it as the ledger has it."""
    given: dict[str, Any] = {"confirmed_at": NOW, "files": UNUSABLE} | changes
    room.store(owed(FILES_UNUSABLE), *letters, **given)
    assert room.run("sender", message(FILES_UNUSABLE)) == []
    return room.letter(FILES_UNUSABLE)


def test_refused_files_are_counted_and_explained_behind_the_link(room: Mailroom) -> None:
    letter = told(room)

    (mail,) = room.sent
    assert mail["Destination"] == {"ToAddresses": [SENDER]}
    assert mail["ConfigurationSetName"] == "intake-sender"
    assert subject(mail) == f"Some files could not be used: inquiry {REFERENCE}"
    said = text(mail)
    assert said.startswith(
        f"We could not use 2 of the files that you sent for your inquiry {REFERENCE}.\n"
    )
    assert "The page below says for each file what is wrong and what you can do." in said
    assert "until 21 Jan 2027." in said
    assert "Required records so far: 0 of 3 complete, 1 here but not complete" in said
    assert "not an emergency service" in said
    assert [line for line in said.splitlines() if "http" in line] == [LINK]
    assert (letter.told, letter.sent_at) == ((0, 2), NOW)


def test_one_file_is_not_called_files(room: Mailroom) -> None:
    told(room, files=UNUSABLE[:2])

    assert text(room.sent[0]).startswith("We could not use one of the files that you sent for")


def test_refused_files_are_told_in_the_language_of_the_form(room: Mailroom) -> None:
    told(room, locale="th")

    (mail,) = room.sent
    assert subject(mail) == f"มีบางไฟล์ที่ใช้ไม่ได้: คำถาม {REFERENCE}"
    assert "มี 2 ไฟล์ที่คุณส่ง" in text(mail)
    assert "ครบแล้ว 0 จาก 3 รายการ" in text(mail)


def test_no_kind_no_reason_and_nothing_typed_is_in_a_letter_of_refused_files(
    room: Mailroom,
) -> None:
    reasons = ("pdf_active", "harmful")
    files = tuple(
        a_file(n, n, "refused", reason=reason, kind="pdf", facts='{"panels":["HIV"]}')
        for n, reason in enumerate(reasons)
    )
    told(room, files=files)

    (mail,) = room.sent
    left = json.dumps(mail["Content"]) + json.dumps(mail["EmailTags"]) + room.log.getvalue()
    for secret in (
        *(CANARY, SENDER, "heumatoid", "rthritis", "blood", "adiolog", "HIV", "pdf", "PDF"),
        *("harm", "program", "password", "u" * 26),
    ):
        assert secret not in left, secret


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rejected_at": NOW}, "rejected"),
        ({"answered_at": NOW}, "answered"),
        ({"tokens_expire_at": NOW}, "expired"),
        ({"files": UNUSABLE[1:2]}, "nothing_new"),
        ({"answers": answers(email="ada@patient.example,x@evil.example")}, "address"),
    ],
)
def test_who_need_not_hear_of_refused_files_does_not(
    room: Mailroom, changes: dict[str, Any], reason: str
) -> None:
    letter = told(room, **changes)

    assert room.sent == []
    assert (letter.closed_at, letter.reason, letter.due_at) == (NOW, reason, None)


@pytest.mark.parametrize("kind", [RECEIPT, FILES_UNUSABLE])
@pytest.mark.parametrize("resent_at", [None, NOW])
def test_nothing_goes_to_an_address_that_failed_not_even_by_a_person(
    room: Mailroom, kind: str, resent_at: datetime | None
) -> None:
    failed = {"address_failed_at": NOW, "address_failure": "complained"}
    room.store(owed(kind, resent_at=resent_at), files=UNUSABLE, confirmed_at=NOW, **failed)
    room.run("sender", message(kind))

    assert room.sent == []
    letter = room.letter(kind)
    assert (letter.closed_at, letter.reason, letter.due_at) == (NOW, "address_failed", None)


@pytest.mark.parametrize("stamp", ["soft_bounced_at", "bounced_at", "delivered_at"])
def test_a_receipt_that_only_may_have_been_lost_keeps_no_letter_back(
    room: Mailroom, stamp: str
) -> None:
    told(room, owed(RECEIPT, due_at=None, sent_at=NOW, **{stamp: NOW}))

    assert len(room.sent) == 1


def test_nothing_more_goes_to_an_address_that_nobody_confirmed(room: Mailroom) -> None:
    letter = told(room, confirmed_at=None)

    assert room.sent == []
    assert (letter.reason, letter.closed_at) == ("unconfirmed", None)
    assert letter.due_at == NOW + timedelta(seconds=30)


def test_staff_who_have_it_sent_again_vouch_for_the_address(room: Mailroom) -> None:
    room.store(owed(FILES_UNUSABLE, resent_at=NOW), files=UNUSABLE)
    room.run("sender", message(FILES_UNUSABLE))

    assert "Our staff had this email sent again." in text(room.sent[0])


def test_refused_files_do_not_use_up_the_receipts_of_a_day(room: Mailroom) -> None:
    others = inquiries(room, 3)
    told(room)
    room.run("sender", *(message(RECEIPT, inquiry) for inquiry in others))

    assert len(room.sent) == 4
