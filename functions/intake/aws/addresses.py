"""What SES told of senders' addresses: which of them must not be written to any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from intake.aws import items


@dataclass(frozen=True)
class Addresses:
    """The sender's address of each inquiry. It stands in the answers, so the inquiry keeps this."""

    dynamodb: Any
    table: str

    def failed(self, inquiry: str, how: str, at: datetime) -> bool:
        """Write, once, that mail to the address failed for good; False if that is known."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=items.key(inquiry, items.INQUIRY),
                UpdateExpression="SET address_failed_at = :at, address_failure = :how",
                ConditionExpression="attribute_exists(pk)"
                " AND attribute_not_exists(address_failed_at)",
                ExpressionAttributeValues=items.values({":at": at, ":how": how}),
            )
        except ClientError as error:
            if items.failed(error):
                return False
            raise
        return True
