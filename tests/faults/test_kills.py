"""A few of the kills that `make faults` makes at every call."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLS = 6


def test_a_step_that_is_killed_at_any_call_loses_nothing_and_mails_nobody_twice():
    asked = ["--sample", str(KILLS), "--workers", "1"]

    played = subprocess.run(
        [sys.executable, "-m", "tests.faults.kills", *asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert played.returncode == 0, played.stdout + played.stderr
    fired = [int(count) for count in re.findall(r"(\d+) fired", played.stdout)]
    assert sum(fired) == KILLS
    assert f"kills: {KILLS} in all, lost 0" in played.stdout
