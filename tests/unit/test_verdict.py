"""Clean, refused or withheld: by our own findings, the scanner's word and a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from check_upload.verdict import Verdict, verdict_of
from intake.inquiry import File

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
FILE = File("a" * 26, 0, 0, "blood", "1", 9, "0" * 64, "x", "application/pdf", NOW, NOW)
OURS = [("clean", None), ("refused", "empty_file"), ("withheld", "two_things")]
SCANS = ["NO_THREATS_FOUND", "THREATS_FOUND", "UNSUPPORTED", "UNKNOWN", "FAILED", "ACCESS_DENIED"]


def found(outcome, reason=None, **more):
    return replace(FILE, inspected_at=NOW, found=outcome, reason=reason, **more)


def settled(file):
    """Return *file* as it is stored under the verdict that it gets."""
    verdict = verdict_of(file)
    return replace(file, checked_at=NOW, verdict=verdict.verdict, reason=verdict.reason)


def test_what_nobody_looked_at_waits():
    assert verdict_of(FILE) is None


@pytest.mark.parametrize(
    ("scan", "verdict"),
    [
        (None, None),
        ("FAILED", None),
        ("ACCESS_DENIED", None),
        ("NO_THREATS_FOUND", Verdict("clean")),
        ("THREATS_FOUND", Verdict("refused", "harmful")),
        ("UNSUPPORTED", Verdict("withheld", "check_unfinished")),
        ("UNKNOWN", Verdict("withheld", "check_unfinished")),
    ],
)
def test_what_we_find_clean_depends_on_the_scanner(scan, verdict):
    assert verdict_of(found("clean", scan=scan)) == verdict


@pytest.mark.parametrize("scan", [None, *SCANS])
@pytest.mark.parametrize(("outcome", "reason"), OURS[1:])
def test_what_we_refuse_or_withhold_waits_for_nothing(outcome, reason, scan):
    verdict = verdict_of(found(outcome, reason, scan=scan))

    expected = ("refused", "harmful") if scan == "THREATS_FOUND" else (outcome, reason)
    assert verdict == Verdict(*expected)


@pytest.mark.parametrize("scan", [None, "FAILED", "ACCESS_DENIED"])
def test_a_silence_that_is_given_up_withholds(scan):
    verdict = verdict_of(found("clean", scan=scan), given_up=True)

    assert verdict == Verdict("withheld", "check_unfinished")


def test_giving_up_takes_nothing_back():
    assert verdict_of(found("clean", scan="NO_THREATS_FOUND"), given_up=True) == Verdict("clean")
    assert verdict_of(FILE, given_up=True) is None


@pytest.mark.parametrize("later", SCANS)
def test_after_a_silence_the_scanner_is_still_heard(later):
    silent = found("clean", "check_unfinished", checked_at=NOW, verdict="withheld")
    verdict = verdict_of(replace(silent, scan=later))

    expected = {"NO_THREATS_FOUND": ("clean",), "THREATS_FOUND": ("refused", "harmful")}
    assert verdict == Verdict(*expected.get(later, ("withheld", "check_unfinished")))


@pytest.mark.parametrize(("ours", "scan"), list(product(OURS, SCANS)))
def test_a_verdict_stands_when_it_is_asked_for_again(ours, scan):
    file = found(*ours, scan=scan)
    if verdict_of(file) is None:
        return

    after = settled(file)
    assert verdict_of(after) == Verdict(after.verdict, after.reason)


@pytest.mark.parametrize("scan", [None, *SCANS])
def test_staff_release_what_the_scanner_lets_through_and_nothing_else(scan):
    withheld = replace(
        found("withheld", "two_things", scan=scan, decision="release"),
        checked_at=NOW,
        verdict="withheld",
    )

    expected = {"NO_THREATS_FOUND": ("clean",), "THREATS_FOUND": ("refused", "harmful")}
    assert verdict_of(withheld) == Verdict(*expected.get(scan, ("withheld", "two_things")))


@pytest.mark.parametrize("scan", [None, *SCANS])
def test_staff_may_refuse_anything(scan):
    withheld = replace(
        found("clean", "check_unfinished", scan=scan, decision="refuse"),
        checked_at=NOW,
        verdict="withheld",
    )

    reason = "harmful" if scan == "THREATS_FOUND" else "not_accepted"
    assert verdict_of(withheld) == Verdict("refused", reason)


@pytest.mark.parametrize("scan", [None, *SCANS])
@pytest.mark.parametrize("verdict", ["clean", "refused", "withheld"])
def test_a_verdict_from_before_there_was_a_scanner_stands_unless_it_is_malware(verdict, scan):
    reason = None if verdict == "clean" else "archive"
    old = replace(FILE, checked_at=NOW, verdict=verdict, reason=reason, scan=scan)

    expected = ("refused", "harmful") if scan == "THREATS_FOUND" else (verdict, reason)
    assert verdict_of(old) == Verdict(*expected)


def test_every_reason_has_words_for_the_sender(forms):
    reasons = ("empty_file", "unknown_kind", "word_document", "check_unfinished", "harmful")
    for locale in forms.get("general-inquiry").locales:
        words = repr(forms.shared_words(locale)["upload"])
        for reason in (*reasons, "not_accepted", "gone", "two_things"):
            assert f"'{reason}': " in words
