"""Has files inspected by a process that holds no credentials, and believes little it says."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass

from check_upload.inspection.result import (
    REFUSED,
    UNFINISHED,
    WITHHELD,
    Asked,
    Inspection,
    Reader,
    WithheldError,
)
from check_upload.said import NonsenseError
from check_upload.talk import Talk
from check_upload.undumpable import make_undumpable
from check_upload.zygote import DeadError, Zygote


@dataclass(frozen=True)
class Limits:
    """What one file may cost. The kernel holds time and memory."""

    wall_s: int = 90  # most of it waiting for S3
    cpu_s: int = 4  # the kernel ends it up to a tick later, and five seconds are the promise
    memory: int = 256 * 2**20  # bytes of address space, libraries and all: no peak is higher
    requests: int = 20_000
    bytes_read: int = 2**30


@dataclass(frozen=True)
class Usage:
    """What one inspection cost. `error` is the class of what went wrong in the child."""

    cpu_s: float
    peak_bytes: int
    requests: int
    bytes_read: int
    error: str | None = None


class BrokenInspectorError(Exception):
    """The child can't be started. This says nothing of any file: try again, and look why."""


class Inspector:
    """A process that waits for files and forks for each. Threads take turns."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Start nothing yet."""
        self._limits = limits or Limits()
        self._turn = threading.Lock()
        self._zygote: Zygote | None = None
        self.last_usage: Usage | None = None

    def start(self) -> None:
        """Begin to load what inspections need, and don't wait for it."""
        with self._turn:
            self._running()

    def inspect(self, source: Reader, asked: Asked) -> Inspection:
        """
        Return what *source* is and holds. Whatever goes wrong in the child, a person looks.

        What *source* raises comes through: then reading failed, and the file did nothing. One
        exception is its own WithheldError.
        """
        if source.size == 0:
            return Inspection(REFUSED, "empty_file")
        with self._turn:
            return self._inspect(source, asked)

    def close(self) -> None:
        """End the process; a later inspection starts another."""
        with self._turn:
            self._stop()

    def _inspect(self, source: Reader, asked: Asked) -> Inspection:
        found, is_alive = self._try(source, asked)
        # Killed from outside while nobody looked, or by this file. Once more tells.
        return found if is_alive else self._try(source, asked)[0]

    def _try(self, source: Reader, asked: Asked) -> tuple[Inspection, bool]:
        """Return what was found, and whether the process that forks has survived it."""
        talk = Talk(source, self._limits.requests, self._limits.bytes_read)
        found, error = Inspection(WITHHELD, UNFINISHED), None
        with self._fork() as child:
            try:
                found, error = talk.hold(child, asked)
            except WithheldError:
                error = WithheldError.__name__
            except NonsenseError as nonsense:
                error = str(nonsense)
            finally:
                cpu_s, peak = self._end()
        self.last_usage = Usage(cpu_s, peak, talk.requests, talk.bytes_read, error)
        return found, self._zygote is not None

    def _fork(self) -> socket.socket:
        try:
            return self._running().fork()
        except DeadError:  # killed between two files: the next one starts afresh, once
            self._stop()
        try:
            return self._running().fork()
        except DeadError as error:
            self._stop()
            raise BrokenInspectorError from error

    def _end(self) -> tuple[float, int]:
        try:
            return self._running().end()
        except DeadError:
            self._stop()
            return 0.0, 0

    def _running(self) -> Zygote:
        if self._zygote is None:
            make_undumpable()
            self._zygote = Zygote(self._limits.wall_s, self._limits.cpu_s, self._limits.memory)
        return self._zygote

    def _stop(self) -> None:
        if self._zygote is not None:
            self._zygote.stop()
            self._zygote = None
