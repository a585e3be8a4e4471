"""The fast cloud in AWS's place, for rooms and clinics that are laid for one test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import time_machine

from infra.local.blueprint import Blueprint
from infra.local.template import Resource
from intake.aws import clients
from tests.faults.cloud import Cloud, install, uninstall
from tests.handlers import PLACE, blueprint
from tests.steps.mailroom import NOW, TABLE


def small(queues: Sequence[str], buckets: Sequence[str] = ()) -> Blueprint:
    """
    Return the template's table under its name here, and queues and buckets of no settings.

    The first bucket is the one whose objects are scanned.
    """
    (table,) = blueprint().tables.values()

    def plain(names: Sequence[str]) -> dict[str, Resource]:
        return {name: replace(table, name=name, properties={}) for name in names}

    plans = [replace(p, bucket=name) for p in blueprint().scan_plans for name in buckets[:1]]
    return replace(
        blueprint(),
        tables={TABLE: table},
        queues=plain(queues),
        buckets=plain(buckets),
        scan_plans=plans,
    )


@contextmanager
def fast_cloud(asked: Blueprint) -> Iterator[tuple[Cloud, time_machine.Coordinates]]:
    """Have steps ask an empty cloud, at NOW; the clock stands still until it is moved."""
    clients.client.cache_clear()
    cloud = Cloud(asked, PLACE.region)
    install(cloud)
    try:
        with time_machine.travel(NOW, tick=False) as clock:
            yield cloud, clock
    finally:
        uninstall()
    clients.client.cache_clear()
