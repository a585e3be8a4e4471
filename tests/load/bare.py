"""An endpoint that reads what is posted, keeps nothing and says yes: what any form costs at least.

Run as a process of its own, on the same server as the local world.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from typing import Any

from infra.local.server import Server

_ANSWER = b'{"ok":true,"reference":"INQ-0000-0000"}'


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Read the whole body, then say yes."""
    while environ["wsgi.input"].read(1 << 16):
        pass
    start_response("200 OK", [("Content-Type", "application/json")])
    return [_ANSWER]


if __name__ == "__main__":
    server = Server("bare", 0, answer)
    server.start()
    print(f"ready {server.url}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()
