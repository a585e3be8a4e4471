"""The talk with one child: serve what it reads, and hear what it found."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from check_upload.inspection import wire
from check_upload.inspection.result import Asked, Inspection, Reader
from check_upload.said import NonsenseError, a_list, a_mapping, error_class, inspection


class Talk:
    """One conversation; counts what it costs."""

    def __init__(self, source: Reader, most_requests: int, most_bytes: int) -> None:
        """Serve reads of *source*, up to so many and so much."""
        self._source = source
        self._most_requests, self._most_bytes = most_requests, most_bytes
        self.requests = self.bytes_read = 0
        self._announced = self._heard = 0

    def hold(self, child: socket.socket, asked: Asked) -> tuple[Inspection, str | None]:
        """Return what was found, and the name of an error in the child; or NonsenseError."""
        self._say(child, wire.packed({"size": self._source.size, **asdict(asked)}))
        while True:
            heard = self._hear(child)
            if "read" in heard:
                offset, size = self._range(heard["read"])
                self._count(size)
                content = self._source.read(offset, size)
                self._say(child, wire.framed(content))
            elif "soon" in heard:
                self._count(0)
                self._source.prefetch(self._soon(a_list(heard["soon"])))
            elif "found" in heard:
                return inspection(heard["found"]), error_class(heard.get("error"))
            else:
                raise NonsenseError("unknown message")

    def _say(self, child: socket.socket, message: bytes) -> None:
        try:
            child.sendall(message)
        except OSError as error:
            raise NonsenseError("child does not listen") from error

    def _hear(self, child: socket.socket) -> Mapping[str, Any]:
        try:
            message = wire.received(child.recv, wire.MOST_SAID)
            self._heard += len(message)
            if self._heard > wire.MOST_SAID_IN_ALL:
                raise NonsenseError("too much said")
            return a_mapping(json.loads(message))
        except (OSError, EOFError) as error:
            raise NonsenseError("child ended") from error
        except (ValueError, RecursionError) as error:
            raise NonsenseError("unreadable message") from error

    def _soon(self, given: Sequence[Any]) -> list[tuple[int, int]]:
        """Return the ranges that are announced. Each is kept here until it is read: count them."""
        self._announced += len(given)
        if self._announced > self._most_requests:
            raise NonsenseError("too many announced")
        return [self._range(each) for each in given]

    def _range(self, given: Any) -> tuple[int, int]:
        match given:
            case [int(offset), int(size)] if offset >= 0 and 0 <= size <= wire.MOST_READ:
                return min(offset, self._source.size), size
        raise NonsenseError("unknown range")

    def _count(self, size: int) -> None:
        self.requests += 1
        self.bytes_read += size
        if self.requests > self._most_requests or self.bytes_read > self._most_bytes:
            raise NonsenseError("too many reads")
