"""
`python -m infra.operate.drill inquire|world`: the local world's form and its buttons, for drills.

Each waits until the world has settled. What it answers is said if it is no success.
"""

import json
import os
import sys
import uuid
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection

_EXAMPLE = "schemas/forms/general-inquiry/examples/valid/{}.json"
_PORT = 8080  # as `make run` has it
_SETTLES = 20
_PATIENCE = 60.0
_OK = range(200, 400)


class DrillFailedError(Exception):
    """The world did not do it; the message says what it answered."""


def main(given: Sequence[str]) -> int:
    """Do one thing in the world on this machine; return the exit status."""
    try:
        _do(given)
        _settle()
    except DrillFailedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def _do(given: Sequence[str]) -> None:
    match given:
        case ["inquire"]:
            _inquire("only-what-is-required")
        case ["inquire", "with-file"]:
            _inquire("with-records")
        case ["world", command]:
            _ask("POST", f"/world/{command}")
        case _:
            raise DrillFailedError("it is: inquire [with-file], or world COMMAND")


def _inquire(example: str) -> None:
    """Post a form of nobody, with our own samples as its records."""
    # The whole world comes with it, which takes seconds that its buttons need not wait for.
    from infra.local.sample_post import from_environment  # noqa: PLC0415

    sample = from_environment({"ANSWERS": _EXAMPLE.format(example)})
    body, kind = sample.body()
    headers = {"Content-Type": kind, "Idempotency-Key": f"drill-{uuid.uuid4()}"}
    reply = json.loads(_ask("POST", f"/f/{sample.form}", body, headers))
    sys.stdout.write(f"sent {reply['reference']}\n")


def _settle() -> None:
    if not json.loads(_ask("GET", f"/world.json?settle={_SETTLES}"))["idle"]:
        raise DrillFailedError(f"the world is still busy after {_SETTLES} s: look at its page")


def _ask(
    method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    port = int(os.environ.get("PORT") or _PORT)
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request(method, path, body, {"Accept": "application/json", **(headers or {})})
        reply = connection.getresponse()
        said = reply.read()
    except OSError as error:
        told = f"no world at 127.0.0.1:{port} ({error}): start `make run` in another terminal"
        raise DrillFailedError(told) from error
    finally:
        connection.close()
    if reply.status not in _OK:
        text = said.decode("utf-8", "replace").strip()
        raise DrillFailedError(f"{method} {path}: {reply.status} {text}")
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
