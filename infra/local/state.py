"""What `GET /world.json` tells, and what the world page is drawn from."""

from datetime import timedelta
from typing import Any

from infra.local.peek import count_items, depth, due_items, stored
from infra.local.world import World

_SHOWN = 30


def state_of(world: World) -> dict[str, Any]:
    """Return everything that can be seen from outside, ids only."""
    return {
        "idle": world.idle,
        "now": world.clock.now().isoformat(timespec="seconds"),
        "clock_shift_seconds": int(world.clock.shift.total_seconds()),
        "queues": {
            queue.logical_id: depth(world.place.region, name)
            for name, queue in world.blueprint.queues.items()
        },
        "buckets": {
            bucket.logical_id: stored(name) for name, bucket in world.blueprint.buckets.items()
        },
        "tables": {
            table.logical_id: {
                "items": count_items(world.place.region, name),
                "due": len(due_items(world.place.region, name)),
            }
            for name, table in world.blueprint.tables.items()
        },
        "letters": len(world.mailbox.letters()),
        "due": [
            {"at": at, "what": what, "of": of}
            for table in world.blueprint.tables
            for at, what, of in due_items(world.place.region, table)[:_SHOWN]
        ],
        "coming": [
            {"at": when.isoformat(timespec="seconds"), "what": label}
            for when, label in world.agenda.due()
        ],
        "broken": {
            service: {"how": how, "until": until.isoformat(timespec="seconds")}
            for service, (until, how) in list(world.aws.guard.broken.items())
            if until > world.clock.now()
        },
        "delivered": dict(world.journal.counts),
        "moves": dict(world.journal.moves),
        "events": [entry.as_json() for entry in list(world.journal.events)[: -_SHOWN - 1 : -1]],
        "failures": [entry.as_json() for entry in list(world.journal.failures)[::-1]],
    }


def local_time(world: World) -> str:
    """Return this world's time as the page shows it, and how far it is ahead."""
    ahead = world.clock.shift
    plain = f"{world.clock.now():%Y-%m-%d %H:%M:%S} UTC"
    return plain if ahead == timedelta() else f"{plain} ({ahead} ahead)"
