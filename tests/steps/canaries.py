"""A clinic whose schedule sends canaries, through a door of its own on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from infra.local.http_event import Response
from intake import canary
from intake.inquiry import Case
from tests.fast_pipeline import FastPipeline, fast_pipeline
from tests.handlers import blueprint

QUARTER = timedelta(minutes=15)
# From path, headers and body of a post.
Answering = Callable[[str, dict[str, str], bytes], Response]


class Flown:
    """What one call of the step said: its metrics by name, and its one log line."""

    def __init__(self, printed: str) -> None:
        self.printed = printed
        lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        told = [line for line in lines if "_aws" in line]
        for each in told:
            (sent,) = each["_aws"]["CloudWatchMetrics"]
            assert (sent["Namespace"], sent["Dimensions"]) == ("ClinicIntake", [["service"]])
        self.metrics = {
            metric["Name"]: line[metric["Name"]][0]
            for line in told
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        }
        said = [line for line in lines if line.get("message", "").startswith("canary")]
        self.said: dict[str, Any] = said[-1] if said else {}

    @property
    def arrived(self) -> float | None:
        """The metric that the alarm watches; None if it was not written."""
        return self.metrics.get("CanaryArrived")

    @property
    def link(self) -> str | None:
        """The broken link that the log names."""
        return self.said.get("link")


class Aviary:
    """`asked` is what came to the door; `answer` answers it, or else `closed` does."""

    def __init__(self, deployed: FastPipeline) -> None:
        self.pipeline = deployed
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closed: tuple[int, dict[str, str], bytes] | None = None
        self.answer: Answering = self._answer

    def anew(self) -> None:
        """Mend and forget everything; only time goes on. To deploy takes longer than to fly."""
        self.closed = None
        self.answer = self._answer
        self.asked.clear()
        self.pipeline.empty()
        self.pipeline.clock.shift(QUARTER)

    def fly(self) -> Flown:
        """Have the schedule call the step now."""
        log = self.pipeline.handlers.log
        start = log.tell()
        self.pipeline.fire("SendCanary")
        return Flown(log.getvalue()[start:])

    def pass_by(self) -> Flown:
        """Let everything happen that follows from a post, and the next call come."""
        self.pipeline.run()
        self.pipeline.clock.shift(QUARTER)
        return self.fly()

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> Response:
        """Answer one request at the door."""
        self.asked.append((path, headers))
        if self.closed:
            status, given, content = self.closed
            return Response(status, [*given.items()], content)
        named = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        return self.pipeline.send("POST", path, body, **named)

    @property
    def flights(self) -> list[Case]:
        """The canaries' cases, the oldest first."""
        cases = map(self.pipeline.case, filter(canary.is_canary, self.pipeline.inquiries()))
        return sorted(cases, key=lambda case: case.inquiry.received_at)


@contextmanager
def aviary() -> Iterator[Aviary]:
    """Deploy the clinic with its door open."""
    with fast_pipeline() as deployed, pytest.MonkeyPatch.context() as patch:
        made = Aviary(deployed)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _door(made))
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        function = blueprint().functions["SendCanary"]
        given = {"FORM_URL": f"http://127.0.0.1:{server.server_port}/f/canary"}
        here = replace(function, environment={**function.environment, **given})
        patch.setitem(blueprint().functions, "SendCanary", here)
        yield made
        server.shutdown()
        server.server_close()


def _door(made: Aviary) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = made.answer(self.path, dict(self.headers.items()), body)
            self.send_response(answer.status)
            for name, value in answer.headers:
                if name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    return Door
