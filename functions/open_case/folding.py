"""Files of which the same is to be said, as one row: a folder of a CD may come as a thousand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

# So few are sooner read one by one.
_FEWEST = 4
# What makes a file itself; the rest of its row may be shared.
_OWN = ("n", "name", "size", "sizeText", "canOpen", "can")


def folded(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Return *rows*, those that say the same as one with `members`, in the place of its first.

    The members come by their names, IM2 before IM10; rows of single files have none. Whatever tells
    one file from others (whose it is, why it is kept back, an odd flag) keeps it apart.
    """
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        said = {name: value for name, value in row.items() if name not in _OWN}
        alike.setdefault(json.dumps(said, sort_keys=True), []).append(row)
    whole: list[dict[str, Any]] = []
    for group in alike.values():
        if len(group) < _FEWEST:
            whole += [dict(row) for row in group]
        else:
            members = [{name: row[name] for name in _OWN} for row in group]
            members.sort(key=lambda row: _natural(str(row["name"] or "")))
            whole.append({**group[0], "can": [], "canOpen": False, "members": members})
    return sorted(whole, key=lambda row: int(row["n"]))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return by what a name is sorted as people do it, where numbers stand between letters."""
    parts = re.split("([0-9]+)", name.casefold())
    return [(int(part), "") if n % 2 else (0, part) for n, part in enumerate(parts)]
