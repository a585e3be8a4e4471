"""What `GET /world.json` tells, and what the world page is drawn from."""

from datetime import timedelta
from typing import Any

from infra.local.world import World

_SHOWN = 30


def state_of(world: World) -> dict[str, Any]:
    """Return everything that can be seen from outside, ids only."""
    return {
        "idle": world.idle,
        "now": world.clock.now().isoformat(timespec="seconds"),
        "clock_shift_seconds": int(world.clock.shift.total_seconds()),
        **world.aws.kept(_SHOWN),
        "letters": len(world.mailbox.letters()),
        "coming": [
            {"at": when.isoformat(timespec="seconds"), "what": label}
            for when, label in world.agenda.due()
        ],
        "broken": {
            service: {"how": how, "until": until.isoformat(timespec="seconds")}
            for service, (until, how) in world.aws.emulator.broken().items()
        },
        "scanner": world.scanner.says,
        **world.journal.as_json(_SHOWN),
    }


def local_time(world: World) -> str:
    """Return this world's time as the page shows it, and how far it is ahead."""
    ahead = world.clock.shift
    plain = f"{world.clock.now():%Y-%m-%d %H:%M:%S} UTC"
    return plain if ahead == timedelta() else f"{plain} ({ahead} ahead)"
