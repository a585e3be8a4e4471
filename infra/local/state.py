"""What `GET /world.json` tells, and what the world page is drawn from."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from infra.local.world import World

_SHOWN = 30
_KEPT = 200
_NEAR = 4
"""Rows: what happens to each of many files comes as a few kinds of event in turn."""


def state_of(world: World) -> dict[str, Any]:
    """Return everything that can be seen from outside, ids only."""
    journal = world.journal.as_json(_KEPT)
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
        **journal,
        "events": journal["events"][:_SHOWN],
        "happened": folded(journal["events"])[:_SHOWN],
    }


def folded(events: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return *events*, newest first, as lines: the like of one just above is counted there."""
    lines: list[dict[str, Any]] = []
    for event in events:
        way = f"{event['from']} → {event['to']}"
        said = {
            "kind": event["kind"],
            "where": f"{way} · {event['note']}" if event["note"] else way,
        }
        near = next((line for line in lines[-_NEAR:] if line["said"] == said), None)
        if near:
            near["count"] += 1
        else:
            lines.append({"at": event["at"], "said": said, "count": 1})
    return [
        {
            "at": line["at"],
            "what": line["said"]["kind"] + (f" · {line['count']} ×" if line["count"] > 1 else ""),  # noqa: RUF001
            "where": line["said"]["where"],
        }
        for line in lines
    ]


def local_time(world: World) -> str:
    """Return this world's time as the page shows it, and how far it is ahead."""
    ahead = world.clock.shift
    plain = f"{world.clock.now():%Y-%m-%d %H:%M:%S} UTC"
    return plain if ahead == timedelta() else f"{plain} ({ahead} ahead)"
