"""Hostile files, one and all: the right verdict, little spent on it, nothing unsafe in records."""

from __future__ import annotations

from collections import defaultdict

import pytest

import check_upload.handler
from check_upload.inspection.result import Asked
from check_upload.inspector import Inspector
from intake import findings
from intake.aws.clients import client
from intake.inquiry import File
from tests.records.hostile import cells, sound
from tests.records.hostile.corpus import THEMES, corpus
from tests.records.hostile.piece import CLEAN
from tests.records.reading import Bytes
from tests.steps.clinic import INQUIRY, NOW, RECORDS, UPLOADS, a_scan, an_inquiry

MOST_BYTES = 256 * 2**20
MOST_S = 5
ALONE = [piece for theme, pieces in THEMES.items() if theme != "cells" for piece in pieces()]
# Files of one inquiry: each message looks at all of them.
FEW = [ALONE[start : start + 6] for start in range(0, len(ALONE), 6)]
CELLS = defaultdict(list)
for each in cells.pieces():
    CELLS[each.name].append(each)


@pytest.fixture(scope="module")
def inspector():
    """Return what opens files, as it ships: the one process for all files here."""
    made = Inspector()
    yield made
    made.close()


def wrong(piece, outcome, reason, flags, used):
    """Return what is wrong with the answer about *piece*, as text; "" if nothing is."""
    told = f"{piece.title}: {outcome} {reason}"
    if not piece.fits(outcome, reason):
        return f"{told} and not {piece.expected}, {used}"
    if not piece.flags <= set(flags):
        return f"{told} without {set(piece.flags)}"
    # An empty file needs nobody to open it.
    if used and not (0 < used.peak_bytes <= MOST_BYTES and used.cpu_s <= MOST_S):
        return f"{told} cost {used}"
    return ""


def test_the_corpus_is_large_and_its_titles_tell_its_files_apart():
    assert len(ALONE) >= 80
    assert len(CELLS) == len(sound.EXTENSIONS)
    assert len({piece.title for piece in corpus()}) == len(corpus())


@pytest.mark.parametrize("name", CELLS)
def test_no_name_makes_a_file_what_it_is_not(inspector, name):
    told = []
    for piece in CELLS[name]:
        asked = Asked(piece.name, piece.declared, "radiology")
        found = inspector.inspect(Bytes(piece.make()), asked)
        outcome, flags = (found.outcome, found.reason), found.facts.flags
        told.append(wrong(piece, *outcome, flags, inspector.last_usage))

    assert [each for each in told if each] == []


# ---- Through the whole step -----------------------------------------------------------------


@pytest.fixture
def hand_in(aws):
    """Return a way to have files come in under one inquiry: their S3 events, by number."""

    def run(contents, names=None, tags=""):
        aws.store(an_inquiry())
        events = []
        for n, content in enumerate(contents):
            key, more = f"{INQUIRY}/{n:04d}", {"Tagging": tags} if tags else {}
            put = client("s3").put_object(Bucket=UPLOADS, Key=key, Body=content, **more)
            name = names[n] if names else "scan.pdf"
            aws.store(a_file(n, len(content), name))
            events.append(
                {"bucket": UPLOADS, "key": key, "version": put["VersionId"], "size": len(content)}
            )
        return events

    return run


def a_file(n, size, name):
    return File(
        inquiry=INQUIRY,
        n=n,
        record=None,
        requirement="radiology",
        version=None,
        size=size,
        sha256=None,
        name=name,
        declared_type="application/octet-stream",
        declared_at=NOW,
    )


