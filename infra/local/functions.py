"""Lambda's part: the real handlers, each wired once under its own environment."""

import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.blueprint import Function
from infra.local.identity import ACCOUNT
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.journal import Journal

MOST_EVENT_BYTES = 6_291_556
"""Lambda's limit for a synchronous event: 6 MB and its own few bytes."""

_LAYERS = "/opt"
_environment = threading.Lock()


class FunctionFailedError(Exception):
    """The handler raised, ran out of time, or answered what is not JSON."""


class StillRunningError(Exception):
    """The caller waits no longer; the function itself still has time."""


class EventTooLargeError(Exception):
    """Lambda takes no event of this size."""


@dataclass(frozen=True)
class Context:
    """What Lambda hands a handler beside the event."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"
    client_context: None = None
    identity: None = None

    @property
    def log_group_name(self) -> str:
        """Return where the log would go."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """Return the stream within the log group."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda would end the invocation."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Functions:
    """All functions of the template, ready to be invoked."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        root: Path,
        given: Mapping[str, str],
        journal: Journal,
    ) -> None:
        """Import and wire every handler; *given* is what Lambda itself adds to an environment."""
        self._journal = journal
        self._handlers: dict[str, Callable[[Any, Any], Any]] = {}
        self._root, self._given = root, given
        self.by_arn = {function.arn: function for function in functions.values()}
        # What all functions agree on stays for good: Powertools reads some of it when it is used.
        every = [set(function.environment.items()) for function in functions.values()]
        os.environ.update(dict(set.intersection(*every)) | dict(given))
        for function in functions.values():
            code = str((root / function.code).resolve())
            if code not in sys.path:
                sys.path.insert(0, code)
        self.wire()

    def wire(self) -> None:
        """Import every handler that is not yet, and wire all anew: each reads the forms once."""
        for function in self.by_arn.values():
            with _only(environment_of(function, self._root, self._given)):
                self._handlers[function.arn] = _wire(function)

    def invoke(self, arn: str, event: Mapping[str, Any], *, at_most: float | None = None) -> Any:
        """
        Run the handler and return its answer as JSON would carry it.

        Waits no longer than the function's timeout, or *at_most* seconds. A handler that is
        still running then cannot be killed in this process; its answer is thrown away.
        """
        function = self.by_arn[arn]
        text = json.dumps(event, ensure_ascii=False)
        if len(text.encode("utf-8", "surrogatepass")) > MOST_EVENT_BYTES:
            raise EventTooLargeError(function.logical_id)
        seconds = min(function.timeout, at_most or function.timeout)
        context = Context(
            function_name=function.name,
            invoked_function_arn=arn,
            memory_limit_in_mb=function.memory,
            aws_request_id=str(uuid.uuid4()),
            deadline=time.monotonic() + function.timeout,
        )
        outcome: dict[str, Any] = {}

        def run() -> None:
            try:
                outcome["answer"] = json.dumps(self._handlers[arn](json.loads(text), context))
            except BaseException as error:  # noqa: BLE001 - Lambda survives any of them
                outcome["error"] = error

        with self._journal.at_work():
            thread = threading.Thread(target=run, name=function.logical_id, daemon=True)
            thread.start()
            thread.join(seconds)
        if "answer" in outcome:
            return json.loads(outcome["answer"])
        self._report(function, outcome.get("error"), seconds)
        if not outcome and seconds < function.timeout:
            raise StillRunningError(function.logical_id)
        raise FunctionFailedError(function.logical_id)

    def invoke_later(self, arn: str, event: Mapping[str, Any]) -> None:
        """Run the handler as an event does: nobody waits for its answer."""
        self._journal.begin()

        def run() -> None:
            try:
                self.invoke(arn, event)
            except (FunctionFailedError, EventTooLargeError):
                pass  # reported where it happened
            finally:
                self._journal.end()

        threading.Thread(
            target=run, name=f"{self.by_arn[arn].logical_id} event", daemon=True
        ).start()

    def _report(self, function: Function, error: BaseException | None, seconds: float) -> None:
        if error is None:
            reason = f"timed out after {seconds:g} s"
            print(f"Task {function.logical_id} {reason}", flush=True)
        else:
            reason = type(error).__name__
            # Lambda logs an exception with its text; so does this world, or a leak goes unseen.
            print(f"[ERROR] {''.join(traceback.format_exception(error))}", flush=True)
        self._journal.failed("function", function.logical_id, reason)


def environment_of(function: Function, root: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment Lambda would give *function*, with /opt where its layers are."""
    variables = {**function.environment, **given}
    for name, value in variables.items():
        if value == _LAYERS or value.startswith(f"{_LAYERS}/"):
            inside = value.removeprefix(_LAYERS).lstrip("/")
            places = [root / layer / inside for layer in function.layers]
            found = [place for place in places if place.exists()]
            if not found:
                message = f"{function.logical_id}: no layer has {value} ({name})"
                raise UnknownToThisWorldError(message)
            variables[name] = str(found[0].resolve())
    return variables | {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_ACCOUNT_ID": ACCOUNT,
    }


def _wire(function: Function) -> Callable[[Any, Any], Any]:
    module_name, _, entry = function.handler.rpartition(".")
    module = importlib.import_module(module_name)
    module.wiring.cache_clear()
    module.wiring()
    handler: Callable[[Any, Any], Any] = getattr(module, entry)
    return handler


@contextmanager
def _only(variables: Mapping[str, str]) -> Iterator[None]:
    """
    Let the process be one function's for a moment: its environment, its own tree of loggers.

    Steps share one log name; with one logger they would print each other's function name.
    """
    with _environment:
        before, loggers = dict(os.environ), logging.Logger.manager
        os.environ.update(variables)
        logging.Logger.manager = logging.Manager(logging.root)
        try:
            yield
        finally:
            logging.Logger.manager = loggers
            # One by one: others may be at work, and never see an environment without AWS's address.
            for name in variables:
                if name in before:
                    os.environ[name] = before[name]
                else:
                    del os.environ[name]
