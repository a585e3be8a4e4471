"""
`python -m tests.faults.removals [NAME ...]`: is the fault machine able to see what it looks for?

Each mechanism that a promise rests on is taken out of a copy of the source in turn, and a hunt
lives through a few cases in that copy: it has to name an invariant that is broken. In the copy
from which nothing is missing, all hunts together find nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from tests.faults.mechanisms import REMOVALS, Removal

_ROOT = Path(__file__).parents[2]
_PARTS = ("functions", "infra", "schemas", "tests", "template.yaml")


@dataclass(frozen=True)
class Verdict:
    """What the machine said of a source without a mechanism, and whether it was right."""

    name: str
    is_right: bool
    said: str


def copied(to: Path) -> Path:
    """Copy what this repository holds, with what is not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *_PARTS],
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (_ROOT / name).is_file():  # and not deleted a moment ago
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(_ROOT / name, to / name)
    return to


def hunted(root: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """Have the machine of the source in *root* hunt; return what it found, hunt by hunt."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.faults.hunts", *names],
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root / 'functions'}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        raise RuntimeError(said.stderr)
    return [json.loads(line) for line in said.stdout.splitlines()]


def judged(removals: Sequence[Removal]) -> Iterator[Verdict]:
    """Take each mechanism out of a copy of its own and hunt; but first hunt where all are in."""
    with tempfile.TemporaryDirectory() as folder:
        sound = copied(Path(folder) / "sound")
        yield from map(_control, hunted(sound, [each.name for each in removals]))

        def without(removal: Removal) -> Verdict:
            # With what was compiled; what is edited is newer.
            root = shutil.copytree(sound, Path(folder) / removal.name)
            for edit in removal.edits:
                edit.apply(root)
            (found,) = hunted(root, [removal.name])
            shutil.rmtree(root)
            return _judge(removal, found)

        with ThreadPool(os.cpu_count()) as pool:
            yield from pool.imap(without, removals)


def _control(found: dict[str, Any]) -> Verdict:
    what = "; ".join(found["broken"]) or "nothing"
    said = f"finds {what} in {found['cases']} cases of a sound source ({found['seconds']:.1f} s)"
    return Verdict(found["hunt"], found["cases"] > 0 and not found["broken"], said)


def _judge(removal: Removal, found: dict[str, Any]) -> Verdict:
    named = {each.partition(" ")[0] for each in found["broken"]}
    after = f"case {found['cases']}, {found['case']} ({found['seconds']:.1f} s)"
    what = "; ".join(found["broken"]) or "nothing"
    return Verdict(removal.name, bool(named & removal.breaks), f"without it: {what}, in {after}")


def main() -> None:
    """Print what was said, a line each; exit with 1 unless all of it was right."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.removals", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="some of them; all by default")
    given, began = parser.parse_args(), time.monotonic()
    wanted = [each for each in REMOVALS if not given.names or each.name in given.names]
    verdicts = []
    for verdict in judged(wanted):
        verdicts.append(verdict)
        print(f"{'' if verdict.is_right else 'WRONG '}{verdict.name}: {verdict.said}", flush=True)
    caught = sum(verdict.is_right for verdict in verdicts[len(wanted) :])
    seconds = time.monotonic() - began
    print(f"{caught} of {len(wanted)} removals caught ({seconds:.0f} s)")
    sys.exit(not all(verdict.is_right for verdict in verdicts))


if __name__ == "__main__":
    main()
