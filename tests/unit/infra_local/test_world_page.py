"""What the world page says: events in few lines, and the scanner where its results come from."""

from infra.local.picture import draw
from infra.local.state import folded
from tests.handlers import blueprint

TIMES = "\N{MULTIPLICATION SIGN}"


def event(second, kind="message", source="CheckQueue", target="CheckUpload", note=""):
    at = f"2026-11-23T07:53:{second:02d}"
    return {"at": at, "kind": kind, "from": source, "to": target, "note": note}


def test_what_happens_to_each_of_many_files_takes_a_line_for_each_kind():
    many = [event(59 - n, ("message", "scan")[n % 2]) for n in range(48)]
    letter = event(9, "letter", "SES", "inbox", "New inquiry")

    lines = folded([*many, letter, event(8)])

    assert [(line["at"][-2:], line["what"], line["where"]) for line in lines] == [
        ("59", f"message · 25 {TIMES}", "CheckQueue → CheckUpload"),
        ("58", f"scan · 24 {TIMES}", "CheckQueue → CheckUpload"),
        ("09", "letter", "SES → inbox · New inquiry"),
    ]


def test_the_like_of_something_long_ago_has_a_line_of_its_own():
    between = [event(50 - n, f"kind {n}") for n in range(4)]

    lines = folded([event(59), *between, event(8)])

    assert [line["what"] for line in lines].count("message") == 2


def test_what_differs_is_not_counted_together():
    assert len(folded([event(59, note="200"), event(58, note="404")])) == 2


def test_the_scanner_stands_between_what_it_reads_and_who_hears_of_it():
    picture = draw(blueprint())

    ways = {(way.source, way.target) for way in picture.ways}
    assert {("UploadsBucket", "Scanner"), ("Scanner", "CheckQueue")} <= ways
    assert [node.kind for node in picture.nodes].count("scanner") == 1
