"""Lambda's part: an invocation is a process of its own, and is killed where the machine says so."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from io import StringIO
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import boto3
import pytest

import check_upload.handler
from infra.local import sealed
from infra.local.blueprint import Function
from infra.local.functions import FunctionFailedError
from intake.aws.clients import client
from tests.faults.cloud import Call
from tests.faults.dice import Dice
from tests.faults.kills.aws import ServedCloud
from tests.faults.plan import Boundary
from tests.handlers import Handlers, Killed, blueprint

_SERVICES = ("dynamodb", "s3", "sqs", "sesv2", "guardduty")
_INSPECTS, _READS = "CheckUpload", "s3.GetObject"
_LONGEST_S = 60
_ITS_OWN_SEED = 1
# What a process says of itself ...
_PRINTS, _CALLS, _HAS_ANSWER, _ENDS = "prints", "calls", "has an answer", "ends"
# ... and is told before each call, and when its answer is there.
_GO, _DIE = "go", "die"


class _Log(StringIO):
    """What functions print: in one of their processes, it is told at once."""

    tell: Callable[[str], None] | None = None

    def write(self, text: str) -> int:
        if self.tell is None:
            return super().write(text)
        self.tell(text)
        return len(text)


class Sandboxes(Handlers):
    """
    Wired handlers; the invocation that is aimed at is forked by a process without threads.

    Each of its calls waits until `cloud.between` lets it pass, and so does each answer: a Killed
    that is raised there is a SIGKILL here. `killed` counts the processes that died of it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cloud: ServedCloud, dice: Dice) -> None:
        super().__init__(monkeypatch, sealed.variables(cloud.url))
        self.log = self._log = _Log()
        self.killed = 0
        self._cloud, self._dice = cloud, dice
        self._pipe: Connection | None = None
        self._runs: Counter[str] = Counter()
        boto3.setup_default_session()
        events = boto3.DEFAULT_SESSION.events
        events.register("before-send", self._before_send)
        events.register("response-received", self._received)
        for name in blueprint().functions:
            self._handle(name)
        self.aim(None)

    def aim(self, at: Boundary | None) -> None:
        """Begin a day on which the process that comes to *at* is a fork, to be killed."""
        self._runs.clear()
        self._aim = at

    def invoke(self, arn: str, event: Any, *, at_most: float = 0) -> Any:
        """Run a function; FunctionFailedError if it raised or died."""
        del at_most
        function = blueprint().function_of(arn)
        self._runs[function.logical_id] += 1
        self._cloud.set_clock()
        run = function.logical_id, self._runs[function.logical_id]
        if self._aim is None or run != (self._aim.who, self._aim.run):
            return super().invoke(arn, event)
        try:
            return self._forked(function, event)
        finally:
            if run[0] == _INSPECTS and self._aim.what == _READS:
                # Maybe while a file was open: the process that opened it waits for the dead one.
                check_upload.handler.inspector().close()

    def _forked(self, function: Function, event: Any) -> Any:
        for each in (*map(client, _SERVICES), client("s3", patient=True)):
            each.close()  # a connection is one process's
        ours, theirs = multiprocessing.Pipe()
        pid = os.fork()
        if pid == 0:
            self._be(theirs, function, event)
        theirs.close()
        was_killed = False
        try:
            with ours:
                return self._attend(ours, function.logical_id)
        except Killed:
            was_killed = True
            raise FunctionFailedError(function.logical_id) from None
        finally:
            _, status = os.waitpid(pid, 0)
            died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            assert died == was_killed, f"{function.logical_id} ended with {status}"
            self.killed += died

    def _attend(self, process: Connection, step: str) -> Any:
        """Let the process's calls pass, until it has ended or is to be killed."""
        while True:
            what, more = self._heard(process)
            if what == _ENDS:
                if more is None:
                    raise FunctionFailedError(step)
                return more[0]
            assert what == _CALLS
            try:
                self._cloud.between(_as_call(more), lambda: self._pass(process))
            except Killed:
                process.send(_DIE)
                raise
            process.send(_GO)

    def _pass(self, process: Connection) -> None:
        """Have the process make its call; return when it has the answer."""
        process.send(_GO)
        what, _ = self._heard(process)
        assert what == _HAS_ANSWER
        self._cloud.hear()

    def _heard(self, process: Connection) -> tuple[str, Any]:
        while True:
            assert process.poll(_LONGEST_S), "a step hangs"
            what, more = process.recv()
            if what != _PRINTS:
                return what, more
            self._log.write(more)

    # ---- In the fork --------------------------------------------------------------------------

    def _be(self, pipe: Connection, function: Function, event: Any) -> NoReturn:
        try:
            self._dice.roll(_ITS_OWN_SEED)  # or who does it again draws the same ids
            gc.disable()  # it would touch, and so copy, all that its parent ever made
            self._pipe = pipe
            self._log.tell = lambda text: pipe.send((_PRINTS, text))
            pipe.send((_ENDS, [super().invoke(function.arn, event)]))
        except FunctionFailedError:
            pipe.send((_ENDS, None))
        finally:
            os._exit(0)

    def _before_send(self, event_name: str, **_: Any) -> None:
        call = event_name.partition(".")[2]
        if self._pipe is None:
            self._cloud.between(_as_call(call), lambda: None)
        else:
            self._live_or_die(self._pipe, _CALLS, call)

    def _received(self, **_: Any) -> None:
        if self._pipe is None:
            self._cloud.hear()
        else:
            self._live_or_die(self._pipe, _HAS_ANSWER)

    @staticmethod
    def _live_or_die(pipe: Connection, what: str, more: str = "") -> None:
        pipe.send((what, more))
        if pipe.recv() == _DIE:
            os.kill(os.getpid(), signal.SIGKILL)


def _as_call(name: str) -> Call:
    service, _, operation = name.partition(".")
    return Call(service, operation, {})
