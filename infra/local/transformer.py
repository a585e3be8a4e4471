"""EventBridge's input transformer: what a target gets of an event."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.blueprint import Rule, Target

_PLACEHOLDER = re.compile(r'"<([A-Za-z0-9_.-]+)>"|<([A-Za-z0-9_.-]+)>')


class NotTransformedError(Exception):
    """The event lacks what the transformer's template needs, so AWS could not deliver it."""


def transform(target: Target, rule: Rule, event: Mapping[str, Any]) -> str:
    """
    Return what *target* gets for *event*.

    As on AWS, a string that stands without quotes in the template gets them, and a path that
    the event lacks leaves a hole: the JSON breaks and nothing is delivered.
    """
    if target.template is None:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    values: dict[str, Any] = {
        "aws.events.event.json": event,
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for name, path in target.paths.items():
        values[name] = _look_up(event, path)

    def fill(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        value = values.get(name)
        if value is None:
            message = f"nothing to put in for <{name}>"
            raise NotTransformedError(message)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    filled = _PLACEHOLDER.sub(fill, target.template)
    try:
        json.loads(filled)
    except ValueError as error:
        message = "the filled template is not JSON"
        raise NotTransformedError(message) from error
    return filled


def _look_up(event: Mapping[str, Any], path: str) -> Any:
    node: Any = event
    for step in path.split(".")[1:]:
        if not isinstance(node, dict) or step not in node:
            return None
        node = node[step]
    return node
