"""AWS, as far as this world has one: moto behind the guard, and clients that reach no other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from infra.local import sealed
from infra.local.blueprint import Blueprint
from infra.local.creation import create
from infra.local.guard import Guard
from infra.local.identity import Place
from infra.local.s3_cors import Rules, rules_of
from infra.local.server import Handler, Server

_SERVICES = ("s3", "sqs", "dynamodb", "sesv2")


@dataclass(frozen=True)
class Listeners:
    """Who hears what goes through the guard; none of them may call AWS on that thread."""

    on_queue: Callable[[str], None]
    on_mail: Callable[[str, Mapping[str, Any]], None]
    on_refusal: Callable[[str, str], None]


class _Handler(Handler, MotoRequestHandler):
    """moto's own reading of headers, without a line for each request of every step."""


class _Dispatcher(DomainDispatcherApplication):
    """Remembers which service answers to a host; moto reads its own folder for each request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._found: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._found:
            self._found[host] = super().get_backend_for_host(host)
        return self._found[host]


def cors_of(blueprint: Blueprint) -> Rules:
    """Return the CORS rules of every bucket that has some."""
    return {
        name: rules_of(bucket.logical_id, bucket.properties["CorsConfiguration"])
        for name, bucket in blueprint.buckets.items()
        if "CorsConfiguration" in bucket.properties
    }


class Aws:
    """moto on a port. Making one seals the whole process off from the real AWS."""

    def __init__(self, port: int, listeners: Listeners) -> None:
        """Take the port; nothing is answered before `start`."""
        self.guard = Guard(
            _Dispatcher(),
            on_queue=listeners.on_queue,
            on_mail=listeners.on_mail,
            on_refusal=listeners.on_refusal,
        )
        self._server = Server("AWS", port, self.guard, _Handler)
        self.url = self._server.url
        sealed.seal(self.url)
        self.place = Place(sealed.region(), self.url)
        # Never sits in for a step: a step that meets a broken service must meet it itself.
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=50)
        make: Any = boto3.client  # typed by service name, which is a variable here
        self.clients: dict[str, Any] = {name: make(name, config=config) for name in _SERVICES}

    def start(self, blueprint: Blueprint, sender: str) -> None:
        """Begin to answer and create what *blueprint* asks for; *sender* is verified."""
        self._blueprint, self._sender = blueprint, sender
        self.guard.configuration_sets = frozenset(blueprint.configuration_sets)
        self.guard.s3.cors = cors_of(blueprint)
        self._server.start()
        create(blueprint, self.clients, sender, self.place.region)

    def empty(self) -> None:
        """Forget everything that was stored; what the template asks for is created anew."""
        self.guard.broken.clear()
        with self.guard.lock:
            moto_api_backend.reset()
        # Not under the lock: these are requests, which wait for it on a thread of their own.
        create(self._blueprint, self.clients, self._sender, self.place.region)

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()
        for client in self.clients.values():
            client.close()
