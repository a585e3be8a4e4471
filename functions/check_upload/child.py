"""
The process that opens strangers' files, and forks once for each.

It is started with no credentials, imports all packages once, and then waits. Each file gets a fork
with limits of its own, one socket and no way to open anything else; nothing outlives its file.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from check_upload.inspection import loaded, look, wire
from check_upload.inspection.result import Asked
from check_upload.undumpable import make_undumpable


def main(control: int, wall_s: int, cpu_s: int, memory: int) -> None:
    """Serve the process at the other end of *control* until it hangs up."""
    make_undumpable()
    loaded.load()
    gc.collect()
    gc.freeze()  # or every fork copies what the collector touches
    with socket.socket(fileno=control) as parent:
        parent.sendall(wire.READY)
        while True:
            order, given, _flags, _from = socket.recv_fds(parent, 1, 1)
            if not order:
                return
            for each in given:
                parent.sendall(_one(parent, each, wall_s, cpu_s, memory))


def _one(parent: socket.socket, given: int, wall_s: int, cpu_s: int, memory: int) -> bytes:
    """Fork for the file behind the socket *given*; return the report once the fork is gone."""
    ended, open_while_alive = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(ended)
            parent.close()
            _confine(cpu_s, memory)
            with socket.socket(fileno=given) as asker:
                _answer(asker)
        finally:
            os._exit(0)
    os.close(given)
    os.close(open_while_alive)
    _wait(ended, parent.fileno(), wall_s)
    os.close(ended)
    os.kill(pid, signal.SIGKILL)  # a child that has ended already doesn't mind
    _pid, status, used = os.wait4(pid, 0)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return wire.REPORT.pack(status, used.ru_utime + used.ru_stime, peak)


def _wait(ended: int, parent: int, wall_s: int) -> None:
    """Return when the child ends, time is up, or the parent wants it stopped or has hung up."""
    watch = select.poll()
    watch.register(ended, select.POLLIN)
    watch.register(parent, select.POLLIN)
    watch.poll(wall_s * 1000)


def _confine(cpu_s: int, memory: int) -> None:
    """
    Take away what no inspection needs.

    Without descriptors nothing can be opened: no file, no other process' environment, no network.
    What was imported before stays usable.
    """
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    # Ends the fork to the tick; the limit above can't be taken back, and some kernels are late.
    signal.setitimer(signal.ITIMER_PROF, cpu_s)


class _Asking:
    """A Reader whose bytes come from the other end of a socket."""

    def __init__(self, asker: socket.socket, size: int) -> None:
        """Read a file of *size* bytes by asking *asker*."""
        self._asker = asker
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset* on; fewer at the end of the file alone."""
        content = bytearray()
        end = min(offset + size, self.size)
        while offset < end:
            some = min(end - offset, wire.MOST_READ)
            self._asker.sendall(wire.packed({"read": [offset, some]}))
            content += wire.received(self._asker.recv, wire.MOST_READ)
            offset += some
        return bytes(content)

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Say which (offset, size) will be read soon."""
        if ranges:
            self._asker.sendall(wire.packed({"soon": [list(each) for each in ranges]}))


def _answer(asker: socket.socket) -> None:
    asked: dict[str, Any] = json.loads(wire.received(asker.recv, wire.MOST_SAID))
    reader = _Asking(asker, asked.pop("size"))
    found, error = look.inspect_any(reader, Asked(**asked))
    asker.sendall(wire.packed({"found": asdict(found), "error": error}))
