"""The time trap: what a page's token says, and what it never says."""

from datetime import UTC, datetime, timedelta

import pytest

from intake.bots import FORGED, IN_TIME, LONG_AGO, NOT_SAID, TOO_FAST, TimeTrap

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRAP = TimeTrap("a secret of sixty-four letters")
FORM = "general-inquiry"


def judged(after, token=None, form=FORM, trap=TRAP):
    return trap.judge(form, TRAP.set(FORM, NOW) if token is None else token, NOW + after)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (timedelta(), TOO_FAST),
        (timedelta(seconds=2.9), TOO_FAST),
        (timedelta(seconds=3), IN_TIME),
        (timedelta(hours=24), IN_TIME),
        (timedelta(hours=24, seconds=1), LONG_AGO),
        (timedelta(days=40), LONG_AGO),
    ],
)
def test_a_page_tells_how_long_somebody_looked_at_it(after, says):
    assert judged(after) == says


def test_two_clocks_of_ours_that_differ_make_nobody_a_bot():
    assert judged(timedelta(seconds=-45)) == IN_TIME


def test_who_says_nothing_is_no_bot():
    assert judged(timedelta(), token="") == NOT_SAID


def test_a_token_is_good_for_its_own_form_alone():
    assert judged(timedelta(minutes=1), form="canary") == FORGED


@pytest.mark.parametrize("place", range(4))
def test_no_part_of_a_token_can_be_another(place):
    parts = TRAP.set(FORM, NOW).split(".")
    other = TRAP.set("canary", NOW - timedelta(minutes=5)).split(".")
    parts[place] = other[place]
    changed = ".".join(parts)

    # The first names the key, which is the same.
    assert judged(timedelta(minutes=1), changed) == (FORGED if place else IN_TIME)


@pytest.mark.parametrize(
    "token",
    ["1795374167701", "x", "a.b.c.d", "é" * 40, "9" * 4000, "\ud800", "0" * 6 + ".1.aaaaaaaa."],
)
def test_what_was_made_up_is_seen(token):
    assert judged(timedelta(minutes=1), token) == FORGED


def test_pages_that_are_open_while_the_secret_changes_are_no_bots():
    after = TimeTrap("the next secret")

    assert judged(timedelta(minutes=1), trap=after) == NOT_SAID


def test_no_two_pages_share_a_token():
    assert len({TRAP.set(FORM, NOW) for _ in range(1000)}) == 1000
