"""
The canary: an inquiry of nobody, sent to see whether inquiries arrive.

Its id alone tells it from a patient's, so that rights and lifecycle rules can name it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from intake import reference
from intake.inquiry import ID_LENGTH

FORM = "canary"
# No random id holds a 0 (base32 has none), so that no patient's can begin like this. infra/ and
# template.yaml name it too.
PREFIX = "canary0"
# SES takes these mails, reports them as delivered and drops them. They count against the sending
# rate, not against the quota or the account's reputation.
MAILBOX = "success@simulator.amazonses.com"
# Judged after a quarter of an hour; a day is for whoever wants to see what went wrong.
LIVES = timedelta(days=1)


def new_id() -> str:
    """Return the id of a new inquiry to the canary's form."""
    return f"{PREFIX}{reference.new_id()}"[:ID_LENGTH]


def is_canary(inquiry: str) -> bool:
    """Tell whether the inquiry of this id is nobody's."""
    return inquiry.startswith(PREFIX)


def expiry(inquiry: str, since: datetime | None) -> dict[str, int]:
    """
    Return what has DynamoDB remove an item of *inquiry*, first written at *since*.

    Nothing for a patient's: it stays.
    """
    if since is None or not is_canary(inquiry):
        return {}
    return {"expires_at": int((since + LIVES).timestamp())}
