"""How old a record may be and what it may be, for people and for the page's script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intake.pages.fields import Walk
from intake.pages.file_kinds import KINDS
from intake.recency import window_days

_SITES = "clinical.primary_condition.affected_sites.site"
# DICOM's words for a part of the body (PS3.16, annex L) that the form has a word for.
_JOINTS = {
    "CSPINE": "cervical_spine",
    "TSPINE": "thoracic_spine",
    "LSPINE": "lumbar_spine",
    "JAW": "jaw",
    **{
        joint.upper(): joint
        for joint in ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot")
    },
}
_OTHER_PARTS = ("HEAD", "BRAIN", "NECK", "CHEST", "ABDOMEN", "PELVIS", "SPINE")


def record_rules(walk: Walk) -> Mapping[str, Any]:
    """Return the form's requirements, by the policy in force, and words for what scans say."""
    options = walk.form.tree["properties"]["records"]["items"]["properties"]["modality"]["enum"]
    joints = {code: walk.words.option(_SITES, site) for code, site in _JOINTS.items()}
    parts = {code: walk.words.text(f"body_parts.{code}") for code in _OTHER_PARTS}
    return {
        "slots": {each["kind"]: _rules(walk, each) for each in walk.form.requirements},
        "modality": {
            each: walk.words.option("records.modality", each) for each in options if each != "other"
        },
        "part": joints | parts,
    }


def window_lines(walk: Walk, recency: str | None) -> tuple[str, ...]:
    """Say in one line how old a record may be, from the policy; other ages by modality."""
    if recency is None:
        return ()
    days = window_days(recency, None, walk.form.policy)
    if days is None:
        return ()
    by_modality = walk.form.policy["windows"][recency].get("by_modality", {})
    lines = [walk.words.text("page.recent", days=days)]
    lines += [
        walk.words.text(
            "page.recent_kind",
            kind=walk.words.option("records.modality", modality),
            days=other,
        )
        for modality, other in by_modality.items()
        if other != days
    ]
    return (" · ".join(lines),)


def _rules(walk: Walk, requirement: Mapping[str, Any]) -> Mapping[str, Any]:
    rules: dict[str, Any] = {"takes": [KINDS[each] for each in requirement["types"]]}
    if requirement["need"] == "mandatory":
        rules["needed"] = 1
    # Images and what somebody wrote about them: each is half of it.
    if walk.form.policy["parts"].get(requirement["kind"]):
        rules["both"] = 1
    recency = requirement["recency"]
    window = recency and walk.form.policy["windows"].get(recency)
    if window:
        # By modality; what is not named has the window of "".
        rules["days"] = {
            each: window_days(recency, each or None, walk.form.policy)
            for each in ("", *window.get("by_modality", ()))
        }
    return rules
