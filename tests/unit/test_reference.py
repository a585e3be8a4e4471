"""References survive the telephone; ids can't be guessed."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from intake.reference import ALPHABET, is_reference, new_id, new_reference

SHAPE = re.compile(r"INQ-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}")


@pytest.fixture(scope="module")
def references():
    return [new_reference() for _ in range(50)]


def body(reference):
    return [place for place in range(4, len(reference)) if reference[place] != "-"]


def test_references_are_well_formed_and_confuse_nobody(references):
    assert all(SHAPE.fullmatch(reference) and is_reference(reference) for reference in references)
    assert not set("01OIL") & set(ALPHABET)
    assert len(set(ALPHABET)) == 31


def test_every_wrong_character_is_noticed(references):
    for reference in references:
        for place in body(reference):
            for other in ALPHABET.replace(reference[place], ""):
                assert not is_reference(reference[:place] + other + reference[place + 1 :])


def test_every_swap_of_two_neighbours_is_noticed(references):
    for reference in references:
        for left, right in pairwise(body(reference)):
            swapped = list(reference)
            swapped[left], swapped[right] = swapped[right], swapped[left]
            if reference[left] != reference[right]:
                assert not is_reference("".join(swapped))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "INQ",
        "INQ-",
        "INQ-0000-0000",
        "inq-7f3k-22qx",
        "REF-2222-2222",
        "INQ-2222-222",
        "É" * 13,
    ],
)
def test_what_is_no_reference_is_not_taken_for_one(text):
    assert not is_reference(text)


def test_ten_thousand_ids_differ_and_no_bit_is_preferred():
    ids = [new_id() for _ in range(10_000)]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z2-7]{26}", one) for one in ids)
    assert ids != sorted(ids)
    # Chi-squared over the 32 characters of the first place: above 80 once in 3 million runs.
    counts = Counter(one[0] for one in ids)
    expected = len(ids) / 32
    assert len(counts) == 32
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 80
