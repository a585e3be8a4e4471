"""The pipeline as a picture: places and ways computed from the template alone."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra.local.blueprint import Blueprint
from infra.local.bus import SCANNER
from infra.local.template import Resource

COLUMNS = (10, 260, 480, 710, 930)
WIDTH, HEIGHT = 180, 46
DOOR_WIDTH, DOOR_HEIGHT = 204, 26
"""Doors are many and have long names."""
ROW, TOP = 74, 30
DOOR_ROW = 36
_MAIL = "SES"
_SCANS = '"aws.guardduty"'


@dataclass(frozen=True)
class Node:
    """A box: *kind* is door, step, queue, bucket, table, mail or scanner."""

    name: str
    kind: str
    label: str
    column: int
    row: float
    dead: str = ""

    @property
    def x(self) -> int:
        """Return the left edge."""
        return COLUMNS[self.column]

    @property
    def y(self) -> int:
        """Return the upper edge."""
        return int(TOP + self.row * ROW)

    @property
    def width(self) -> int:
        """Return how wide the box is."""
        return DOOR_WIDTH if self.kind == "door" else WIDTH

    @property
    def height(self) -> int:
        """Return how high the box is."""
        return DOOR_HEIGHT if self.kind == "door" else HEIGHT


@dataclass(frozen=True)
class Way:
    """An arrow along which something travels; *path* is SVG."""

    source: str
    target: str
    path: str
    is_back: bool


@dataclass(frozen=True)
class Picture:
    """Everything the page draws."""

    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]
    height: int
    width: int = COLUMNS[-1] + WIDTH + 10


def draw(blueprint: Blueprint) -> Picture:
    """Place doors, the steps they wake, queues and quarantine, the steps these wake, the rest."""
    steps = {f.arn: f.logical_id for f in blueprint.functions.values()}
    doors = [(route.key, steps[route.function_arn]) for route in blueprint.routes]
    doors += [(name, steps[s.function_arn]) for name, s in blueprint.schedules.items()]
    woken = {t.queue_arn: blueprint.function_of(t.function).logical_id for t in blueprint.triggers}
    woken_first = {step for _, step in doors}
    first = [name for name in blueprint.functions if name in woken_first]
    doors.sort(key=lambda door: first.index(door[1]))
    second = list(dict.fromkeys(woken.values()))
    links = list(_links(blueprint, woken)) + doors
    folders = {f.logical_id: f.handler.partition(".")[0] for f in blueprint.functions.values()}
    sources = {source for source, _ in links}
    watched = [b.logical_id for b in blueprint.buckets.values() if b.logical_id in sources]
    others = [b.logical_id for b in blueprint.buckets.values() if b.logical_id not in watched]
    queues = [q for q in blueprint.queues.values() if q.logical_id in sources]
    columns: list[list[tuple[str, str, str]]] = [
        [(name, "door", _door(blueprint, name)) for name, _ in doors],
        [(name, "step", folders[name]) for name in first],
        [(name, "bucket", name) for name in watched]
        + [(SCANNER, "scanner", "malware scanner")] * (SCANNER in sources)
        + [(q.logical_id, "queue", q.logical_id) for q in queues],
        [(name, "step", folders[name]) for name in second],
        [(name, "bucket", name) for name in others]
        + [(_MAIL, "mail", "SES → inbox")]
        + [(t.logical_id, "table", t.logical_id) for t in blueprint.tables.values()],
    ]
    spans = [DOOR_ROW / ROW] + [1.0] * (len(columns) - 1)
    rows = max(len(column) * span for column, span in zip(columns, spans, strict=True))
    dead = _dead_letters(blueprint.queues.values())
    nodes = {
        name: Node(name, kind, label, number, first_row + row * span, dead.get(name, ""))
        for number, (column, span) in enumerate(zip(columns, spans, strict=True))
        for first_row in [(rows - len(column) * span) / 2]
        for row, (name, kind, label) in enumerate(column)
    }
    ways = tuple(
        _way(nodes[source], nodes[target])
        for source, target in dict.fromkeys(links)
        if source in nodes and target in nodes
    )
    return Picture(tuple(nodes.values()), ways, int(TOP + rows * ROW))


def _door(blueprint: Blueprint, name: str) -> str:
    schedule = blueprint.schedules.get(name)
    if schedule is None:
        return "any other path" if name == "$default" else name
    if not schedule.enabled:
        return "by hand"
    minutes = int(schedule.every.total_seconds() // 60)
    return "every minute" if minutes == 1 else f"every {minutes} minutes"


def _links(blueprint: Blueprint, woken: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield who passes things to whom: by trigger, by rule, by what a step's environment names."""
    by_name: dict[str, str] = {name: b.logical_id for name, b in blueprint.buckets.items()}
    by_name |= {name: q.logical_id for name, q in blueprint.queues.items()}
    by_name |= dict.fromkeys(blueprint.configuration_sets, _MAIL)
    for arn, step in woken.items():
        yield by_name[arn.rpartition(":")[2]], step
    for function in blueprint.functions.values():
        for value in function.environment.values():
            # A queue is named by its address, everything else by its name.
            named = by_name.get(value.rpartition("/")[2])
            if named and (named, function.logical_id) not in _awake(blueprint, woken, by_name):
                yield function.logical_id, named
    for rule in blueprint.rules:
        pattern = json.dumps(rule.pattern)
        from_mail = '"aws.ses"' in pattern
        senders = [_MAIL] if from_mail else [by_name[b] for b in blueprint.buckets if b in pattern]
        if _SCANS in pattern:
            yield from ((sender, SCANNER) for sender in senders)
            senders = [SCANNER]
        for target in rule.targets:
            for sender in senders:
                yield sender, by_name.get(target.arn.rpartition(":")[2], "")


def _awake(
    blueprint: Blueprint, woken: Mapping[str, str], by_name: Mapping[str, str]
) -> set[tuple[str, str]]:
    """Return what a step reads by being woken: its own queue, and the bucket that feeds it."""
    own = {(by_name[arn.rpartition(":")[2]], step) for arn, step in woken.items()}
    fed = {
        (by_name[bucket], woken[target.arn])
        for rule in blueprint.rules
        for target in rule.targets
        if target.arn in woken
        for bucket in blueprint.buckets
        if bucket in json.dumps(rule.pattern)
    }
    return own | fed


def _dead_letters(queues: Iterable[Resource]) -> dict[str, str]:
    """Return each queue's dead-letter queue, by logical ids."""
    known = list(queues)
    by_name = {queue.name: queue.logical_id for queue in known}
    return {
        queue.logical_id: by_name.get(redrive["deadLetterTargetArn"].rpartition(":")[2], "")
        for queue in known
        if (redrive := queue.properties.get("RedrivePolicy"))
    }


def _way(source: Node, target: Node) -> Way:
    y1, y2 = source.y + source.height // 2, target.y + target.height // 2
    if source.column == target.column:  # down the side of the column
        x = source.x
        path = f"M{x} {y1} C{x - 30} {y1} {x - 30} {y2} {x - 4} {y2}"
        return Way(source.name, target.name, path, is_back=False)
    back = target.column < source.column
    x1 = source.x if back else source.x + source.width
    x2 = target.x + target.width + 4 if back else target.x - 4
    # Ways back start and end lower, so that they do not lie on the ways there.
    y1, y2 = y1 + 12 * back, y2 + 12 * back
    bend = (x2 - x1) // 2
    path = f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return Way(source.name, target.name, path, is_back=back)
