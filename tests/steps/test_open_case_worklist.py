"""The worklists: what is promised first comes first, a page costs one read, forms stay apart."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from intake import clock
from intake.reference import new_id, new_reference
from tests.steps.mailroom import CANARY, NOW
from tests.steps.staff import (
    DOCTOR,
    GENERAL,
    RHEUMATOID,
    SUPERVISOR,
    Office,
    a_case,
    an_event,
)

MANY = 120


@pytest.fixture
def office(aws, monkeypatch):
    """Open the office: the clinic's resources and the step's environment."""
    return Office(aws, monkeypatch)


def filled(office, count, **changes):
    """Store *count* inquiries, promised in turn; return their references in that order."""
    references = [new_reference() for _ in range(count)]
    # The last one promised was received first, so that only the promise can be what sorts.
    for n, reference in enumerate(references):
        given = {"received_at": NOW - timedelta(hours=n), "answer_by": NOW + timedelta(hours=n)}
        office.clinic.store(a_case(id=new_id(), reference=reference, **(given | changes)))
    return references


def listed(told):
    return [each["reference"] for each in told.body["cases"]]


def test_what_is_promised_first_comes_first(office):
    references = filled(office, 3)

    told = office.list(query=f"form={RHEUMATOID}")

    assert told.status == 200
    assert told.body["cases"] == [
        {
            "reference": reference,
            "received": clock.text(NOW - timedelta(hours=n)),
            "answerBy": clock.text(NOW + timedelta(hours=n)),
        }
        for n, reference in enumerate(references)
    ]
    assert told.body["next"] is None
    assert CANARY not in told.raw.replace("dr.canary", "")


def test_a_reader_sees_who_they_are_and_their_forms(office):
    body = office.list(DOCTOR).body

    assert body == {
        "who": {"name": "dr.canary", "role": "doctor"},
        "forms": [
            {"name": "autoimmune", "title": "Autoimmune and internal illnesses"},
            {"name": GENERAL, "title": "General inquiry"},
            {"name": "neurological", "title": "Nerves, brain and muscles"},
            {"name": "orthopaedic", "title": "Joints, bones and back"},
            {"name": RHEUMATOID, "title": "Rheumatoid arthritis"},
        ],
        "form": "autoimmune",
        "list": "open",
        "cases": [],
        "next": None,
    }


def test_who_reads_one_form_gets_that_one(office):
    filled(office, 2, form=GENERAL)
    (reference,) = filled(office, 1)

    body = office.list("[ra-doctors]").body

    assert [each["name"] for each in body["forms"]] == [RHEUMATOID]
    assert body["form"] == RHEUMATOID
    assert [each["reference"] for each in body["cases"]] == [reference]


@pytest.mark.parametrize("groups", [None, "[]", "", "[visitors]", "doctor", "Doctors", "*"])
def test_who_is_in_no_group_of_ours_gets_an_empty_list(office, groups):
    filled(office, 2)

    told = office.list(groups)

    assert told.status == 200
    assert (told.body["forms"], told.body["form"], told.body["cases"]) == ([], None, [])
    assert told.body["who"] == {"name": "dr.canary", "role": None}


def test_the_role_shown_is_that_for_the_form_shown(office):
    groups = "[ra-doctors general-supervisors]"

    assert office.list(groups, f"form={RHEUMATOID}").body["who"]["role"] == "doctor"
    assert office.list(groups, f"form={GENERAL}").body["who"]["role"] == "supervisor"


def test_pages_follow_each_other_without_gap_or_repeat_and_cost_one_read_each(office):
    references = filled(office, MANY)
    seen, query = [], f"form={RHEUMATOID}"
    pages = 0
    while True:
        before = len(office.clinic.calls)
        told = office.list(query=query)
        assert office.clinic.calls[before:] == ["dynamodb.Query"]
        pages += 1
        seen += listed(told)
        if told.body["next"] is None:
            break
        query = f"form={RHEUMATOID}&after={quote(told.body['next'])}"

    assert seen == references
    assert pages == 3


def test_what_is_kept_aside_has_its_own_list(office):
    open_ones, aside = filled(office, 2), filled(office, 2, quarantined_at=NOW)

    assert listed(office.list(query=f"form={RHEUMATOID}")) == open_ones
    assert listed(office.list(query=f"form={RHEUMATOID}&list=quarantine")) == aside


def test_what_needs_no_more_work_is_on_no_list(office):
    filled(office, 1, answered_at=NOW)
    filled(office, 1, quarantined_at=NOW, rejected_at=NOW)

    for kind in ("open", "quarantine"):
        assert listed(office.list(query=f"form={RHEUMATOID}&list={kind}")) == []


def test_a_place_in_another_forms_list_leads_to_nothing_of_it(office):
    filled(office, 60)
    general = filled(office, 3, form=GENERAL)
    foreign = office.list(DOCTOR, f"form={RHEUMATOID}").body["next"]
    assert foreign

    told = office.list("[general-supervisors]", f"form={GENERAL}&after={foreign}")

    assert told.status == 200
    assert set(listed(told)) <= set(general)


def forged():
    """Yield what somebody could send for a cursor."""
    order = f"{clock.text(NOW)}#INQ-7F3K-22QW"
    key = {"worklist": RHEUMATOID, "worklist_order": order, "pk": "inquiry#a", "sk": "inquiry"}
    texts = (
        "{}",
        json.dumps(key),
        json.dumps({name: {"S": value} for name, value in key.items()}),
        order,
        f"{order}#",
        f"{order}#{'A' * 26}",
        f"{order}#{'a' * 27}",
        f"{order}\n#{'a' * 26}",
        f"{order}#{'a' * 26}\n",
        f"{order}#{'a' * 26}#quarantine",
        f"quarantine#{order}#{'a' * 26}",
        "\0",
    )
    yield from (base64.urlsafe_b64encode(text.encode()).decode() for text in texts)
    yield from ("=", "!", "a", "AAAA" * 5_000, "ก", "%00", "null", "../x", "0", "-_-_")


@pytest.mark.parametrize("after", [*forged()])
def test_a_cursor_that_is_not_ours_is_nothing(office, after):
    filled(office, 2)

    told = office.list(query=f"form={RHEUMATOID}&after={quote(after)}")

    assert (told.status, told.code) == (404, "NOT_FOUND")


def test_an_empty_cursor_is_the_first_page(office):
    references = filled(office, 2)

    assert listed(office.list(query=f"form={RHEUMATOID}&after=")) == references


def test_a_cursor_tells_nothing_but_the_last_row_and_its_id(office):
    references = filled(office, 51)

    cursor = office.list(query=f"form={RHEUMATOID}").body["next"]

    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    moment, reference, inquiry = text.split("#")
    assert (moment, reference) == (clock.text(NOW + timedelta(hours=49)), references[49])
    assert len(inquiry) == 26


def test_a_list_changes_nothing(office):
    filled(office, 2)
    before = office.table()

    office.send(an_event("GET /cases", SUPERVISOR))

    assert office.table() == before
