"""AWS, as far as this world has one: the emulator, and clients that reach no other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config

from infra.local import sealed
from infra.local.apart import Apart
from infra.local.blueprint import Blueprint
from infra.local.creation import create, create_rules
from infra.local.emulator import Emulator, Names, Plan
from infra.local.identity import Place
from infra.local.journal import Journal
from infra.local.s3_cors import Rules, rules_of
from infra.local.stack_list import stack_list

_SERVICES = ("s3", "sqs", "dynamodb", "sesv2", "events")


@dataclass(frozen=True)
class Listeners:
    """Who hears what goes through the guard; none of them may call AWS on that thread."""

    on_queue: Callable[[str], None]
    on_mail: Callable[[str, Mapping[str, Any]], None]
    on_refusal: Callable[[str, str], None]
    on_write: Callable[[dict[str, Any]], None]
    on_scan: Callable[[str, str, str | None], None]


def cors_of(blueprint: Blueprint) -> Rules:
    """Return the CORS rules of every bucket that has some."""
    return {
        name: rules_of(bucket.logical_id, bucket.properties["CorsConfiguration"])
        for name, bucket in blueprint.buckets.items()
        if "CorsConfiguration" in bucket.properties
    }


def tells(bucket: Any) -> bool:
    """Whether the template has this bucket tell EventBridge of its objects."""
    told = bucket.properties.get("NotificationConfiguration", {})
    return bool(told.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled"))


class Aws:
    """The emulator and its clients. Making one seals the whole process off from the real AWS."""

    def __init__(self, port: int, listeners: Listeners, journal: Journal, *, apart: bool) -> None:
        """Take the port; nothing is answered before `start`. *apart* gives it a process."""
        heard: Mapping[str, Callable[..., None]] = {
            "queue": listeners.on_queue,
            "mail": listeners.on_mail,
            "refusal": listeners.on_refusal,
            "write": listeners.on_write,
            "scan": listeners.on_scan,
        }

        def tell(what: str, *more: Any) -> None:
            heard[what](*more)

        self.emulator = Apart(port, tell, journal) if apart else Emulator(port, tell)
        self.url = self.emulator.url
        sealed.seal(self.url)
        self.place = Place(sealed.region(), self.url)
        # Never sits in for a step: a step that meets a broken service must meet it itself.
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=50)
        make: Any = boto3.client  # typed by service name, which is a variable here
        self.clients: dict[str, Any] = {name: make(name, config=config) for name in _SERVICES}

    def start(self, blueprint: Blueprint, sender: str) -> None:
        """Begin to answer and create what *blueprint* asks for; *sender* is verified."""
        self._blueprint, self._sender = blueprint, sender
        plan = Plan(
            self.place.region,
            frozenset(blueprint.configuration_sets),
            cors_of(blueprint),
            frozenset(name for name, bucket in blueprint.buckets.items() if tells(bucket)),
            frozenset(plan.bucket for plan in blueprint.scan_plans),
            stack_list(blueprint, self.place),
        )
        self.emulator.start(plan)
        self._create()

    def empty(self) -> None:
        """Forget everything that was stored; what the template asks for is created anew."""
        self.emulator.empty()
        self._create()

    def _create(self) -> None:
        create(self._blueprint, self.clients, self._sender, self.place.region)
        create_rules(self._blueprint, self.clients["events"])

    def move_clock(self, by: timedelta) -> None:
        """Let time pass for what has a clock of its own."""
        self.emulator.move_clock(by)

    def kept(self, most: int) -> dict[str, Any]:
        """Return what lies in queues, buckets and tables, and *most* of what is due by table."""
        named = (self._blueprint.queues, self._blueprint.buckets, self._blueprint.tables)
        names = [{one.logical_id: name for name, one in kind.items()} for kind in named]
        return self.emulator.kept(Names(*names), most)

    def stop(self) -> None:
        """Stop answering."""
        self.emulator.stop()
        for client in self.clients.values():
            client.close()
