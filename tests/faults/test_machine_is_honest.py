"""
The fault machine sees what it looks for: without a mechanism, it says what is broken.

Four removals are made here, those that are found soonest; `make faults` makes all ten, and counts
what the naive backend loses.
"""

import pytest

from tests.faults import days
from tests.faults.hunts import HUNTS
from tests.faults.machine import machine
from tests.faults.mechanisms import REMOVALS
from tests.faults.naive import NaiveHandlers
from tests.faults.removals import judged
from tests.handlers import ROOT

SOON = ("conditional write", "partial batch", "verdict check", "canonical form")
EDITS = [edit for removal in REMOVALS for edit in removal.edits]


def test_each_mechanism_has_a_hunt_of_its_own():
    names = [removal.name for removal in REMOVALS]

    assert len(names) == 10
    assert names == list(HUNTS)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.old.strip()[:40])
def test_what_is_taken_out_stands_once_in_the_source_and_leaves_it_readable(edit):
    text = edit.applied((ROOT / edit.file).read_text("utf-8"))

    if edit.file.endswith(".py"):
        compile(text, edit.file, "exec")  # or everything would break, and any hunt find it


def test_the_machine_names_what_is_broken_without_a_mechanism_and_nothing_with_all():
    verdicts = list(judged([each for each in REMOVALS if each.name in SOON]))

    assert [verdict.name for verdict in verdicts] == [*SOON, *SOON]
    assert [verdict.said for verdict in verdicts if not verdict.is_right] == []


def test_a_naive_backend_breaks_promises_within_ten_days():
    with machine(NaiveHandlers) as deployed:
        broken = next((seed for seed in range(10) if days.live(deployed, seed).broken), None)

    assert broken is not None
