"""What an SES event means for the letter that it tells of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# SES's own words for a bounce, for example Permanent, OnAccountSuppressionList.
_WORD = re.compile(r"[A-Za-z]{1,40}")


@dataclass(frozen=True)
class Meaning:
    """
    What to write: the name of a time stamp.

    `final` takes the letter off the clock; `failed` means that its reader does not have it;
    `taken` that SES took it, whatever came of it. `words` are the log's; `address` names how an
    address failed for good.
    """

    stamp: str
    words: str
    final: bool = True
    failed: bool = False
    taken: bool = True
    address: str | None = None


SEND, DELIVERY = "Send", "Delivery"
_MEANINGS = {
    SEND: Meaning("sent_at", "letter taken by SES", final=False),
    DELIVERY: Meaning("delivered_at", "letter delivered"),
    "DeliveryDelay": Meaning("delayed_at", "letter delayed", final=False),
    # Reached somebody who calls it spam: nobody will read the next one there either.
    "Complaint": Meaning("complained_at", "letter called spam", failed=True, address="complained"),
    "Reject": Meaning(
        "rejected_at", "letter rejected", failed=True, taken=False, address="rejected"
    ),
    # A fault of ours, which no address has to pay for.
    "RenderingFailure": Meaning("rejected_at", "letter rejected", failed=True, taken=False),
}
_BOUNCES = {
    "Permanent": Meaning("bounced_at", "letter bounced", failed=True, address="bounced"),
    # It came back and nobody says why. Rather told twice than never; and an address is not given
    # up for it, as SES does not suppress it either.
    "Undetermined": Meaning("bounced_at", "letter bounced", failed=True),
    # An out-of-office answer, or a mailbox that was full for a while. The clock keeps running: if
    # no delivery is reported in time, the letter counts as undelivered then.
    "Transient": Meaning("soft_bounced_at", "letter bounced for now", final=False),
}


@dataclass(frozen=True)
class Report:
    """One SES event, as the rule's input transformer leaves it: ids, type and time."""

    event: str
    meaning: Meaning
    inquiry: str
    letter: str
    message_id: str
    at: datetime
    reason: str | None = None

    @property
    def is_send(self) -> bool:
        """Whether SES says that it took the letter."""
        return self.event == SEND

    @property
    def is_delivery(self) -> bool:
        """Whether SES says that the reader's mail server took the letter."""
        return self.event == DELIVERY


def read(body: Mapping[str, Any]) -> Report:
    """
    Read one message. Raises KeyError or ValueError if it is not one of ours.

    Tags come as arrays, because a path of an input transformer can't pick an element.
    """
    event = body["event"]
    (inquiry,) = body["inquiry"]
    (letter,) = body["letter"]
    words = [word for word in (body.get("bounce_type"), body.get("bounce_subtype")) if word]
    if not all(_WORD.fullmatch(word) for word in words):
        raise ValueError("unknown bounce type")
    meaning = _bounce(words) if event == "Bounce" else _MEANINGS[event]
    return Report(
        event=event,
        meaning=meaning,
        inquiry=inquiry,
        letter=letter,
        message_id=body["message_id"],
        at=datetime.fromisoformat(body["time"]),
        reason="/".join([event, *words]) if words or meaning.failed else None,
    )


def _bounce(words: list[str]) -> Meaning:
    """Return what a bounce of this type means; of a new type, that it came back all the same."""
    return _BOUNCES.get(words[0] if words else "", _BOUNCES["Undetermined"])
