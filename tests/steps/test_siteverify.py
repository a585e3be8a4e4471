"""Whatever the captcha's maker answers, and however slowly, a person's post goes on."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import pytest

from accept_inquiry.siteverify import FAILED, SOLVED, UNKNOWN, Siteverify, Verdict
from intake.captcha import VENDORS

HOST = "www.clinic.example"
GOOD: dict[str, Any] = {"success": True, "hostname": HOST, "action": "inquiry"}
HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS = repeat(b"a")


class Maker:
    """Sends what it is told to, piece by piece, to whoever asks; `left` is who has gone away."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]], pause: float = 0.0) -> None:
        self.pieces, self.pause, self.left = pieces, pause, threading.Semaphore(0)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}/siteverify"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                caller, _ = self.door.accept()
                with caller, suppress(OSError):
                    caller.recv(65_536)
                    for piece in self.pieces():
                        caller.sendall(piece)
                        time.sleep(self.pause)
                self.left.release()

    def asked(self, seconds: float = 2.0) -> Verdict:
        """Say what its answer was read as."""
        verify = Siteverify(VENDORS["turnstile"], self.url, lambda: "secret", seconds)
        return verify.check("token", {HOST}, "content")


@pytest.fixture
def maker() -> Iterator[Callable[..., Maker]]:
    opened: list[Maker] = []

    def run(pieces: Callable[[], Iterator[bytes]], pause: float = 0.0) -> Maker:
        opened.append(Maker(pieces, pause))
        return opened[-1]

    yield run
    for each in opened:
        each.door.close()


def answer(told: Any) -> Callable[[], Iterator[bytes]]:
    body = json.dumps(told).encode()
    return lambda: iter([HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body])


@pytest.mark.parametrize(
    "odd",
    [
        {"success": False, "error-codes": 5},
        {"success": False, "error-codes": True},
        {"success": False, "error-codes": {"internal": "error"}},
        {"hostname": [HOST]},
        {"hostname": {HOST: 1}},
        {"action": ["inquiry"]},
        {"success": "true"},
    ],
)
def test_an_answer_of_another_shape_is_no_verdict(
    maker: Callable[..., Maker], odd: dict[str, Any]
) -> None:
    assert maker(answer(GOOD | odd)).asked().result == UNKNOWN


def test_codes_that_are_no_words_are_not_read(maker: Callable[..., Maker]) -> None:
    refused = {"success": False, "error-codes": [5, ["internal-error"], None]}

    assert maker(answer(refused)).asked().result == FAILED


def test_a_plain_answer_is_read(maker: Callable[..., Maker]) -> None:
    assert maker(answer(GOOD)).asked() == Verdict(SOLVED)


@pytest.mark.parametrize(
    "drips",
    [
        HEAD + b"X-Drip: ",
        HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1;",
        HEAD + b"Connection: close\r\n\r\n",
    ],
    ids=["headers", "chunks", "body"],
)
def test_a_maker_that_drips_keeps_nobody_waiting_and_leaves_nothing_behind(
    maker: Callable[..., Maker], drips: bytes
) -> None:
    before = threading.active_count()
    dripping = maker(lambda: chain([drips], ENDLESS), pause=0.1)
    began = time.monotonic()

    assert dripping.asked(seconds=0.5).result == UNKNOWN
    assert time.monotonic() - began < 1.5
    assert dripping.left.acquire(timeout=2)  # nobody listens any more
    assert threading.active_count() <= before + 1  # the maker's own