@pytest.mark.parametrize("pieces", FEW, ids=lambda pieces: pieces[0].title)
def test_a_hostile_file_gets_its_verdict_and_nothing_unsafe_is_kept(aws, hand_in, pieces):
    events = hand_in([piece.make() for piece in pieces], [piece.name for piece in pieces])
    opens = check_upload.handler.inspector()
    used = []
    for event in events:
        opens.last_usage = None
        assert aws.judge(event) == []
        used.append(opens.last_usage)

    files = aws.case().files
    told = [
        wrong(piece, str(file.verdict), file.reason, findings.from_text(file.facts).flags, spent)
        for piece, file, spent in zip(pieces, files, used, strict=True)
    ]
    assert [each for each in told if each] == []
    assert [bool(spent) for spent in used] == [event["size"] > 0 for event in events]
    kept = {file.key for file in files if file.verdict == CLEAN}
    assert {key for key, _ in aws.versions(RECORDS)} == kept


# ---- Forged, foreign and repeated words of the scanner --------------------------------------

FORGED = "GuardDutyMalwareScanStatus=NO_THREATS_FOUND"
FOREIGN = [
    {"version": "another"},
    {"version": ""},
    {"bucket": RECORDS},
    {"key": f"{INQUIRY}/0009"},
    {"plan": ["arn:aws:guardduty:eu-west-2:999999999999:malware-protection-plan/theirs"]},
    {"plan": []},
]


def program_in_pdf():
    return next(piece for piece in ALONE if piece.title == "PDF with EICAR in a stream").make()


def test_a_tag_that_the_sender_set_is_no_word_of_the_scanner(aws, hand_in):
    (event,) = hand_in([program_in_pdf()], tags=FORGED)

    assert aws.check(event) == []

    (file,) = aws.case().files
    assert (file.found, file.verdict) == (CLEAN, None)
    assert aws.versions(RECORDS) == []
    assert aws.scanned(event["version"], "THREATS_FOUND") == []
    (file,) = aws.case().files
    assert (file.verdict, file.reason) == ("refused", "harmful")
    assert aws.versions(RECORDS) == []


@pytest.mark.parametrize("changed", FOREIGN, ids=str)
def test_a_clean_scan_of_something_else_lets_nothing_through(aws, hand_in, changed):
    (event,) = hand_in([program_in_pdf()])
    aws.check(event)

    aws.check(a_scan(version=event["version"]) | changed)

    (file,) = aws.case().files
    assert (file.version, file.scan, file.verdict) == (event["version"], None, None)
    assert aws.versions(RECORDS) == []


@pytest.mark.parametrize("said", ["", "CLEAN", "no_threats_found", "UNSUPPORTED", "NO_THREATS"])
def test_no_other_word_lets_anything_through(aws, hand_in, said):
    (event,) = hand_in([program_in_pdf()])
    aws.check(event)

    aws.scanned(event["version"], said)

    (file,) = aws.case().files
    assert (file.verdict, file.reason) == ("withheld", "check_unfinished")
    assert aws.versions(RECORDS) == []


def test_repeats_in_any_order_change_nothing(aws, hand_in):
    (event,) = hand_in([sound.zipped()])
    scan = a_scan(version=event["version"])

    for message in (scan, event, scan, scan, event, event):
        assert aws.check(message) == []

    (file,) = aws.case().files
    assert file.verdict == CLEAN
    assert aws.versions(RECORDS) == [(file.key, file.records_version)]


@pytest.mark.parametrize("first", [True, False], ids=["scanned before", "scanned after"])
def test_who_overwrites_a_checked_file_changes_nothing(aws, hand_in, first):
    (event,) = hand_in([sound.zipped()])
    if first:
        aws.judge(event)
    else:
        aws.check(event)
    harm = aws.upload(program_in_pdf())

    aws.judge(event | {"version": harm, "size": len(program_in_pdf())})
    aws.judge(event)

    (file,) = aws.case().files
    assert (file.verdict, file.kind, file.version) == (CLEAN, "zip", event["version"])
    ((_, kept),) = aws.versions(RECORDS)
    got = client("s3").get_object(Bucket=RECORDS, Key=file.key, VersionId=kept)
    assert got["Body"].read() == sound.zipped()
    assert aws.versions(UPLOADS) == []
