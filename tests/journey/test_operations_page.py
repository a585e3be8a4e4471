"""Every command on the operator's page runs, in the page's order, and its drills end as it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
PAGE = TOP / "infra" / "README.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEXT = "---- next block"
# Whatever is not the tool's own "something stands still" (1) must go well.
_WATCH = (
    "trap 'status=$?; [[ $status == 1 && $BASH_COMMAND == python\\ -m\\ infra.operate\\ * ]]"
    ' || echo "status $status of: $BASH_COMMAND" >&2\' ERR\nset -E\n'
)


@pytest.fixture
def said(world: Any) -> dict[str, str]:
    """What each block of the page printed in a new world, by the block."""
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    script = _WATCH + f"echo '{_NEXT}'\n".join(blocks)
    # From its first line on, nothing may reach an AWS that is not this world's.
    for there, here in (
        ("STACK=clinic-intake", "STACK=intake"),
        ("unset AWS_ENDPOINT_URL\n", "\n"),
    ):
        assert there in script
        script = script.replace(there, here)
    given = {
        "PORT": world.url.rpartition(":")[2],
        "AWS_PORT": world.aws_url.rpartition(":")[2],
        "AWS_ENDPOINT_URL": world.aws_url,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=TOP,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        | given,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert not done.stderr, done.stderr
    return dict(zip(blocks, done.stdout.split(f"{_NEXT}\n"), strict=True))


def test_all_of_it_was_run_and_the_drills_end_well(world: Any, said: dict[str, str]) -> None:
    (first,) = (
        text for block, text in said.items() if block.startswith("python -m infra.operate stalled")
    )
    assert "0 late of 0 owed or waiting" in first
    assert "UndeliveredEvents: 0" in first
    assert first.startswith(f"stack intake · at {world.aws_url}\n")
    (found,) = (text for block, text in said.items() if "operate find" in block)
    assert "INQ-XXXX-XXXX: no inquiry of this stack" in found

    (outage,) = (text for block, text in said.items() if "service=ses" in block)
    assert outage.count("2 late of 2 owed or waiting") == 1
    assert outage.count("0 late of 0 owed or waiting") == 1
    world.settle()
    subjects = [letter["Subject"].partition(" INQ-")[0] for letter in world.inbox.letters()]
    assert subjects.count("New inquiry") == 2  # of this drill and of the one with files
    assert subjects.count("We received your inquiry") == 2

    (poison,) = (text for block, text in said.items() if "TeamQueue" in block)
    (back,) = (
        text
        for block, text in said.items()
        if block.endswith("operate dead\n") and "TeamDead;" in block
    )
    assert "TeamDead: 1" in poison + back
    assert "TeamDead: 1 put into TeamQueue" in back
    assert back.count("TeamDead: 0") == 1

    (scanner,) = (text for block, text in said.items() if "service=scanner" in block)
    silent, mended = scanner.split("late of", 1)
    assert silent.rstrip().endswith("2")
    assert "withheld, not scanned" in mended
    assert "0 late of 0 owed or waiting" in mended


def test_an_event_that_no_queue_took_goes_where_its_rule_leads(world: Any) -> None:
    """Through the tool as it is started, and the local world's CloudFormation and EventBridge."""
    import boto3  # noqa: PLC0415

    place = {"region_name": "eu-west-2", "endpoint_url": world.aws_url}
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    sqs = boto3.client("sqs", **place, **keys)
    account = "123456789012"
    rule = f"arn:aws:events:eu-west-2:{account}:rule/intake-UploadArrived"
    target = f"arn:aws:sqs:eu-west-2:{account}:intake-CheckQueue"
    event = (
        '{"detail": {"bucket": {"name": "b"}, "source-ip-address": "192.0.2.7", "object":'
        f' {{"key": "{"a" * 26}/0001", "version-id": "v", "size": 3}}}}}}'
    )
    sqs.send_message(
        QueueUrl=f"{world.aws_url}/{account}/intake-UndeliveredEvents",
        MessageBody=event,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value}
            for name, value in (("RULE_ARN", rule), ("TARGET_ARN", target))
        },
    )
    done = subprocess.run(
        [str(TOP / ".venv/bin/python"), "-m", "infra.operate", "redrive", "--yes"],
        cwd=TOP,
        env=os.environ
        | {
            "STACK": "intake",
            "AWS_REGION": "eu-west-2",
            "AWS_ENDPOINT_URL": world.aws_url,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["UndeliveredEvents: 1 put into CheckQueue"]
    world.settle()
    assert "192.0.2.7" not in world.log()
