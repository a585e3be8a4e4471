"""`make run`: the whole clinic on this machine, until Ctrl-C or SIGTERM."""

import os
import signal
import sys
import threading

from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.server import PortTakenError
from infra.local.site import site
from infra.local.world import Ports, World
from infra.local.world_page import forms

DEFAULT_PORTS = (8080, 5080)


def ports() -> Ports:
    """Return the ports from PORT and AWS_PORT; raise ValueError if they are no ports."""
    given = []
    for name, default in zip(("PORT", "AWS_PORT"), DEFAULT_PORTS, strict=True):
        text = os.environ.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and int(text) < 65536):  # noqa: PLR2004
            message = f"{name}={text} is not a port"
            raise ValueError(message)
        given.append(int(text))
    return Ports(*given)


def main() -> int:
    """Run until told to stop; return the exit status."""
    stopped = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stopped.set())
    try:
        world = World(ports(), site)
    except (PortTakenError, UnknownToThisWorldError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    world.start()
    for form in forms():
        print(f"form   {world.url}/f/{form}")
    print(f"world  {world.url}/")
    print(f"inbox  {world.url}/inbox")
    print(f"AWS    {world.aws.url}")
    print(f"ready {world.url}", flush=True)
    stopped.wait()
    world.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
