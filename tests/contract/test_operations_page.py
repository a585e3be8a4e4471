"""The operator's page has a section for every alarm there is, and none for one that is not."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import botocore.session
import pytest

PAGE = Path(__file__).parents[2] / "infra" / "README.md"
BLOCK = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^### (?P<names>.+)\n(?P<body>(?:(?!^#).*\n?)+)", re.MULTILINE)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


@pytest.fixture
def missing(find: Any) -> dict[str, str]:
    """What each alarm makes of missing data, by the name that its mail says."""
    alarms = find("alarms", "AWS::CloudWatch::Alarm").values()
    return {
        re.sub(r"^\$\{Prefix\}-", "", alarm["AlarmName"]["Fn::Sub"]): alarm["TreatMissingData"]
        for alarm in alarms
    }


def test_every_alarm_has_one_section_and_every_section_an_alarm(
    page: str, missing: dict[str, str]
) -> None:
    named = [name for section in SECTION.finditer(page) for name in section["names"].split(", ")]

    assert sorted(named) == sorted(missing)


def test_every_section_says_what_it_means_costs_needs_and_when_it_is_over(page: str) -> None:
    for section in SECTION.finditer(page):
        said = re.findall(r"\*\*(Means|Costs|Do|Over):\*\*", section["body"])
        assert said == ["Means", "Costs", "Do", "Over"], section["names"]


def test_the_table_of_missing_data_is_what_is_deployed(page: str, missing: dict[str, str]) -> None:
    rows = re.findall(
        r"^\| ([a-z0-9, -]+) \| (breaching|notBreaching|ignore) \|", page, re.MULTILINE
    )
    told = {name: value for names, value in rows for name in names.split(", ")}
    others = told.pop("all others")

    assert missing == dict.fromkeys(missing, others) | told


def test_names_in_its_text_are_alarms_too(page: str, missing: dict[str, str]) -> None:
    named = re.findall(
        r"`([a-z][a-z0-9-]+-(?:errors|letters|old|silent|5xx|overdue|unscanned))`", page
    )

    assert named
    assert set(named) <= set(missing)


def test_what_only_aws_can_run_is_little_and_exists(page: str) -> None:
    (block,) = (found["body"] for found in BLOCK.finditer(page) if found["kind"] == "sh aws-only")
    commands = [shlex.split(line) for line in block.splitlines()]
    session = botocore.session.get_session()

    assert len(commands) <= 8
    for aws, service, operation, *given in commands:
        assert aws == "aws"
        model = session.get_service_model(service)
        (name,) = (n for n in model.operation_names if kebab(n) == operation)
        shape = model.operation_model(name).input_shape
        members = {kebab(member) for member in shape.members} if shape else set()
        assert {word[2:] for word in given if word.startswith("--")} <= members


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def test_it_is_one_page(page: str) -> None:
    assert len(page.splitlines()) <= 280
    assert {found["kind"] for found in BLOCK.finditer(page)} == {"sh", "sh aws-only", "text"}
