"""The scanner in the local world: what it finds stays out, and what it owes is asked for."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from infra.local.eicar import pattern
from infra.local.sample_post import from_environment
from tests.records import small

SCANNED = "GuardDuty Malware Protection Object Scan Result"


@pytest.fixture
def post():
    """Return what sends the sample inquiry, and answers with the path of its upload page."""

    def post(world, **changed):
        sample = from_environment({})
        names = {int(n.removeprefix("file")): content for n, content in changed.items()}
        placed = {n: (name, names.get(n, content)) for n, (name, content) in sample.placed.items()}
        body, kind = replace(sample, placed=placed).body()
        answer = world.post(f"/f/{sample.form}", body, Content_Type=kind, Accept="application/json")
        assert answer.status == 200, answer.text
        return urlsplit(answer.json["upload"]["url"]).path

    return post


def states(world, page):
    """Return what the sender is told of each file."""
    files = world.get(page, Accept="application/json").json["files"]
    return [(one["state"], one.get("reason")) for one in files]


@pytest.fixture(params=["together", "apart"])
def either_world(request):
    """A world with its AWS in the same process, and one with it in another."""
    if request.param == "together":
        return request.getfixturevalue("world")
    return request.getfixturevalue("start_world")(AWS_APART="1")


def test_what_the_scanner_finds_never_reaches_the_records(either_world, post):
    world = either_world
    page = post(world, file0=small.pdf(pattern()))
    state = world.settle(60)

    assert states(world, page) == [("refused", "harmful"), ("clean", None), ("clean", None)]
    assert state["delivered"][SCANNED] == 3
    assert state["buckets"]["RecordsBucket"] == {"objects": 2, "versions": 2}
    assert state["buckets"]["UploadsBucket"]["versions"] == 0
    # Not at the first moment at which another process' clock agrees.
    world.break_service("scanner", 60)
    assert "scanner" in world.state()["broken"]
    assert world.break_service("scanner", 0)["broken"] == {}


def test_a_verdict_that_never_came_is_asked_for_until_it_comes(world, post):
    world.break_service("scanner", 12)
    page = post(world)
    assert SCANNED not in world.settle(60)["delivered"]
    assert states(world, page) == [("arrived", None)] * 3

    files = [due for due in world.state()["due"] if due["what"].startswith("file#")]
    assert [due["waits_for"] for due in files] == ["the scanner"] * 3
    assert "file#0000: waits for the scanner" in world.get("/").text

    world.move_clock(11)
    state = world.settle(60)
    assert {f["from"] for f in state["failures"]} == {"guardduty"}
    assert states(world, page) == [("arrived", None)] * 3

    world.move_clock(14)
    state = world.settle(60)
    assert state["delivered"][SCANNED] == 3
    assert states(world, page) == [("clean", None)] * 3


def pressed(world):
    """Return the buttons of the page that say how the world is now."""
    return re.findall('aria-pressed="true">([^<]+)', world.get("/").text.partition("<script>")[0])


def test_everybody_is_told_what_scans(world):
    says = world.state()["scanner"]

    assert says in world.get("/").text
    assert f"scan   {says}" in world.log().splitlines()
    assert "The scanner is silent" not in world.get("/").text.partition("<script>")[0]

    assert pressed(world) == ["Mend SES", "Let the scanner speak"]

    world.break_service("scanner", 5)
    assert "The scanner is silent" in world.get("/").text.partition("<script>")[0]
    assert pressed(world) == ["Mend SES", "Silence the scanner for an hour"]
