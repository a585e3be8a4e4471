"""A batch of queue messages: each one succeeds or fails alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from intake import counting
from intake.errors import name_of, place_of


def each(
    event: Mapping[str, Any], work: Callable[[Mapping[str, Any]], None], logger: Logger
) -> dict[str, list[dict[str, str]]]:
    """
    Give each message's body to *work*; answer which messages Lambda must not delete.

    These few lines stand in for Powertools' BatchProcessor: its import costs as much again as
    boto3's first client, and when all records fail it raises with every exception's text, which
    may quote what a patient wrote.
    """
    failures = []
    for record in event["Records"]:
        try:
            work(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001  one message must not fail its neighbours
            # Names and place only, for the same reason; a traceback ends with the text.
            logger.error(  # noqa: TRY400
                "message failed",
                error=name_of(error),
                where=place_of(error),
                message_id=record["messageId"],
            )
            failures.append({"itemIdentifier": record["messageId"]})
    if failures:
        # Lambda counts no error where we answer which messages failed, and a dead letter takes
        # five attempts.
        counting.count("MessagesFailed", len(failures))
    return {"batchItemFailures": failures}
