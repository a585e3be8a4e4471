"""
From the plain answers of a form to codes of classifications, for records that need them.

Patients choose an illness in plain words. The table (schemas/shared/codes.json) says what that is
in each classification and edition; a code without its edition means something else next year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intake.rules import get

_CATEGORY = "clinical.primary_condition.category"
_SITES = "clinical.primary_condition.affected_sites"


def of(table: Mapping[str, Any], answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the codes of the main illness; none where it has no name yet, or none of ours."""
    for row in table["conditions"].get(get(answers, _CATEGORY), ()):
        if _fits(row, answers):
            return [
                {**edition, "code": row[short], "source": "clinic_mapped"}
                for short, edition in table["systems"].items()
            ]
    return []


def _fits(row: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    if len(_sites(answers)) < row.get("sites_from", 0):
        return False
    return all(
        given and given <= set(allowed)
        for given, allowed in (
            (_given(answers, path), row["when"][path]) for path in row.get("when", ())
        )
    )


def _given(answers: Mapping[str, Any], path: str) -> set[Any]:
    """Return what was answered at *path*, of sites each once."""
    return _sites(answers) if path == _SITES else {get(answers, path)} - {None}


def _sites(answers: Mapping[str, Any]) -> set[str]:
    return {each["site"] for each in get(answers, _SITES) or ()}
