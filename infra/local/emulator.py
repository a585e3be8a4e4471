"""moto behind the guard on a port, with what has to be done beside moto's memory."""

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from infra.local import peek
from infra.local.guard import Guard
from infra.local.s3_cors import Rules
from infra.local.s3_events import hooked
from infra.local.server import Handler, Server
from infra.local.stack_list import StackList

Tell = Callable[..., None]
"""Is told the name of what happened and the rest: queue, mail, refusal, write or scan."""


@dataclass(frozen=True)
class Plan:
    """What of the template the emulator itself has to know."""

    region: str
    configuration_sets: Collection[str] = ()
    cors: Rules = field(default_factory=dict)
    watched: Collection[str] = ()
    scanned: Collection[str] = ()
    stack: StackList = field(default_factory=StackList)


@dataclass(frozen=True)
class Names:
    """Physical names by logical id, of what somebody wants to look into."""

    queues: Mapping[str, str]
    buckets: Mapping[str, str]
    tables: Mapping[str, str]


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


class Emulator:
    """AWS, as far as this world has one. Whatever is asked of it here costs no request."""

    def __init__(self, port: int, tell: Tell) -> None:
        """Take the port; nothing is answered before `start`. *tell* must not call AWS."""
        self._tell = tell
        self._guard = Guard(
            _Dispatcher(),
            on_queue=lambda queue: tell("queue", queue),
            on_mail=lambda message_id, mail: tell("mail", message_id, mail),
            on_refusal=lambda service, code: tell("refusal", service, code),
            on_scan=lambda *wanted: tell("scan", *wanted),
        )
        self._server = Server("AWS", port, self._guard, _Handler)
        self._hooks = ExitStack()
        self.url = self._server.url

    def start(self, plan: Plan) -> None:
        """Begin to answer, and to tell of what is written to watched buckets."""
        self._region = plan.region
        self._guard.configuration_sets = frozenset(plan.configuration_sets)
        self._guard.scanned = frozenset(plan.scanned)
        self._guard.stack = plan.stack
        self._guard.s3.cors = plan.cors
        self._hooks.enter_context(
            hooked(plan.watched, plan.region, lambda event: self._tell("write", event))
        )
        self._server.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()
        self._hooks.close()

    def empty(self) -> None:
        """Forget everything, what the template asked for too."""
        self._guard.broken.clear()
        with self._guard.lock:
            moto_api_backend.reset()

    def move_clock(self, by: timedelta) -> None:
        """Do nothing: the clock of this process is moved already."""

    def break_service(self, service: str, how: str, until: datetime) -> None:
        """Have every call of *service* fail until then."""
        self._guard.break_service(service, how, until)

    def broken(self) -> dict[str, tuple[datetime, str]]:
        """Return what is broken now, until when, and how."""
        now = datetime.now(UTC)
        return {
            name: (until, how)
            for name, (until, how) in list(self._guard.broken.items())
            if until > now
        }

    def seconds_to_next(self, queue: str) -> float | None:
        """Return the seconds until a message can be seen, 0 if one can, None if there is none."""
        return peek.seconds_to_next(self._region, queue)

    def kept(self, names: Names, most: int) -> dict[str, Any]:
        """Return what lies in queues, buckets and tables, while nobody changes it."""
        region = self._region
        with self._guard.lock:
            due = {name: peek.due_items(region, name) for name in names.tables.values()}
            return {
                "queues": {one: peek.depth(region, name) for one, name in names.queues.items()},
                "buckets": {one: peek.stored(name) for one, name in names.buckets.items()},
                "tables": {
                    one: {"items": peek.count_items(region, name), "due": len(due[name])}
                    for one, name in names.tables.items()
                },
                "due": [
                    {"at": at, "what": what, "of": of, "waits_for": waits_for}
                    for items in due.values()
                    for at, what, of, waits_for in items[:most]
                ],
            }
