"""`make bench-web`: what our pages weigh and what Lighthouse says of them. A report, no gate."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.bench.children import FUNCTIONS, ROOT, serving
from tests.bench.figures import table

FORM = "rheumatoid-arthritis"


def main() -> None:
    """Start the clinic on this machine, look at its pages as browsers do, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.web", description=__doc__)
    parser.add_argument("--no-lighthouse", action="store_true", help="weigh only")
    given = parser.parse_args()
    sys.path[:0] = [str(FUNCTIONS), str(ROOT)]
    from tests.bench.web import lighthouse, weight  # noqa: PLC0415  they import the functions

    begun = time.monotonic()
    with serving("infra.local", PORT="0", AWS_PORT="0", SIGN_IN_PORT="0") as printed:
        (url,) = (line.split()[1] for line in printed.splitlines() if line.startswith("ready "))
        print(table(weight.rows(url)))
        if not given.no_lighthouse:
            print(f"\nLighthouse {lighthouse.version()}, its own phone and slow network, {FORM}:\n")
            print(table(lighthouse.rows(url, FORM)))
    print(f"\nLoad {os.getloadavg()[0]:.1f} at the end, {time.monotonic() - begun:.0f} s in all.")


if __name__ == "__main__":
    main()
