"""The boto3 calls that a step makes: recorded once, then made again without the step."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import xform_name

_EVENT = "provide-client-params.*.*"


@dataclass(frozen=True)
class Call:
    """One call of boto3, for example dynamodb, get_item and its arguments."""

    service: str
    operation: str
    arguments: Mapping[str, Any]


@contextmanager
def recorded(*clients: Any) -> Iterator[list[Call]]:
    """Give the list to which every call of *clients* is added while the block runs."""
    calls: list[Call] = []

    def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        service = model.service_model.service_name
        calls.append(Call(service, xform_name(model.name), copy.deepcopy(params)))

    for client in clients:
        client.meta.events.register(_EVENT, note)
    try:
        yield calls
    finally:
        for client in clients:
            client.meta.events.unregister(_EVENT, note)


def bare_clients(calls: Sequence[Call]) -> Mapping[str, Any]:
    """Return a client for each service called, as boto3 makes them when nobody configures it."""
    make: Any = boto3.client  # its types name every service one by one
    return {service: make(service) for service in {call.service for call in calls}}


def repeat(clients: Mapping[str, Any], calls: Sequence[Call]) -> None:
    """Make the same calls in the same order."""
    for call in calls:
        getattr(clients[call.service], call.operation)(**call.arguments)
