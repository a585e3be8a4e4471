"""The event that wakes a function at its time."""

import uuid
from datetime import datetime
from typing import Any

from infra.local.blueprint import Schedule
from infra.local.identity import ACCOUNT


def as_event(schedule: Schedule, now: datetime, region: str) -> dict[str, Any]:
    """Return what *schedule* sends to its function."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": schedule.source,
        "account": ACCOUNT,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [schedule.arn],
        # The newer scheduler writes its empty detail as a string.
        "detail": {} if schedule.source == "aws.events" else "{}",
    }
