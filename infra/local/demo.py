"""`make demo`: one inquiry with records through the whole world, and the letters it brings."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from infra.local.__main__ import ports
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.sample_post import Sample, UnusableSampleError, from_environment
from infra.local.server import PortTakenError
from infra.local.site import site
from infra.local.staff import SignInMissingError
from infra.local.world import World

_PATIENCE = 60.0
"""Seconds; a file whose event came too early is looked at again after thirty."""
_PROMISE_MINUTES = 16
"""A letter about missing records is owed after 15 minutes."""


class DemoFailedError(Exception):
    """The pipeline did not do what it is there for; the message says what was missing."""


def main() -> int:
    """Run the demo; return the exit status."""
    os.environ.setdefault("PORT", "0")
    os.environ.setdefault("AWS_PORT", "0")
    # Steps log to standard output; here that is for the letters.
    with contextlib.redirect_stdout(sys.stderr):
        return _demo(sys.__stdout__ or sys.stderr)


def _demo(out: TextIO) -> int:
    try:
        sample = from_environment()
        world = World(ports(), site)
    except (
        UnusableSampleError,
        PortTakenError,
        SignInMissingError,
        UnknownToThisWorldError,
        ValueError,
    ) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    world.start()
    print(world.scanner.says, file=out)
    try:
        _tell(world.url, sample, out)
    except DemoFailedError as error:
        print(f"error: {error}", file=sys.stderr)
        for failure in world.journal.failures:
            print(f"  {failure.kind} {failure.source}: {failure.note}", file=sys.stderr)
        return 1
    finally:
        world.stop()
    return 0


def _tell(url: str, sample: Sample, out: TextIO) -> None:
    accepted = _post(url, sample)
    reference = accepted["reference"]
    print(f"\nAccepted as {reference}, with {len(sample.placed)} files:", file=out)
    for position, (name, content) in sample.placed.items():
        kind = sample.answers["records"][position]["requirement"]
        print(f"  record {position}, {kind}: {name} ({len(content):,} bytes)", file=out)
    if len(sample.placed) < sample.announced:
        print(
            f"{len(sample.placed)} of {sample.announced} announced records have a file, so the "
            f"letter is owed after 15 minutes. Moving this world's clock.",
            file=out,
        )
        _call(f"{url}/world.json?settle=10")
        _call(f"{url}/world/clock?minutes={_PROMISE_MINUTES}", method="POST")
    team = _letter(url, lambda m: reference in m["Subject"] and _is_team(m))
    _show("The team's letter", team, out)
    _call(f"{url}/world.json?settle=10")
    receipt = _find(url, lambda m: not _is_team(m))
    if receipt is None:
        print("\nNo receipt: these answers name no address for one.", file=out)
    else:
        _show("The sender's receipt", receipt, out)


def _is_team(message: dict[str, Any]) -> bool:
    return any(person["Address"].startswith("team@") for person in message["To"])


def _post(url: str, sample: Sample) -> dict[str, Any]:
    body, kind = sample.body()
    headers = {"Content-Type": kind, "Accept": "application/json"}
    try:
        return _call(f"{url}/f/{sample.form}", body, headers)
    except HTTPError as refused:
        reason = refused.read().decode("utf-8", "replace")
        raise DemoFailedError(f"the form was refused with {refused.code}: {reason}") from refused


def _call(
    url: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = ""
) -> dict[str, Any]:
    headers = {"Accept": "application/json", **(headers or {})}
    chosen = method or ("GET" if body is None else "POST")
    request = Request(url, body, headers, method=chosen)  # noqa: S310 - our own server
    with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - our own server
        found: dict[str, Any] = json.load(answer)
    return found


def _find(url: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    messages = _call(f"{url}/api/v1/messages")["messages"]
    for message in messages:
        if wanted(message):
            return _call(f"{url}/api/v1/message/{message['ID']}")
    return None


def _letter(url: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := _find(url, wanted):
            return found
        time.sleep(0.05)
    raise DemoFailedError(f"no letter to the team within {_PATIENCE:.0f} seconds")


def _show(title: str, message: dict[str, Any], out: TextIO) -> None:
    people = ", ".join(person["Address"] for person in message["To"])
    head = f"\n--- {title} ---\nTo: {people}\nSubject: {message['Subject']}\n"
    print(head, message["Text"], sep="\n", file=out, flush=True)


if __name__ == "__main__":
    sys.exit(main())
