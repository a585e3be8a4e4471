"""Privacy: what somebody typed is found in the table and the buckets, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPTS,
    SENDER_LETTERS,
    TEAM_CHANGE,
    TEAM_WITHDRAWN,
)
from tests.handlers import FALLBACK, TEAM
from tests.journey import told
from tests.journey.markers import free_texts
from tests.journey.stories import STORIES
from tests.journey.visitor import GENERAL, OWN, RA, Visitor
from tests.pipeline import pipeline

PLACES = ["log", "queue", "S3 object", "table key", "mail", "reply header", "page", "reply"]


@pytest.fixture(scope="module")
def lived() -> Iterator[Visitor]:
    """Live through every story once, in one world."""
    with pipeline() as deployed:
        visitor = Visitor(deployed)
        for story in STORIES:
            story(visitor)
        yield visitor


@pytest.fixture(scope="module")
def leaked(lived: Visitor) -> dict[str, set[str]]:
    return told.leaks(lived.pipeline, lived.replies, lived.markers)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_somebody_typed_is_told(leaked: dict[str, set[str]], place: str) -> None:
    assert leaked.get(place, set()) == set()


def test_no_other_request_to_aws_tells_anything(leaked: dict[str, set[str]]) -> None:
    assert {place: fields for place, fields in leaked.items() if place not in PLACES} == {}


def test_a_mail_goes_to_one_address_the_clinics_or_the_senders_own(lived: Visitor) -> None:
    for letter in lived.pipeline.mails:
        (address,) = told.recipients(letter)
        tags = dict(letter.tags)
        inquiry = lived.pipeline.case(tags["inquiry"]).inquiry
        answers = inquiry.answers
        own = dict.fromkeys(SENDER_LETTERS, answers["contact"]["email"])
        own |= {RECEIPTS[1]: str(inquiry.address), "team_fallback": FALLBACK}
        assert address == own.get(tags["letter"], TEAM)
    assert {dict(letter.tags)["letter"] for letter in lived.pipeline.mails} >= {
        *("team_new", "team_fallback", TEAM_CHANGE, TEAM_WITHDRAWN),
        *(*RECEIPTS[:2], FILES_UNUSABLE),
    }


def test_the_senders_own_page_shows_their_address_and_their_files_names_alone(
    lived: Visitor,
) -> None:
    shown = [told.Told("", "")]
    for page in lived.own_pages:
        assert page.status == 200
        shown += told.answer(page)
    assert {field for each in shown for field in lived.markers.found_in(each.text)} == OWN - {
        "corrected email"
    }


def test_what_was_accepted_is_kept_and_nothing_else(lived: Visitor) -> None:
    kept = lived.markers.cores_in(json.dumps(lived.pipeline.items(), ensure_ascii=False))

    owners = {"file name", "file type", "file subject"}
    about_files = {core for core in kept if lived.markers.owner[core] in owners}
    assert {lived.markers.owner[core] for core in about_files} == owners
    assert kept == lived.stored | about_files


def test_files_are_kept_in_the_buckets_alone(lived: Visitor) -> None:
    versions = lived.pipeline.versions()
    files = b"".join(lived.pipeline.read(*each)["Body"].read() for each in versions)

    assert [content for content in lived.contents if content.encode() not in files] == []


@pytest.mark.parametrize("form", [RA, GENERAL])
def test_every_free_text_of_a_form_was_marked(lived: Visitor, form: str) -> None:
    marked = {lived.markers.owner[core] for core in lived.stored}
    unmarked = set(free_texts(lived.form(form).tree)) - marked

    # A day to come, told by its shape from no other: nothing of it could be searched for.
    assert unmarked <= {"missing_records.expected_by"}
