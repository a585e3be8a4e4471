"""Everything that a pipeline gave away, by place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.http_event import Response
from infra.local.mailbox import Letter
from tests.journey.markers import Markers, outside_the_form
from tests.pipeline import Call, Pipeline

# What DynamoDB indexes or partitions by: it stands in metrics, traces and error texts.
KEYS = ("pk", "sk", "due_shard", "due_at", "worklist", "worklist_order")
# Where an attribute's value goes: the one place in a request where it belongs.
_VALUES = {"Item", "ExpressionAttributeValues"}
_RECIPIENTS = ("Destination", "ToAddresses")


@dataclass(frozen=True)
class Told:
    """A text that left our hands, and where to."""

    place: str
    text: str


def by(pipeline: Pipeline, replies: list[Response]) -> Iterator[Told]:
    """Yield all that was logged, queued, asked of AWS, mailed and answered so far."""
    yield Told("log", pipeline.handlers.log.getvalue())
    for body in [*pipeline.bodies, *pipeline.waiting()]:
        yield Told("queue", body)
    for call in pipeline.calls:
        yield from _asked(call)
    for bucket, version in pipeline.versions():
        stored = pipeline.read(bucket, version)
        stored.pop("Body")
        yield Told("S3 object", json.dumps([version["Key"], stored], default=str))
    for item in pipeline.items():
        yield Told("table key", json.dumps({key: item[key] for key in KEYS if key in item}))
    for letter in pipeline.mails:
        yield mail(letter)
    for reply in replies:
        yield from answer(reply)


def leaks(pipeline: Pipeline, replies: list[Response], markers: Markers) -> dict[str, set[str]]:
    """Return the fields that were told, by place."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for told in by(pipeline, replies):
        found[told.place] |= markers.found_in(told.text)
    return {place: fields for place, fields in found.items() if fields}


def mail(letter: Letter) -> Told:
    """
    Return a mail without its one recipient.

    Whether that is the sender's own address is a question of its own, see `recipients`.
    """
    return Told("mail", json.dumps(_without_recipients(letter.mail), ensure_ascii=False))


def recipients(letter: Letter) -> list[str]:
    """Return every address that a mail goes to."""
    return [address for kind in ("To", "Cc", "Bcc") for address in letter.addresses(kind)]


def answer(reply: Response) -> Iterator[Told]:
    """Yield headers and body; of a page only what is not its reader's own input."""
    yield Told("reply header", repr(reply.headers))
    body = reply.body.decode("utf-8")
    is_page = dict(reply.headers).get("content-type", "").startswith("text/html")
    if is_page:
        yield Told("page", outside_the_form(body))
    else:
        yield Told("reply", body)


def _asked(call: Call) -> Iterator[Told]:
    """Yield a request's address and headers, and of its body what is no content."""
    request = call.request
    yield Told(call.operation, f"{request.url} {dict(request.headers)}")
    service = call.operation.partition(".")[0]
    if service != "s3":  # there the body is the file
        asked = json.loads(request.body)
        if service == "sesv2":
            asked = _without_recipients(asked)
        yield Told(call.operation, json.dumps(_without_values(asked), ensure_ascii=False))


def _without_recipients(mail: Mapping[str, Any]) -> dict[str, Any]:
    outer, inner = _RECIPIENTS
    others = {name: value for name, value in mail[outer].items() if name != inner}
    return {**mail, outer: others}


def _without_values(asked: Any) -> Any:
    if isinstance(asked, dict):
        return {
            name: {key: value[key] for key in KEYS if key in value}
            if name in _VALUES
            else _without_values(value)
            for name, value in asked.items()
        }
    return [_without_values(each) for each in asked] if isinstance(asked, list) else asked
