"""The load still runs and its ledger holds; how fast anything is, is its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_whatever_two_clients_post_for_a_moment_is_delivered_or_alarmed() -> None:
    command = [sys.executable, "-m", "tests.load", "--clients=2", "--seconds=1.5", "--seed=7"]
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    for title in ("accept, calm", "bare endpoint", "letters sent", "mail queues", "dead letters"):
        assert title in ran.stdout
    last = ran.stdout.splitlines()[-1]
    sums = re.fullmatch(r"accepted (\d+) = delivered (\d+) \+ alarmed (\d+); lost 0, twice 0", last)
    assert sums, last
    accepted, delivered, alarmed = map(int, sums.groups())
    assert accepted == delivered + alarmed > 0
