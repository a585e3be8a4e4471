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
        **_kept(world),
        "letters": len(world.mailbox.letters()),
        "coming": [
            {"at": when.isoformat(timespec="seconds"), "what": label}
            for when, label in world.agenda.due()
        ],
        "broken": {
            service: {"how": how, "until": until.isoformat(timespec="seconds")}
            for service, (until, how) in list(world.aws.guard.broken.items())
            if until > world.clock.now()
        },
        **world.journal.as_json(_SHOWN),
    }


def _kept(world: World) -> dict[str, Any]:
    """Return what lies in queues, buckets and tables, while nobody changes it."""
    region, blueprint = world.place.region, world.blueprint
    with world.aws.guard.lock:
        return {
            "queues": {q.logical_id: depth(region, name) for name, q in blueprint.queues.items()},
            "buckets": {b.logical_id: stored(name) for name, b in blueprint.buckets.items()},
            "tables": {
                table.logical_id: {
                    "items": count_items(region, name),
                    "due": len(due_items(region, name)),
                }
                for name, table in blueprint.tables.items()
            },
            "due": [
                {"at": at, "what": what, "of": of}
                for name in blueprint.tables
                for at, what, of in due_items(region, name)[:_SHOWN]
            ],
        }


def local_time(world: World) -> str:
    """Return this world's time as the page shows it, and how far it is ahead."""
    ahead = world.clock.shift
    plain = f"{world.clock.now():%Y-%m-%d %H:%M:%S} UTC"
    return plain if ahead == timedelta() else f"{plain} ({ahead} ahead)"
