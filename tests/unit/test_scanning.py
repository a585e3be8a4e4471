"""What a scan says, which of several counts, and how long one is waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest

from check_upload.scan import Plan, is_look, is_scan
from intake import scanning
from intake.inquiry import SCAN_GIVEN_UP, SCAN_OVERDUE, File

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
FILE = File("a" * 26, 0, 0, "blood", "1", 9, "0" * 64, "x", "application/pdf", NOW, NOW)
RESULTS = (
    *("FAILED", "ACCESS_DENIED", "UNSUPPORTED", "UNKNOWN"),
    *("NO_THREATS_FOUND", "THREATS_FOUND"),
)
ODD = (
    None,
    "",
    "clean",
    "no_threats_found",
    "NO_THREATS_FOUND ",
    0,
    True,
    [],
    ["NO_THREATS_FOUND"],
)


@pytest.mark.parametrize(
    ("status", "said", "result"),
    [
        ("COMPLETED", "NO_THREATS_FOUND", "NO_THREATS_FOUND"),
        ("COMPLETED", "THREATS_FOUND", "THREATS_FOUND"),
        ("SKIPPED", "UNSUPPORTED", "UNSUPPORTED"),
        ("SKIPPED", "ACCESS_DENIED", "ACCESS_DENIED"),
        ("FAILED", "FAILED", "FAILED"),
        ("SKIPPED", None, "UNSUPPORTED"),
        ("FAILED", None, "FAILED"),
        ("FAILED", "NO_THREATS_FOUND", "FAILED"),
        ("SKIPPED", "NO_THREATS_FOUND", "UNSUPPORTED"),
        ("FAILED", "THREATS_FOUND", "THREATS_FOUND"),
        ("COMPLETED", "SOMETHING_NEW", "UNKNOWN"),
        ("SOMETHING_NEW", "NO_THREATS_FOUND", "UNKNOWN"),
    ],
)
def test_a_scan_is_what_the_guide_says(status, said, result):
    assert scanning.result(status, said) == result


@pytest.mark.parametrize(("status", "said"), list(product(("COMPLETED", *ODD), ODD)), ids=repr)
def test_only_one_pair_of_words_means_clean(status, said):
    assert scanning.result(status, said) != "NO_THREATS_FOUND"
    assert scanning.result(said, "NO_THREATS_FOUND") != "NO_THREATS_FOUND"


@pytest.mark.parametrize("said", list(permutations(RESULTS, 3)), ids="-".join)
def test_of_several_scans_the_strongest_counts_in_any_order(said):
    known = None
    for each in said:
        if known is None or known in scanning.weaker(each):
            known = each

    strength = [("FAILED", "ACCESS_DENIED"), ("UNSUPPORTED", "UNKNOWN")]
    strength += [("NO_THREATS_FOUND",), ("THREATS_FOUND",)]
    rank = {one: place for place, alike in enumerate(strength) for one in alike}
    assert rank[known] == max(rank[each] for each in said)


def test_a_file_waits_for_nothing_but_the_scanner():
    clean = replace(FILE, inspected_at=NOW, found="clean")

    assert scanning.is_awaited(clean)
    assert scanning.is_awaited(replace(clean, scan="FAILED"))
    assert scanning.is_awaited(replace(clean, scan="ACCESS_DENIED"))
    assert not scanning.is_awaited(FILE)
    assert not scanning.is_awaited(replace(clean, found="withheld"))
    assert not scanning.is_awaited(replace(clean, checked_at=NOW))
    for scan in ("NO_THREATS_FOUND", "THREATS_FOUND", "UNSUPPORTED", "UNKNOWN"):
        assert not scanning.is_awaited(replace(clean, scan=scan))


def test_a_scan_is_asked_for_in_time_and_never_after_it_is_given_up():
    looked, looks = replace(FILE, inspected_at=NOW + timedelta(hours=1), found="clean"), []
    while not looks or looks[-1] < scanning.given_up_at(looked):
        looks.append(scanning.next_look(looked))
        looked = replace(looked, scan_asked_at=looks[-1])

    since = NOW + timedelta(hours=1)
    assert looks == [since + SCAN_OVERDUE, since + 2 * SCAN_OVERDUE, since + SCAN_GIVEN_UP]


MESSAGE = {"bucket": "uploads", "key": "k", "version": "v", "plan": ["arn"], "scan_status": "S"}


@pytest.mark.parametrize(
    ("change", "is_meant"),
    [
        ({}, True),
        ({"bucket": "records"}, False),
        ({"plan": ["other"]}, False),
        ({"plan": "arn"}, False),
        ({"plan": []}, False),
        ({"version": ""}, False),
        ({"version": None}, False),
    ],
    ids=str,
)
def test_a_scan_counts_from_our_plan_about_a_version_in_our_bucket(change, is_meant):
    assert Plan("arn", "uploads").is_meant(MESSAGE | change) is is_meant


def test_an_upload_or_a_look_needs_no_plan():
    upload = {"bucket": "uploads", "key": "k", "version": "v", "size": 1}
    look = {"bucket": "uploads", "key": "k", "version": ""}

    assert all(Plan("arn", "uploads").is_meant(each) for each in (upload, look))
    assert [is_look(each) for each in (upload, look, MESSAGE)] == [False, True, False]
    assert [is_scan(each) for each in (upload, look, MESSAGE)] == [False, False, True]
