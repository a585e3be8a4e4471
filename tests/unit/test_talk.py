"""What a child may say while it looks into a file, and how much of it."""

from __future__ import annotations

import socket
import threading

import pytest

from check_upload.inspection import wire
from check_upload.inspection.result import Asked
from check_upload.said import NonsenseError
from check_upload.talk import Talk

ASKED = Asked("scan", "", "radiology")
MIB = 2**20


class Announced:
    """Reads nothing; counts what it is told of."""

    size = 2**31

    def __init__(self):
        self.ranges = 0

    def read(self, _offset, size):
        return bytes(size)

    def prefetch(self, ranges):
        self.ranges += len(ranges)


@pytest.fixture
def hold():
    """Return a way to talk with a child that says the same again and again."""

    def run(said, times, *, requests=20_000):
        source, message = Announced(), wire.packed(said)
        ours, theirs = socket.socketpair()
        ours.settimeout(30)
        heard = []

        def child():
            with theirs:
                wire.received(theirs.recv, MIB)
                try:
                    for _ in range(times):
                        theirs.sendall(message)
                        heard.append(len(message))
                except OSError:
                    return

        speaking = threading.Thread(target=child)
        speaking.start()
        try:
            with pytest.raises(NonsenseError) as ended:
                Talk(source, requests, 2**30).hold(ours, ASKED)
        finally:
            ours.close()
            speaking.join()
        return str(ended.value), source.ranges, sum(heard)

    return run


def test_each_range_counts_that_is_announced(hold):
    error, ranges, _ = hold({"soon": [[n * 65_536, 1] for n in range(600)]}, 100, requests=5_000)

    assert error == "too many announced"
    assert ranges == 4_800


def test_who_announces_little_in_many_words_is_ended_too(hold):
    error, ranges, heard = hold({"soon": [], "why": "x" * 200_000}, 400)

    assert error == "too much said"
    assert ranges == 0
    assert heard < 6 * MIB


def test_as_many_ranges_may_be_announced_as_may_be_read(hold):
    error, ranges, _ = hold({"soon": [[2**31 - n, 1] for n in range(100)]}, 200)

    assert error == "child ended"
    assert ranges == 20_000
