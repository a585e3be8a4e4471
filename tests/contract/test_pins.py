"""What is installed is named once, pinned with hashes, and the same everywhere."""

import re
import tomllib

import pytest

PINS = {
    "runtime": "functions/requirements.txt",
    "tests": "tests/requirements.txt",
    "sam": "infra/sam-requirements.txt",
}


def pinned(text):
    """Version by name."""
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", text, re.MULTILINE)
    return dict(found)


@pytest.fixture(scope="module")
def pins(top):
    return {name: (top / path).read_text("utf-8") for name, path in PINS.items()}


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_hashes_and_no_line_says_where_to_fetch_from(pins, name):
    lines = pins[name].splitlines()
    entries = "\n".join(line for line in lines if not line.lstrip().startswith("#"))

    for entry in re.split(r"\n(?=\S)", entries.strip()):
        assert re.match(r"[a-z0-9._-]+(\[[^]]*\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links", pins[name])


def test_functions_ship_what_they_were_tested_with(pins):
    runtime, tests = pinned(pins["runtime"]), pinned(pins["tests"])

    assert {name: tests.get(name) for name in runtime} == runtime


def test_boto3_comes_from_the_runtime(pins):
    assert not {"boto3", "botocore"} & set(pinned(pins["runtime"]))
    assert "boto3" in pinned(pins["tests"])


def test_what_the_project_names_is_pinned(pins, top):
    project = tomllib.loads((top / "pyproject.toml").read_text("utf-8"))["project"]

    def names(listed):
        return {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in listed}

    assert names(project["dependencies"]) <= set(pinned(pins["runtime"]))
    assert names(project["optional-dependencies"]["dev"]) <= set(pinned(pins["tests"]))
