"""The emulator in a process of its own, so that what steps need of memory can be measured."""

import multiprocessing
import queue
import signal
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from infra.local import sealed
from infra.local.clock import Clock
from infra.local.emulator import Emulator, Names, Plan, Tell
from infra.local.journal import Journal
from infra.local.server import PortTakenError

_STOP_SECONDS = 10


def _serve(pipe: Connection, port: int) -> None:
    """Be the other process: do what is called for until nobody is there to call."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the world stops this one
    writing = threading.Lock()

    def send(*what: Any) -> None:
        with writing, suppress(OSError):
            pipe.send(what)

    try:
        emulator = Emulator(port, lambda *what: send("told", what))
    except PortTakenError as taken:
        send("raised", taken)
        return
    sealed.seal(emulator.url)
    clock = Clock()
    send("answered", emulator.url)
    with suppress(EOFError, OSError):
        while True:
            name, given = pipe.recv()
            if name == "move_clock":
                clock.move(*given)
            try:
                send("answered", getattr(emulator, name)(*given))
            except Exception as error:  # noqa: BLE001 - it is the caller's to handle
                send("raised", error)


class Apart:
    """An Emulator elsewhere. What it tells counts as work under way until it is heard."""

    def __init__(self, port: int, tell: Tell, journal: Journal) -> None:
        """Start the process and have it take the port."""
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, port), name="AWS", daemon=True)
        self._process.start()
        other.close()
        self._tell, self._journal = tell, journal
        self._calling = threading.Lock()
        self._answers: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for work in (self._read, self._hear):
            threading.Thread(target=work, name=f"AWS {work.__name__}", daemon=True).start()
        self.url: str = self._answer()

    def start(self, plan: Plan) -> None:
        """Begin to answer."""
        self._call("start", plan)

    def stop(self) -> None:
        """Stop answering and end the process."""
        self._call("stop")
        self._pipe.close()
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()

    def empty(self) -> None:
        """Forget everything, what the template asked for too."""
        self._call("empty")

    def move_clock(self, by: timedelta) -> None:
        """Move the other process's clock."""
        self._call("move_clock", by)

    def break_service(self, service: str, how: str, until: datetime) -> None:
        """Have every call of *service* fail until then."""
        self._call("break_service", service, how, until)

    def broken(self) -> dict[str, tuple[datetime, str]]:
        """Return what is broken now, until when, and how."""
        return dict(self._call("broken"))

    def seconds_to_next(self, queue: str) -> float | None:
        """Return the seconds until a message can be seen, 0 if one can, None if there is none."""
        wait: float | None = self._call("seconds_to_next", queue)
        return wait

    def kept(self, names: Names, most: int) -> dict[str, Any]:
        """Return what lies in queues, buckets and tables, while nobody changes it."""
        return dict(self._call("kept", names, most))

    def _call(self, name: str, *given: Any) -> Any:
        with self._calling:
            self._pipe.send((name, given))
            return self._answer()

    def _answer(self) -> Any:
        kind, answer = self._answers.get()
        if kind == "raised":
            raise answer
        return answer

    def _read(self) -> None:
        """Take what comes in its order: who has an answer has been told all before it."""
        with suppress(EOFError, OSError):
            while True:
                kind, what = self._pipe.recv()
                if kind != "told":
                    self._answers.put((kind, what))
                    continue
                self._journal.begin()
                self._told.put(what)
        self._answers.put(("raised", ConnectionError("AWS has gone")))

    def _hear(self) -> None:
        # Apart from reading: whoever is told may wait for somebody who waits for an answer.
        while True:
            what = self._told.get()
            try:
                self._tell(*what)
            finally:
                self._journal.end()
