"""A form's name reaches the tool as it was typed, and the shell reads nothing in it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("target", ["new-form", "check-forms"])
def test_a_name_is_a_name_and_no_command(tmp_path, target):
    made = tmp_path / "made"
    name = f"Knee`touch {made}`; touch {made}"
    command = ["make", "-s", "-o", ".venv/ready", target, f"NAME={name}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert name in done.stdout + done.stderr
    assert not made.exists()
