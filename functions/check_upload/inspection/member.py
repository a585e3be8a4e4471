"""One file in the list of an archive or a disc."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from check_upload.inspection.stretches import Stretch

UNSAFE = "archive_unsafe"
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Member:
    """One file inside, as the list of contents has it. Sizes in bytes."""

    name: str
    size: int  # unpacked
    start: int  # where it begins in the archive, its own header included
    packed: int
    is_link: bool = field(default=False, kw_only=True)


Open = Callable[[Member, int], Stretch]


def leads_out(name: str) -> bool:
    """Tell whether a path leads out of the folder that it is meant from."""
    path = name.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or bool(_DRIVE.match(path))
