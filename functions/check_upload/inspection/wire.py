"""How the child and the process that started it talk: length, then JSON or bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

LENGTH = struct.Struct("!I")
# What the process that forks says of a child that ended: wait status, CPU seconds, peak bytes.
REPORT = struct.Struct("!idq")

# One byte each, on the socket to the process that forks.
READY, INSPECT, STOP = b"r", b"i", b"s"

# No message of a child is larger, and none of its reads. Larger ones can't be meant well.
MOST_SAID = 256 * 2**10
MOST_READ = 4 * 2**20
# All that a child says of one file. To ask for a range takes it some thirty bytes.
MOST_SAID_IN_ALL = 4 * 2**20

Receive = Callable[[int], bytes]


def packed(said: Any) -> bytes:
    """Return JSON of *said* behind its length."""
    return framed(json.dumps(said).encode())


def framed(content: bytes) -> bytes:
    """Return *content* behind its length."""
    return LENGTH.pack(len(content)) + content


def received(receive: Receive, most: int) -> bytes:
    """Return one message by *receive*, which gives some bytes; raise EOFError if it ended."""
    size: int = LENGTH.unpack(exactly(receive, LENGTH.size))[0]
    if size > most:
        raise ValueError(size)
    return exactly(receive, size)


def exactly(receive: Receive, size: int) -> bytes:
    """Return *size* bytes; raise EOFError if fewer come."""
    content = bytearray()
    while len(content) < size:
        some = receive(size - len(content))
        if not some:
            raise EOFError
        content += some
    return bytes(content)
