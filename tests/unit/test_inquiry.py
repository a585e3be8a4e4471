"""What an inquiry's timestamps, keys and tokens say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.inquiry import (
    DUE_SHARDS,
    TOKENS_LIVE,
    File,
    Inquiry,
    Record,
    due_shard,
    file_key,
    from_key,
    opens,
    split_token,
)
from intake.reference import new_id

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
INQUIRY = Inquiry(
    id="a" * 26,
    form="rheumatoid-arthritis",
    form_version="2026-11-22",
    reference="INQ-7F3K-22QX",
    locale="en",
    received_at=NOW,
    answer_by=NOW,
    answers={
        "records": [
            {"requirement": "blood", "document_date": "2026-11"},
            {"requirement": "photo"},
        ]
    },
    upload_secret="u" * 26,
    receipt_secret="r" * 26,
    tokens_expire_at=NOW + TOKENS_LIVE,
    base_url="https://intake.clinic.example",
)


def a_file(n, record, *, checked=True, verdict="clean"):
    return File(
        inquiry=INQUIRY.id,
        n=n,
        record=record,
        requirement="blood",
        version="1",
        size=3,
        sha256="0" * 64,
        name="Jane_HIV.pdf",
        declared_type="application/pdf",
        declared_at=NOW,
        checked_at=NOW if checked else None,
        verdict=verdict if checked else None,
    )


def test_records_are_the_announced_ones_in_the_order_of_the_post():
    assert INQUIRY.records == (Record(0, "blood", "2026-11"), Record(1, "photo"))
    assert replace(INQUIRY, answers={}).records == ()


def test_a_key_names_inquiry_and_number_and_never_the_file():
    file = a_file(7, 0)

    assert file.key == f"{INQUIRY.id}/0007"
    assert from_key(file.key) == (INQUIRY.id, 7)
    assert "HIV" not in file.key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/0001",
        f"{'a' * 26}",
        f"{'a' * 26}/",
        f"{'a' * 26}/1",
        f"{'a' * 26}/{'9' * 5000}",
        f"{'a' * 26}/00001",
        f"{'a' * 26}/\u0660\u0660\u0660\u0661",
        f"{'a' * 26}/0001/0001",
        f"{'a' * 25}/0001",
        "reports/2026/11.pdf",
    ],
)
def test_what_is_no_key_of_ours_is_not_read_as_one(key):
    assert from_key(key) is None


def test_state_follows_from_timestamps():
    waiting = a_file(0, 0, checked=False)

    assert waiting.state == "announced"
    assert replace(waiting, arrived_at=NOW).state == "arrived"
    for verdict in ("clean", "refused", "withheld"):
        assert a_file(0, 0, verdict=verdict).state == verdict


def test_each_token_opens_the_page_until_it_expires():
    inquiry, upload = split_token(INQUIRY.upload_token)
    same, receipt = split_token(INQUIRY.receipt_token)
    last = INQUIRY.tokens_expire_at - timedelta(microseconds=1)

    assert inquiry == same == INQUIRY.id
    assert upload != receipt
    assert opens(INQUIRY, upload, last)
    assert opens(INQUIRY, receipt, last)
    assert not opens(INQUIRY, upload, INQUIRY.tokens_expire_at)
    assert not opens(INQUIRY, "x" * 26, NOW)
    assert not opens(INQUIRY, "", NOW)
    assert not opens(replace(INQUIRY, rejected_at=NOW), upload, NOW)


@pytest.mark.parametrize("token", ["", "a" * 51, "a" * 53, "a" * 51 + "/", "é" * 52, "\u0660" * 52])
def test_what_can_be_no_token_is_none(token):
    assert split_token(token) is None


def test_inquiries_spread_over_all_shards_and_always_over_the_same():
    shards = [due_shard(new_id()) for _ in range(800)]

    assert set(shards) == {str(shard) for shard in range(DUE_SHARDS)}
    assert due_shard("a" * 26) == due_shard("a" * 26)


def test_a_file_beyond_the_ten_thousandth_still_has_one_key():
    assert from_key(file_key("a" * 26, 12_345)) == ("a" * 26, 12_345)
