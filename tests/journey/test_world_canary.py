"""In the local world a canary flies when somebody wants it to, and otherwise nobody sees one."""

import json

SIMULATOR = "success@simulator.amazonses.com"
BUTTON = "SendCanaryQuarter"


def said(world):
    """Return what the canary's step logged, the newest last."""
    lines = [line for line in world.log().splitlines() if '"canary ' in line]
    return [json.loads(line[line.index("{") :]) for line in lines]


def test_a_canary_flies_the_whole_way_when_its_button_is_pressed(world):
    world.fire(BUTTON)
    world.settle()
    world.inbox.wait_for(SIMULATOR)
    world.settle()
    world.fire(BUTTON)
    world.settle()

    assert [line["message"] for line in said(world)[-2:]] == ["canary sent", "canary arrived"]
    assert said(world)[-1]["seconds"] is not None
    assert world.inbox.letters(world.team) == []


def test_time_alone_sends_none_and_no_page_offers_its_form(world):
    world.move_clock(60)
    state = world.settle()

    assert state["letters"] == 0
    page = world.get("/").text
    assert "/f/canary" not in page
    assert "by hand" in page
