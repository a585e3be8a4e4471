"""Every line for curl that stands in a README does what is said above it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journey.uppy.website import INTAKE, README, ROOT, Kept
from tests.records import small

_HERE = "http://127.0.0.1:8080"
_STATUS = "\nstatus: "


class Shell:
    """A folder with a script's files in it, and the README's commands to be run there."""

    def __init__(self, world: Any, folder: Path) -> None:
        self._world, self._folder = world, folder
        _, _, section = README.read_text("utf-8").partition("## From a script")
        (answers,), (text,) = (
            re.findall(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
            for kind in ("json", "sh")
        )
        self._first, *rest = text.strip().split("\n\n")
        self._commands = dict(part.split("\n", 1) for part in rest)
        (folder / "inquiry.json").write_text(answers, "utf-8")
        (folder / "blood.pdf").write_bytes(small.pdf_of(3_000))
        self.told = ""

    def runs(self, beginning: str, *, instead: tuple[str, str] = ("", "")) -> int:
        """Run the command under this comment; return the status, keep what was said."""
        (command,) = (each for name, each in self._commands.items() if beginning in name)
        command = command.replace("curl -s", f"curl -s -w '{_STATUS}%{{http_code}}'")
        return self.run(f"{self._first}\n{command.replace(*instead)}", self._folder)

    def run(self, command: str, folder: Path) -> int:
        """Run a command against the world."""
        for address in (INTAKE, _HERE):
            command = command.replace(address, self._world.url)
        ran = subprocess.run(
            ["bash", "-euc", command], cwd=folder, capture_output=True, check=True, timeout=30
        )
        self.told, _, status = ran.stdout.decode("utf-8").rpartition(_STATUS)
        return int(status)

    @property
    def json(self) -> Any:
        """What the last one said."""
        return json.loads(self.told)

    def names(self) -> list[str]:
        """Return the comments above the commands."""
        return list(self._commands)


@pytest.fixture
def shell(world: Any, tmp_path: Path) -> Shell:
    return Shell(world, tmp_path)


def test_json_fields_and_files_are_accepted_and_an_answer_leads_on(
    world: Any, shell: Shell, tmp_path: Path
) -> None:
    assert shell.runs("JSON, nested") == 200
    first = shell.told
    assert shell.json["ok"] is True
    # Without a key the same content within ten minutes is the same inquiry, however it is sent.
    assert shell.runs("As a plain form does") == 200
    assert shell.told == first
    assert shell.runs("As a plain form does", instead=("Accept: application/json", "A: b")) == 303
    assert len(Kept(world).inquiries()) == 1

    assert shell.runs("With a file") == 200
    (tmp_path / "answer.json").write_text(shell.told, "utf-8")
    world.settle(60)
    (row,) = Kept(world).files()
    assert (row["requirement"], row["verdict"]) == ("blood", "clean")
    assert shell.runs("How an inquiry stands") == 200
    assert [file["state"] for file in shell.json["files"]] == ["clean"]
    assert shell.runs("Something to add afterwards") == 200
    assert (shell.json["notesLeft"], shell.json["changes"][0]["what"]) == (7, "note")


def test_a_key_gets_its_answer_again_and_refuses_other_content(world: Any, shell: Shell) -> None:
    assert shell.runs("May be sent again") == 200
    first = shell.told
    assert shell.runs("May be sent again") == 200
    assert shell.told == first
    other = ("--data @inquiry.json", "--data @<(sed s/Amina/Asha/ inquiry.json)")
    assert shell.runs("May be sent again", instead=other) == 409
    assert shell.json["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"

    assert len(Kept(world).inquiries()) == 1


def test_what_is_wrong_is_said_field_by_field(world: Any, shell: Shell) -> None:
    assert shell.runs("What is wrong") == 422

    told = {each["field"]: each for each in shell.json["errors"]}
    assert told["contact.email"]["code"] == "TYPE_EMAIL"
    assert told["message"]["code"] == "REQUIRED_FIELD_MISSING"
    assert re.search("[ก-๙]", told["message"]["message"])
    assert Kept(world).inquiries() == []


def test_what_the_api_speaks_can_be_read(shell: Shell) -> None:
    assert shell.runs("What the API speaks") == 200
    assert "/f/{form}" in shell.json["paths"]


def test_no_line_is_without_a_test(shell: Shell) -> None:
    run = re.findall(r'shell\.runs\("([^"]+)"', Path(__file__).read_text("utf-8"))

    assert all(any(each in name for each in run) for name in shell.names())


def test_the_line_of_the_projects_readme_sends_an_inquiry(world: Any, shell: Shell) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (line,) = re.findall(rf"^(curl -s {_HERE}/f/.+?\)\")\n", text, re.MULTILINE | re.DOTALL)
    status = shell.run(line.replace("curl -s", f"curl -s -w '{_STATUS}%{{http_code}}'"), ROOT)

    assert (status, shell.json["ok"]) == (200, True)
    assert len(Kept(world).inquiries()) == 1
