"""The page at `/`: the pipeline as a picture, and buttons for time and trouble."""

from werkzeug.wrappers import Response

from infra.local import picture, rendering
from infra.local.staff import ACCOUNTS
from infra.local.state import local_time, state_of
from infra.local.world import ROOT, World

_MOVES = (
    (15, "Move the clock 15 minutes"),
    (60, "Move the clock 1 hour"),
    (1440, "Move the clock 1 day"),
)

# The form that nobody fills in: a schedule sends it.
_CANARY = "canary"
_SILENT = "The scanner is silent: nothing that was uploaded becomes clean."


def forms() -> list[str]:
    """Return the names of the forms that are for people."""
    found = {path.parent.name for path in (ROOT / "schemas" / "forms").glob("*/form.json")}
    return sorted(found - {_CANARY})


def page(world: World) -> Response:
    """Return the page as it is now; its script keeps it so."""
    state = state_of(world)
    drawn = picture.draw(world.blueprint)
    counts = {name: _depth(depth) for name, depth in state["queues"].items()}
    counts |= {name: f"{count['objects']} files" for name, count in state["buckets"].items()}
    counts |= {
        name: f"{table['items']} items · {table['due']} due"
        for name, table in state["tables"].items()
    }
    counts["SES"] = "broken" if "ses" in state["broken"] else f"{state['letters']} letters"
    counts["Scanner"] = "silent" if "scanner" in state["broken"] else "at work"
    dead = {
        node.name: f"{sum(state['queues'][node.dead].values())} dead"
        for node in drawn.nodes
        if node.dead and sum(state["queues"][node.dead].values())
    }
    return rendering.page(
        "world.html",
        state=state,
        silent=_SILENT if "scanner" in state["broken"] else "",
        now=local_time(world),
        forms=forms(),
        accounts=list(ACCOUNTS),
        picture=drawn,
        counts=counts,
        dead=dead,
        moves=_MOVES,
        schedules=list(world.blueprint.schedules),
    )


def _depth(queue: dict[str, int]) -> str:
    words = {"waiting": "waiting", "in_flight": "in work", "delayed": "later"}
    parts = [f"{queue[kind]} {word}" for kind, word in words.items() if queue[kind]]
    return " · ".join(parts) or "empty"
