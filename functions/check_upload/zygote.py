"""The parent's hold on the process that forks once for each file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import weakref

from check_upload.inspection import wire

# What only the dynamic loader needs, in Lambda's image.
_PASSED_ON = ("LD_LIBRARY_PATH",)
# Our paths, not its own: it must find the bundle and the layers. Isolated, it reads no others.
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[5:]; from check_upload.child import main;"
    " main(*map(int, sys.argv[1:5]))"
)
_START_S = 60


class DeadError(Exception):
    """The process is gone, or never came to life."""


class Zygote:
    """A process that has imported everything, and waits for files."""

    def __init__(self, wall_s: int, cpu_s: int, memory: int) -> None:
        """Start it, and return before it is ready."""
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_START_S)
        self._ready = False
        self._patience_s = wall_s + 5
        numbers = map(str, (theirs.fileno(), wall_s, cpu_s, memory))
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-c", _PROGRAM, *numbers, *filter(None, sys.path)],
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what a package says of a file could quote it
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal is not for it
            )
        self.stop = weakref.finalize(self, _stop, self._control, process)

    def fork(self) -> socket.socket:
        """Have it fork; return our end of the fork's socket. Raise DeadError if it can't."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._wait_until_ready()
                socket.send_fds(self._control, [wire.INSPECT], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise DeadError from error
        ours.settimeout(self._patience_s)
        return ours

    def end(self) -> tuple[float, int]:
        """End the fork, if it has not ended; return its CPU seconds and peak bytes."""
        try:
            self._control.sendall(wire.STOP)
            report = wire.exactly(self._control.recv, wire.REPORT.size)
        except (OSError, EOFError) as error:
            raise DeadError from error
        _status, cpu_s, peak = wire.REPORT.unpack(report)
        return cpu_s, peak

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        if self._control.recv(1) != wire.READY:
            raise ConnectionResetError
        self._control.settimeout(self._patience_s)
        self._ready = True


def _stop(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    control.close()
    process.kill()
    process.wait()
