"""What a page takes along without a control for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from intake.errors import Problem
from intake.pages.fields import Walk, as_typed
from intake.rules import leaves


def carried(
    walk: Walk, answers: Mapping[str, Any], problems: Sequence[Problem]
) -> list[tuple[str, str]]:
    """
    Return what was posted, is right, and has no control here, so that it is not lost.

    Another website's page may ask more than ours. What is wrong is left out: nobody could mend
    it here.
    """
    wrong = {problem.field for problem in problems}
    return [
        (path, as_typed(value))
        for path, value in leaves(answers)
        if path not in walk.drawn
        and path != "form_locale"
        and _is_known(walk.form.tree, path)
        and not any(f"{path}.".startswith(f"{field}.") for field in wrong if field)
    ]


def _is_known(tree: Mapping[str, Any], path: str) -> bool:
    node: Any = tree
    for part in path.split("."):
        inner = node.get("items") if part.isdigit() else node.get("properties", {}).get(part)
        if inner is None:
            return False
        node = inner
    return True
