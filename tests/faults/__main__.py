"""
`python -m tests.faults`: break everything that can break, and count what is lost.

Prints a line for each tier and `lost 0 ...` at the end, or what was broken and how to see that
again. SEED=n lives through one random day again and prints its trace, the same byte for byte.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

_FUNCTIONS = Path(__file__).parents[2] / "functions"


def main() -> None:
    """Run what was asked for; exit with 1 if anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="live through one day, and print its trace")
    parser.add_argument("--inquiries", type=int, default=60_000, help="how many on random days")
    parser.add_argument("--only", nargs="*", default=[], help="names of tiers")
    given = parser.parse_args()
    sys.path.insert(0, str(_FUNCTIONS))  # before anything of ours is imported
    from tests.faults import report  # noqa: PLC0415  see above

    if given.seed is not None:
        sys.exit(report.replay(given.seed))
    os.environ["PYTHONHASHSEED"] = "0"
    sys.exit(report.campaign(given.inquiries, given.only))


if __name__ == "__main__":
    main()
