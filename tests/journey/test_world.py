"""The local world as its users meet it: make run, automation, and its own pages."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import boto3
import pytest

from infra.local import sealed

TOP = Path(__file__).parents[2]
VALID = TOP / "schemas" / "forms" / "general-inquiry" / "examples" / "valid"


ONCE_UNANSWERED = {"letter#team_reminder", "letter#team_escalation"}


def owed(state):
    """Return what will become due, by its kind."""
    return {item["what"] for item in state["due"]}


def general_inquiry(message="Do you treat this?"):
    answers = json.loads((VALID / "only-what-is-required.json").read_text("utf-8"))["answers"]
    return answers | {"message": message}


def accept(world, *message, **headers):
    answer = world.post("/f/general-inquiry", general_inquiry(*message), **headers)
    assert answer.status == 200, answer.text
    return answer.json["reference"]


def run_to_its_end(module="infra.local", **environment):
    return subprocess.run(
        [sys.executable, "-m", module],
        cwd=TOP,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_says_ready_once_and_stops_cleanly(start_world, kind):
    world = start_world()

    assert world.log().splitlines()[-1] == f"ready {world.url}"
    assert world.url.startswith("http://127.0.0.1:")
    world.process.send_signal(kind)
    assert world.process.wait(30) == 0
    assert "Traceback" not in world.log()


@pytest.mark.parametrize("name", ["PORT", "AWS_PORT", "SIGN_IN_PORT"])
def test_a_taken_port_is_said_in_one_sentence(name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        ended = run_to_its_end(**({"PORT": "0", "AWS_PORT": "0"} | {name: port}))

    assert ended.returncode == 1
    assert f"port {port} is taken" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_is_no_port_is_refused():
    ended = run_to_its_end(PORT="eighty")

    assert (ended.returncode, ended.stderr) == (1, "error: PORT=eighty is not a port\n")


def test_a_post_becomes_a_letter_and_a_receipt(world):
    reference = accept(world)

    team = world.inbox.wait_for(world.team, reference)
    state = world.settle()
    assert (team["From"]["Address"], team["Subject"]) == (
        "intake@clinic.example",
        f"New inquiry {reference}",
    )
    assert reference in team["Text"]
    assert reference in team["HTML"]
    assert state["letters"] == 2
    assert state["delivered"]["Email Delivered"] == 2
    assert (state["failures"], owed(state)) == ([], ONCE_UNANSWERED)


def test_inbox_speaks_mailpit(world):
    reference = accept(world)
    world.inbox.wait_for(world.team, reference)
    world.settle()

    listed = world.inbox.list(limit=1)
    newest = world.inbox.read("latest")
    assert {k: listed[k] for k in ("total", "unread", "count", "messages_count", "start")} == {
        "total": 2,
        "unread": 1,
        "count": 1,
        "messages_count": 2,
        "start": 0,
    }
    assert set(listed["messages"][0]) == {
        *("ID", "MessageID", "Read", "From", "To", "Cc", "Bcc", "ReplyTo", "Subject"),
        *("Created", "Username", "Tags", "Size", "Attachments", "Snippet"),
    }
    assert set(newest) == {
        *("ID", "MessageID", "From", "To", "Cc", "Bcc", "ReplyTo", "ReturnPath", "Subject"),
        *("ListUnsubscribe", "Date", "Tags", "Username", "Text", "HTML", "Size"),
        *("Inline", "Attachments"),
    }
    assert newest["ID"] == listed["messages"][0]["ID"]
    assert world.inbox.list(start=2)["messages"] == []


def test_letters_can_be_deleted_one_by_one_and_all_at_once(world):
    reference = accept(world)
    world.inbox.wait_for(world.team, reference)
    world.settle()
    first = world.inbox.list()["messages"][0]["ID"]

    one = world.ask("DELETE", "/api/v1/messages", json.dumps({"IDs": [first]}).encode())
    left = [m["ID"] for m in world.inbox.list()["messages"]]
    rest = world.inbox.clear()

    assert (one.text, rest.text) == ("ok", "ok")
    assert len(left) == 1
    assert first not in left
    assert world.inbox.list()["total"] == 0
    assert world.get(f"/api/v1/message/{first}").status == 404


def test_letter_page_shows_both_parts_and_runs_nothing(world):
    reference = accept(world)
    letter = world.inbox.wait_for(world.team, reference)

    page = world.get(f"/inbox/{letter['ID']}")
    html = world.get(f"/inbox/{letter['ID']}/html")
    source = world.get(f"/inbox/{letter['ID']}/source")

    assert reference in page.text
    assert "script-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert html.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert source.text.startswith("From: ")
    assert world.get("/inbox/nothing").status == 404


def test_world_page_is_drawn_from_the_template(world):
    page = world.get("/").text

    for step in ("show_form", "accept_inquiry", "check_upload", "notify_team", "retry_stalled"):
        assert f">{step}</text>" in page
    for step in ("open_case", "show_site"):
        assert f">{step}</text>" in page
    assert 'data-way="GET /cases&gt;OpenCase"' in page
    assert 'href="/team"' in page
    assert "ra-doctor" in page
    assert 'data-way="TeamQueue&gt;NotifyTeam"' in page
    assert 'data-way="UploadsBucket&gt;CheckQueue"' in page
    assert 'data-way="SES&gt;DeliveryQueue"' in page
    assert 'href="/f/rheumatoid-arthritis"' in page


def test_moving_the_clock_moves_everybody(world):
    before = datetime.fromisoformat(world.state()["now"])

    world.move_clock(15)
    state = world.settle()
    reference = accept(world)
    letter = world.inbox.wait_for(world.team, reference)

    assert (datetime.fromisoformat(state["now"]) - before).total_seconds() >= 900
    assert state["delivered"]["schedule"] >= 1
    assert (datetime.fromisoformat(letter["Date"]) - before).total_seconds() >= 900
    assert world.ask("POST", "/world/clock?minutes=-1").status == 400


def test_a_schedule_runs_when_its_button_is_pressed(world):
    state = world.fire("RetryStalledMinute")

    assert state["delivered"]["schedule"] == 1
    assert world.ask("POST", "/world/schedules/Nobody").status == 400


def test_a_broken_ses_delays_the_letter_and_loses_nothing(world):
    world.break_service("ses", minutes=5)
    reference = accept(world)
    during = world.settle()

    world.move_clock(6)
    letter = world.inbox.wait_for(world.team, reference)

    assert during["letters"] == 0
    assert during["broken"]["ses"]["how"] == "outage"
    assert reference in letter["Subject"]


def test_a_message_that_no_step_understands_ends_among_the_dead(world):
    sqs = boto3.client(
        "sqs",
        endpoint_url=world.aws_url,
        region_name="eu-west-2",
        aws_access_key_id=sealed.KEY_ID,
        aws_secret_access_key=sealed.SECRET,
    )
    url = sqs.get_queue_url(QueueName="intake-TeamQueue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="no JSON")

    for _ in range(5):  # maxReceiveCount of the template; 180 s of visibility
        tried = world.settle()
        world.move_clock(4)
    state = world.settle()

    assert tried["queues"]["TeamQueue"]["in_flight"] == 1
    assert state["queues"]["TeamQueue"] == {"waiting": 0, "delayed": 0, "in_flight": 0}
    assert state["queues"]["TeamDead"]["waiting"] == 1
    assert state["delivered"]["failed: message"] == 5


def test_aws_can_have_a_process_of_its_own_and_nothing_else_changes(start_world):
    world = start_world(AWS_APART="1")

    reference = accept(world)
    first = world.inbox.wait_for(world.team, reference)
    world.settle()
    world.break_service("ses", minutes=5)
    late = accept(world, "And this?")
    during = world.settle()
    world.move_clock(6)
    second = world.inbox.wait_for(world.team, late)
    state = world.settle()
    world.reset()

    assert reference in first["Subject"]
    assert (during["letters"], during["broken"]["ses"]["how"]) == (2, "outage")
    assert late in second["Subject"]
    assert (state["letters"], owed(state)) == (4, ONCE_UNANSWERED)
    assert world.state()["tables"]["InquiryTable"]["items"] == 0
    assert (stop(world), "Traceback" in world.log()) == (0, False)
    assert is_gone(world.aws_url)


def test_aws_ends_with_its_world_however_that_ends(start_world):
    world = start_world(AWS_APART="1")
    assert not is_gone(world.aws_url, seconds=0)

    world.process.kill()
    world.process.wait(30)

    assert is_gone(world.aws_url)


def is_gone(url, seconds=10):
    """Whether nobody listens at an address, or soon nobody does."""
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))):
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def stop(world):
    world.process.send_signal(signal.SIGTERM)
    return world.process.wait(30)


def test_other_websites_cannot_press_the_buttons(world):
    by_page = world.post("/world/reset", b"", Origin="https://elsewhere.example")
    by_name = world.post("/world/reset", b"", Host="elsewhere.example")

    assert (by_page.status, by_name.status) == (403, 403)
    assert world.get("/world/reset").status == 405


def test_the_gateway_answers_what_functions_never_see(world):
    too_big = world.post("/f/general-inquiry", b"x" * (10 * 1024 * 1024 + 1))
    long_head = world.get("/f/general-inquiry?" + "q" * 10_240)
    preflight = world.ask(
        "OPTIONS",
        "/f/general-inquiry",
        headers={"Origin": "https://www.clinic.example", "Access-Control-Request-Method": "POST"},
    )

    assert (too_big.status, too_big.json) == (413, {"message": "Request Entity Too Large"})
    assert long_head.status == 431
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://www.clinic.example"
    assert world.get("/f/general-inquiry").status == 200
    assert world.get("/nowhere").status == 404


def test_sam_gets_the_environment_of_every_function(world):
    environments = world.get("/env.json").json

    assert set(environments) >= {"ShowForm", "AcceptInquiry", "NotifyTeam"}
    for variables in environments.values():
        assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert environments["ShowForm"]["SCHEMAS_DIR"] == "/opt"


def test_demo_prints_both_letters_and_ends_well():
    ended = run_to_its_end("infra.local.demo")

    assert ended.returncode == 0, ended.stderr
    assert "Required records: 3 of 3" in ended.stdout
    assert "--- The sender's receipt ---" in ended.stdout
    assert '"level"' not in ended.stdout


def test_demo_tells_what_it_cannot_send(tmp_path):
    ended = run_to_its_end("infra.local.demo", RECORDS=str(tmp_path / "missing.pdf"))

    assert ended.returncode == 1
    assert "missing.pdf: No such file" in ended.stderr
