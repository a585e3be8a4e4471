"""`make run`: the whole clinic on this machine, until Ctrl-C or SIGTERM."""

import os
import signal
import sys
import threading

from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.server import PortTakenError
from infra.local.site import site
from infra.local.staff import ACCOUNTS, SignInMissingError
from infra.local.world import Ports, World
from infra.local.world_page import forms

DEFAULT_PORTS = {"PORT": 8080, "AWS_PORT": 5080, "SIGN_IN_PORT": 5081}


def ports() -> Ports:
    """Return the ports from the environment; raise ValueError if they are no ports."""
    given: list[int] = []
    for name, default in DEFAULT_PORTS.items():
        # Who takes any port for the world takes any for its sign-in too.
        follows = 0 if name == "SIGN_IN_PORT" and not given[0] else default
        text = os.environ.get(name) or str(follows)
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
        world = World(
            ports(),
            site,
            # For measurements: what AWS holds is then not in the memory of this process.
            aws_apart=os.environ.get("AWS_APART") == "1",
            allowed_origins=os.environ.get("ALLOWED_ORIGINS", ""),
        )
    except (PortTakenError, SignInMissingError, UnknownToThisWorldError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    world.start()
    for form in forms():
        print(f"form   {world.url}/f/{form}")
    print(f"team   {world.url}/team as {', '.join(ACCOUNTS)}, without a password")
    print(f"world  {world.url}/")
    print(f"inbox  {world.url}/inbox")
    print(f"AWS    {world.aws.url}")
    print(f"scan   {world.scanner.says}")
    print(f"ready {world.url}", flush=True)
    stopped.wait()
    world.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
