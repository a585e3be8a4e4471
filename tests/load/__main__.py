"""`make load`: clients post while AWS breaks; then every accepted inquiry is accounted for."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local import sealed
from infra.local.world import ROOT
from tests.bench.children import serving
from tests.journey.conftest import World, start, stop
from tests.load import report
from tests.load.counting import Ledger
from tests.load.found import Mail, find
from tests.load.plan import Plan
from tests.load.running import dead_letters, run

_LOCALES = ROOT / "schemas" / "shared" / "locales"


def main() -> int:
    """Run and print; 1 if the ledger does not hold, or a dead letter rang no alarm."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60, help="how long faults last")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    plan = Plan(given.clients, given.seconds, given.seed)
    with TemporaryDirectory() as folder, serving("tests.load.bare") as ready:
        world = start(Path(folder, "log"), AWS_APART="1")
        sealed.seal(world.aws_url)
        try:
            return _load(world, ready.split()[-1], plan)
        finally:
            stop(world)


def _load(world: World, bare: str, plan: Plan) -> int:
    done = run(world, bare, plan)
    found = find(world)
    sent = [one for client in done.clients for one in client.sent]
    count = Ledger(sent, found, done.bells.rang_for, _marked(world)).count()
    silent = [queue for queue in dead_letters(done.state) if not done.bells.rang_of(queue)]
    count.wrong += [f"{queue}: dead letters, and no alarm" for queue in silent]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end")
    print("\n".join(report.lines(done, found, count)))
    return 0 if count.holds else 1


def _marked(world: World) -> Callable[[Mail], bool]:
    catalogues = [json.loads(path.read_text("utf-8")) for path in sorted(_LOCALES.glob("*.json"))]
    words = [catalogue["mail"]["team"]["repeat"] for catalogue in catalogues]

    def marked(mail: Mail) -> bool:
        text = world.inbox.read(mail.id)["Text"]
        return any(word in " ".join(text.split()) for word in words)

    return marked


if __name__ == "__main__":
    sys.exit(main())
