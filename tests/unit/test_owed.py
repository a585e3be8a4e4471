"""Which letters an inquiry owes, when it is accepted and when it comes out of quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from intake import owed
from intake.inquiry import FILES_UNUSABLE, LONGEST_WAIT, RECEIPT, TEAM_NEW, Case, Letter
from tests.unit.test_settling import BARE, NOW, a_file

BANGKOK = ZoneInfo("Asia/Bangkok")
SERVICE = {"working_days": ["mon", "tue", "wed", "thu", "fri"], "answer_hour": 17}
# A bot's, it seemed; its link is long dead.
SET_ASIDE = replace(
    BARE, quarantined_at=NOW - timedelta(days=90), tokens_expire_at=NOW - timedelta(days=30)
)


def on_release(case: Case) -> dict[str, Letter]:
    found = owed.on_release(case, case.inquiry, SERVICE, BANGKOK, NOW)
    return {letter.kind: letter for letter in found}


def test_files_that_were_refused_in_quarantine_are_told_once_the_address_is_known() -> None:
    case = Case(SET_ASIDE, (a_file(0, None, verdict="refused"), a_file(1, None)))

    letter = on_release(case)[FILES_UNUSABLE]

    assert (letter.due_at, letter.owed_at) == (NOW + LONGEST_WAIT, None)


def test_without_refused_files_the_letters_are_those_of_every_inquiry() -> None:
    first = owed.letters(SET_ASIDE, SERVICE, BANGKOK, NOW, waits=False)

    assert list(on_release(Case(SET_ASIDE, (a_file(0, None),))).values()) == first
    assert first[0].due_at == NOW


def test_what_is_owed_already_is_not_owed_again() -> None:
    known = {kind: Letter(BARE.id, kind, due_at=NOW) for kind in (RECEIPT, FILES_UNUSABLE)}
    case = Case(SET_ASIDE, (a_file(0, None, verdict="refused"),), known)

    assert TEAM_NEW in on_release(case)
    assert not set(on_release(case)) & set(known)
