"""How old a record may be. The windows are data (schemas/policies), measured in days."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

# DICOM's codes (PS3.3, C.7.3.1.1.1) for what a form and the policy call an X-ray.
_X_RAYS = frozenset({"CR", "DX", "DR", "RG", "RF"})


def window_days(requirement: str, modality: str | None, policy: Mapping[str, Any]) -> int | None:
    """
    Return for how many days a record of this kind counts as recent; None: for ever.

    *modality* is the form's choice or DICOM's code.
    """
    window = policy["windows"].get(requirement)
    if window is None:
        return None
    modality = "XR" if modality in _X_RAYS else modality
    days: int = window.get("by_modality", {}).get(modality, window["days"])
    return days


def is_stale(record: Mapping[str, Any], policy: Mapping[str, Any], today: date) -> bool:
    """
    Tell whether an announced record is surely too old on the day *today*.

    Measured from the document's date, never from the upload's. "2026-08" may mean its last day:
    a doubt is in the sender's favour.
    """
    days = window_days(record["requirement"], record.get("modality"), policy)
    if days is None or "document_date" not in record:
        return False
    return latest_day(record["document_date"]) < today - timedelta(days=days)


def latest_day(partial_date: str) -> date:
    """Return the last day that a FHIR date such as 2026 or 2026-08 can mean."""
    parts = [int(part) for part in partial_date.split("-")]
    year = parts[0]
    month = parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]  # noqa: PLR2004
    return date(year, month, day)
