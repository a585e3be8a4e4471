"""
`python -m tests.faults.kills`: kill every step at every call, on moto's server.

Prints a line for each scenario, or the first case in which something is lost, and how to see
that one again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.kills.campaign import Kill, Outcome

_FUNCTIONS = Path(__file__).parents[3] / "functions"
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_REGION": "eu-west-2",
    "MOTO_DISABLE_GLOBAL_CORS": "1",
    "POWERTOOLS_METRICS_NAMESPACE": "ClinicIntake",
    "POWERTOOLS_SERVICE_NAME": "intake",
}
_DONE, _AGAIN = "done", "again: "


def main() -> None:
    """Kill, and exit with 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--sample", type=int, default=0, help="how many kills; all of them if 0")
    parser.add_argument("--only", metavar="CASE", help="one case, as it was printed")
    parser.add_argument("--workers", type=int, default=2, help="processes that kill; 2 by default")
    parser.add_argument("--share", metavar="N/M", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.share or given.only or given.workers == 1:
        _work(given)
    else:
        _share(given)


def _share(given: Any) -> None:
    """Have several processes do it, each with an AWS of its own, until one has lost something."""
    begun = time.monotonic()
    asked = ["--seed", str(given.seed), "--sample", str(given.sample)]
    said, saying = os.pipe()
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", __spec__.parent, *asked, "--share", f"{n}/{given.workers}"],
            stdout=saying,
        )
        for n in range(given.workers)
    ]
    os.close(saying)
    counted: Counter[tuple[str, str]] = Counter()
    with os.fdopen(said, encoding="utf-8") as lines:
        for line in lines:
            what, *more = line.rstrip("\n").split("\t")
            if what == _DONE:
                counted[more[0], more[1]] += int(more[2])
                continue
            print(line, end="", flush=True)
            if what.startswith(_AGAIN):
                for worker in workers:
                    worker.terminate()
    statuses = [worker.wait() for worker in workers]
    if any(statuses):
        sys.exit(1)
    _print(counted, time.monotonic() - begun)


def _work(given: Any) -> None:
    """Be the one process, or one of several, that kills."""
    begun = time.monotonic()
    sys.path.insert(0, str(_FUNCTIONS))
    os.environ.update(_ENVIRONMENT)
    number, of = map(int, (given.share or "0/1").split("/"))
    counted: Counter[tuple[str, str]] = Counter()
    for outcome in _outcomes(given, number, of):
        if outcome.wrong:
            _lament(outcome)
        counted[outcome.kill.scenario, "kills"] += 1
        counted[outcome.kill.scenario, "fired"] += outcome.fired
        counted[outcome.kill.scenario, "repeats"] += outcome.repeats
        counted[outcome.kill.scenario, "double losses"] += outcome.kill.repeats
    if given.share:
        for (scenario, what), count in counted.items():
            print(_DONE, scenario, what, count, sep="\t")
    else:
        _print(counted, time.monotonic() - begun)


def _outcomes(given: Any, number: int, of: int) -> Iterator[Outcome]:
    from tests.faults.kills.campaign import chosen, kills, play  # noqa: PLC0415
    from tests.faults.kills.deployed import sandboxed  # noqa: PLC0415  now that it is sealed

    with sandboxed() as (machine, steps):
        found: Sequence[Kill] = kills(machine)
        if given.only:
            found = [kill for kill in found if str(kill) == given.only]
            assert found, "no such case"
        for kill in chosen(found, given.sample, given.seed)[number::of]:
            yield play(machine, steps, kill)


def _lament(outcome: Outcome) -> None:
    print(f"lost something: {outcome.kill}")
    for wrong in outcome.wrong:
        print(f"  {wrong}")
    again = f'{sys.executable} -m {__spec__.parent} --only "{outcome.kill}"'
    print(f"{_AGAIN}{again}", flush=True)
    sys.exit(1)


def _print(counted: Counter[tuple[str, str]], seconds: float) -> None:
    for scenario in sorted({scenario for scenario, _ in counted}):
        kills, fired, repeats, double = (
            counted[scenario, what] for what in ("kills", "fired", "repeats", "double losses")
        )
        print(
            f"kills, {scenario}: {kills} kills, {fired} fired, lost 0,"
            f" {repeats} mails repeated after {double} double losses"
        )
    everything = sum(count for (_, what), count in counted.items() if what == "kills")
    print(f"kills: {everything} in all, lost 0, {seconds:.0f} s")


if __name__ == "__main__":
    main()
