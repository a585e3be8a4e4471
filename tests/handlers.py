"""The template's functions in this process: real handlers under their own environment."""

from __future__ import annotations

import importlib
import json
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local import staff
from infra.local.blueprint import Blueprint
from infra.local.functions import FunctionFailedError, environment_of
from infra.local.identity import Place
from infra.local.reading import read
from infra.local.template import Resource, Stack

ROOT = Path(__file__).parents[1]
PLACE = Place("eu-west-2", "https://sqs.eu-west-2.amazonaws.com")
ORIGIN = "https://intake.clinic.example"
TEAM = "team@clinic.example"
FALLBACK = "office@backup.example"
SENDER = "intake@clinic.example"
_GIVEN = {
    "ClinicName": "Example Clinic",
    "PublicUrl": ORIGIN,
    "MailFrom": SENDER,
    "TeamRecipients": json.dumps({"default": [TEAM]}),
    "FallbackRecipient": FALLBACK,
    "AlarmEmail": "operator@clinic.example",
    "MailsPerSecond": "1000",  # nothing waits for its turn
    # Everybody here comes from one address, and most are the same patient.
    "SuspectPostsPerNetwork": "1000000",
    "MostPostsPerNetwork": "1000000",
    "SuspectPostsPerAddress": "1000000",
    **staff.parameters("https://sign-in.clinic.example"),
}


class Killed(BaseException):
    """The process is gone. No `except Exception` may notice."""


@cache
def resources() -> tuple[Resource, ...]:
    """Return everything that template.yaml deploys, on whatever names it gets there."""
    return tuple(Stack(ROOT / "template.yaml", PLACE, _GIVEN).resources())


@cache
def blueprint() -> Blueprint:
    """Return what of it this machine plays."""
    return read(resources(), PLACE)


class Handlers:
    """
    All functions, each wired when it is first invoked. `log` is all they print or raise.

    *given* is what stands in their environment beside what the template says.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, given: Mapping[str, str] | None = None
    ) -> None:
        self.log = StringIO()
        self._given = given or {}
        self.ran: Callable[[str, bool], None] = lambda _name, _failed: None
        self._monkeypatch = monkeypatch
        self._wired: dict[str, Any] = {}

    def close(self) -> None:
        """Have nobody after us meet our clients or our log."""
        for module in self._wired.values():
            module.wiring.cache_clear()

    def invoke(self, arn: str, event: Any, *, at_most: float = 0) -> Any:
        """Run a function as Lambda does: what it raises is logged, with its text."""
        del at_most
        function = blueprint().function_of(arn)
        ends = time.time() + function.timeout
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: max(0, int((ends - time.time()) * 1000)),
            function_name=function.name,
            memory_limit_in_mb=function.memory,
            invoked_function_arn=function.arn,
            aws_request_id=str(uuid.uuid4()),
        )
        failed = True
        with redirect_stdout(self.log), redirect_stderr(self.log):
            try:
                answer = json.loads(json.dumps(self._handle(function.logical_id)(event, context)))
                failed = False
            except (Exception, Killed) as error:  # noqa: BLE001  Lambda survives any of them
                traceback.print_exception(error)
                raise FunctionFailedError(function.logical_id) from None
            finally:
                self.ran(function.name, failed)
        return answer

    def _handle(self, logical_id: str) -> Callable[[Any, Any], Any]:
        if logical_id not in self._wired:
            function = blueprint().functions[logical_id]
            for name, value in environment_of(function, ROOT, self._given).items():
                self._monkeypatch.setenv(name, value)
            module = importlib.import_module(function.handler.rpartition(".")[0])
            module.wiring.cache_clear()
            module.wiring()
            module.logger.registered_handler.setStream(self.log)
            self._wired[logical_id] = module
        handle: Callable[[Any, Any], Any] = self._wired[logical_id].handle
        return handle
