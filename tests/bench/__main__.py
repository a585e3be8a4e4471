"""`make bench`: every figure beside its baseline, measured in one run. A report, never a gate."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.bench.children import FUNCTIONS
from tests.bench.figures import table
from tests.bench.plan import plan
from tests.bench.rows import MODULES, measured_apart

_LONG = "Medians and quartiles of rounds in turn; compared round by round."
_SHORT = "One cold round, which shows that everything runs, not how fast it is."


def main() -> None:
    """Measure, then print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one round: does it still run?")
    parser.add_argument("--only", choices=MODULES, action="append", help="measure this part only")
    given = parser.parse_args()
    sys.path.insert(0, str(FUNCTIONS))
    begun = time.monotonic()
    ahead = plan(short=given.short)
    # Side by side only where no time counts.
    with ThreadPoolExecutor(2 if given.short else 1) as turns:
        parts = turns.map(partial(measured_apart, plan=ahead), given.only or MODULES)
        lines = [line for part in parts for line in part]
    took = time.monotonic() - begun
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print(_SHORT if given.short else _LONG, end="\n\n")
    print(table(lines))
    print(f"\nLoad {os.getloadavg()[0]:.1f} at the end, {took:.0f} s in all.")


if __name__ == "__main__":
    main()
