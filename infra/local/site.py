"""What answers on the world's port: its own pages, and behind them the HTTP API."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from infra.local import inbox_pages, mailpit, world_page
from infra.local.gateway import MOST_BODY_BYTES
from infra.local.guard import BREAKABLE, WAYS
from infra.local.http_event import Arrived
from infra.local.server import LOOPBACK
from infra.local.state import state_of
from infra.local.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LONGEST_SETTLE = 30.0
_LONGEST_MOVE = 60 * 24 * 366  # minutes
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def site(world: World) -> "WSGIApplication":
    """Return the application; raise if a route of the template hides behind a page here."""
    own = ("/", "/world.json", "/env.json", "/inbox", "/api/v1/messages")
    if hidden := [route.path for route in world.gateway.routes if route.path in own]:
        message = f"the template's routes {hidden} are taken by the local world's own pages"
        raise ValueError(message)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        response = _own(world, request)
        if response is None:
            response = _api(world, request)
        return response(environ, start_response)

    return answer


def _own(world: World, request: Request) -> Response | None:
    """Answer for the world's own pages; None if the path belongs to the pipeline."""
    path = request.path
    if path in _PAGES and request.method in {"GET", "HEAD"}:
        return _PAGES[path](world, request)
    if path.startswith("/world/"):
        return _command(world, request)
    if path == "/inbox" or path.startswith("/inbox/"):
        return inbox_pages.answer(request, world)
    if path.startswith(mailpit.PREFIX):
        return mailpit.answer(request, world.mailbox)
    return None


def _state(world: World, request: Request) -> Response:
    world.settle(min(request.args.get("settle", 0.0, type=float), _LONGEST_SETTLE))
    return _json(world)


def _json(world: World) -> Response:
    body = json.dumps(state_of(world), ensure_ascii=False)
    return Response(body, content_type="application/json", headers={"Cache-Control": "no-store"})


def _environments(world: World) -> Response:
    """Give each function's environment here, in the shape of `sam local invoke --env-vars`."""
    body = {
        function.logical_id: {**function.environment, "AWS_ENDPOINT_URL": world.aws.url}
        for function in world.blueprint.functions.values()
    }
    return Response(json.dumps(body, indent=2) + "\n", content_type="application/json")


def _command(world: World, request: Request) -> Response:
    """Do what a button of the world page asks for."""
    if request.method != "POST":
        return Response("POST only", 405, headers={"Allow": "POST"})
    # Any website may post to 127.0.0.1, and a name may be made to point there; only this world's
    # own page and programs of this machine are heard.
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and urlsplit(origin).netloc != request.host
    if is_foreign or request.host.partition(":")[0] not in {LOOPBACK, "localhost"}:
        return Response("not from here", 403)
    command = _COMMANDS.get(request.path.removeprefix("/world/").partition("/")[0])
    if command is None:
        return Response("no such command", 404)
    if problem := command(world, request):
        return Response(f"{problem}\n", 400)
    if "json" in request.headers.get("Accept", ""):
        return _json(world)
    return redirect("/", 303)


def _minutes(request: Request) -> int | None:
    minutes = request.values.get("minutes", type=int)
    return minutes if minutes is not None and 0 <= minutes <= _LONGEST_MOVE else None


def _move(world: World, request: Request) -> str | None:
    minutes = _minutes(request)
    if minutes is None:
        return "minutes: a whole number, at most a year"
    world.move_clock(timedelta(minutes=minutes))
    return None


def _fire(world: World, request: Request) -> str | None:
    name = request.path.rpartition("/")[2]
    if name not in world.blueprint.schedules:
        return f"the schedules are {', '.join(world.blueprint.schedules)}"
    world.fire(name)
    return None


def _break(world: World, request: Request) -> str | None:
    minutes = _minutes(request)
    service, how = request.values.get("service", "ses"), request.values.get("how", "outage")
    if minutes is None or service not in BREAKABLE or how not in WAYS:
        services, ways = ", ".join(sorted(BREAKABLE)), ", ".join(WAYS)
        return f"minutes: a whole number; service: {services}; how: {ways}"
    # Mended is mended at once, also for an AWS in another process, whose clock is not quite ours.
    until = world.clock.now() + timedelta(minutes=minutes) if minutes else _LONG_AGO
    world.aws.emulator.break_service(service, how, until)
    return None


def _reset(world: World, _request: Request) -> str | None:
    world.reset()
    return None


_PAGES: dict[str, Callable[[World, Request], Response]] = {
    "/": lambda world, _: world_page.page(world),
    "/world.json": _state,
    "/env.json": lambda world, _: _environments(world),
}
_COMMANDS: dict[str, Callable[[World, Request], str | None]] = {
    "clock": _move,
    "schedules": _fire,
    "break": _break,
    "reset": _reset,
}


def _api(world: World, request: Request) -> Response:
    """Hand the request to the HTTP API."""
    arrived = Arrived(
        method=request.method,
        target=request.environ["RAW_URI"],
        headers=list(request.headers.items()),
        # Just over the limit is enough for the gateway to refuse it.
        body=request.stream.read(MOST_BODY_BYTES + 1),
        peer=request.remote_addr or "127.0.0.1",
        protocol=request.environ["SERVER_PROTOCOL"],
    )
    world.edits.look()
    answer = world.gateway.answer(arrived)
    response = Response(answer.body, answer.status, headers=[])
    response.headers.clear()
    for name, value in answer.headers:
        response.headers.add(name, value)
    response.content_length = len(answer.body)
    return response
