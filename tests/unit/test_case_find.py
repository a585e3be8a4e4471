"""References as people say them, and cursors that can't be made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.aws.casework import Position
from intake.errors import NotFoundError
from intake.reference import new_id, new_reference
from open_case import find

ORDER = "2026-11-24T10:00:00.000000Z#INQ-7F3K-22QW"


@given(st.lists(st.sampled_from(["", " ", "-", "\u2011", ".", "  "]), min_size=11, max_size=11))
def test_whatever_stands_between_its_characters_a_reference_is_found(between):
    reference = new_reference()
    letters = reference.replace("-", "").lower()
    typed = "".join(a + b for a, b in zip(letters, between, strict=True))

    assert find.reference(typed) == reference


@pytest.mark.parametrize("typed", ["", "INQ", "INQ-7F3K-22QX", "INQ-7F3K-22Q", "x" * 10_000, "%00"])
def test_what_can_be_no_reference_is_none(typed):
    assert find.reference(typed) is None


@given(st.text())
def test_any_text_is_a_reference_in_its_own_spelling_or_none(text):
    found = find.reference(text)

    assert found is None or find.reference(found) == found


def test_an_id_is_taken_as_it_is_and_nothing_else():
    own = new_id()

    assert find.inquiry_id(own) == own
    for other in (own.upper(), own[:-1], f"{own}a", f"{own}\n", "1" * 26, "é" * 26):
        assert find.inquiry_id(other) is None


def test_a_cursor_says_where_a_page_ended():
    position = Position(ORDER, new_id())

    assert find.position(find.cursor(position)) == position
    assert find.cursor(None) is None
    assert find.position(None) is None


@given(st.text())
def test_any_other_text_is_no_cursor(text):
    with pytest.raises(NotFoundError):
        find.position(text)
