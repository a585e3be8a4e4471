"""
The disease activity score DAS28, recomputed from its parts to show beside the stated one.

Joint counts 0-28, patient's global health 0-100 mm, ESR in mm/h, CRP in mg/L. Formulas:
das-score.nl and PMC2678269. The variants are not interchangeable.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log, sqrt
from typing import Any

_PARTS = {
    "ESR-4": ("tjc28", "sjc28", "esr_mm_h", "patient_global_mm"),
    "ESR-3": ("tjc28", "sjc28", "esr_mm_h"),
    "CRP-4": ("tjc28", "sjc28", "crp_mg_l", "patient_global_mm"),
    "CRP-3": ("tjc28", "sjc28", "crp_mg_l"),
}


def recomputed(das28: Mapping[str, Any]) -> float | None:
    """Return the score, or None where a part is not given or the variant is not known."""
    variant = das28["variant"]
    parts = _PARTS.get(variant, ())
    if not parts or any(part not in das28 for part in parts):
        return None
    joints = 0.56 * sqrt(das28["tjc28"]) + 0.28 * sqrt(das28["sjc28"])
    global_health = 0.014 * das28.get("patient_global_mm", 0)
    if variant == "ESR-4":
        return float(joints + 0.70 * log(das28["esr_mm_h"]) + global_health)
    if variant == "ESR-3":
        return float((joints + 0.70 * log(das28["esr_mm_h"])) * 1.08 + 0.16)
    crp = 0.36 * log(das28["crp_mg_l"] + 1)
    if variant == "CRP-4":
        return float(joints + crp + global_health + 0.96)
    return float((joints + crp) * 1.10 + 1.15)
