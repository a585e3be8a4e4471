"""Servers in processes of their own: their processor time is not ours."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"

_STARTS_WITHIN_S = 90
_STOPS_WITHIN_S = 10
_LOOK_S = 0.02


@contextmanager
def serving(module: str, **environment: str) -> Iterator[str]:
    """Run `python -m module` until the block ends; give what it printed up to "ready ..."."""
    with running(module, **environment) as (_, printed):
        yield printed


@contextmanager
def running(module: str, **environment: str) -> Iterator[tuple[int, str]]:
    """
    Run `python -m module` until the block ends; give its process id and what `serving` gives.

    Its output goes to a file: a pipe that nobody empties would stop it.
    """
    command = [sys.executable, "-m", module]
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("w") as sink:
            child = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | environment, stdout=sink, stderr=sink
            )
        try:
            yield child.pid, _once_ready(child, log)
        finally:
            child.terminate()
            try:
                child.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _once_ready(child: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and child.poll() is None:
        printed = log.read_text()
        complete = printed[: printed.rfind("\n") + 1]
        if any(line.startswith("ready ") for line in complete.splitlines()):
            return complete
        time.sleep(_LOOK_S)
    raise RuntimeError(f"{child.args!r} did not become ready:\n{log.read_text()}")
