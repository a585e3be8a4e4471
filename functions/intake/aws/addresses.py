"""What SES told of senders' addresses: which of them must not be written to any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items
from intake.inquiry import RECEIPTS, Letter


@dataclass(frozen=True)
class Addresses:
    """The sender's address of each inquiry, which keeps what became of it."""

    dynamodb: Any
    table: str

    def failed(self, letter: Letter, how: str, at: datetime) -> bool:
        """
        Write, once, that mail to the address failed for good; False if that is known.

        Nor of an address that the sender has corrected since: its receipt is of an earlier kind,
        and any other *letter* to it was claimed before.
        """
        where, given = _is_of_today(letter)
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(letter.inquiry, items.INQUIRY),
                UpdateExpression="SET address_failed_at = :at, address_failure = :how",
                ConditionExpression="attribute_exists(pk)"
                f" AND attribute_not_exists(address_failed_at) AND {where}",
                ExpressionAttributeValues=items.values({":at": at, ":how": how, **given}),
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True


def _is_of_today(letter: Letter) -> tuple[str, dict[str, Any]]:
    """Return condition and values of *letter* having gone to the address as it is now."""
    if letter.kind in RECEIPTS[1:]:
        return "receipt = :receipt", {":receipt": letter.kind}
    never = "attribute_not_exists(address_corrected_at)"
    if letter.kind in RECEIPTS or letter.claimed_at is None:
        return never, {}
    return f"({never} OR address_corrected_at < :claimed)", {":claimed": letter.claimed_at}
