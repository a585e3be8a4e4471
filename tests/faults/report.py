"""What a campaign prints, tier by tier."""

from __future__ import annotations

from collections.abc import Collection

import tests.conftest  # noqa: F401  no real account, wherever this is run
from tests.faults import tiers
from tests.faults.campaign import Tally
from tests.faults.machine import NOW


def campaign(inquiries: int, only: Collection[str]) -> int:
    """Run the tiers, print a line for each; return 1 if anything broke."""
    total = Tally()
    for name, tier in tiers.tiers(inquiries).items():
        if only and name not in only:
            continue
        tally = tier.run()
        print(_line(name, tier.what, tally), flush=True)
        for line in sorted(tally.lines):
            print(f"  {line}", flush=True)
        for example in (tally.first, *tally.unfired[:3]):
            if example:
                print(f"  {example}", flush=True)
        total.merge(tally)
    lost = sum(total.broken.values())
    longest = total.slowest.total_seconds() / 60
    print(
        f"{total.late:,} inquiries were told late, for each of them an alarm rang within"
        f" {longest:.0f} minutes of its being owed; {total.overtime} after more than five, as two"
        " sweeps in a row did not come"
    )
    print(
        f"lost {lost} of {total.inquiries:,} inquiries in {total.cases:,} cases with"
        f" {total.fired:,} faults; {total.repeats:,} letters came twice, each after the loss of"
        " both SES's answer and its event"
    )
    return 0 if total.is_sound else 1


def _line(name: str, what: str, tally: Tally) -> str:
    broken = ", ".join(f"{each} ({n})" for each, n in tally.broken.items()) or "nothing"
    steps = f", {tally.steps:,} steps" if tally.steps else ""
    unfired = f", {len(tally.unfired)} never fired" if tally.unfired else ""
    return (
        f"{name:8} {what}: {tally.cases:,} cases{steps}, {tally.fired:,} faults{unfired},"
        f" {tally.inquiries:,} inquiries accepted, {tally.late:,} told late and alarmed,"
        f" {tally.repeats} repeats,"
        f" broken: {broken} ({tally.seconds:.0f} s)"
    )


def replay(seed: int) -> int:
    """Print the trace of one day; return 1 if anything broke."""
    result = tiers.replay(seed)
    print("\n".join(result.trace))
    for fired in result.fired:
        print(f"# {(fired.at - NOW).total_seconds():.3f} {fired.fault}")
    for broken in result.broken:
        print(f"BROKEN {broken}")
    return 1 if result.broken else 0
