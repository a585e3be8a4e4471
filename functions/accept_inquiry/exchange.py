"""One post to a stranger's server that is over in time, whatever that server does."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from concurrent import futures
from contextlib import closing, suppress
from urllib.parse import urlsplit

_MOST_BYTES = 16_384
_OK = 200
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class UnexpectedError(Exception):
    """It did not answer with what was asked for."""


class StatusError(UnexpectedError):
    """It answered with a status that says so."""

    @property
    def status(self) -> int:
        """Which one."""
        return int(self.args[0])


def post(url: str, body: Callable[[], str], seconds: float) -> bytes:
    """
    Return the answer to a form of *body*: no redirects, no more bytes than a verdict takes.

    A time-out of a socket begins anew with every byte, and names are looked up without one. So all
    of it, *body* too, runs on a thread that nobody waits for longer than *seconds*. Then its line
    is cut, and it ends by itself, before Lambda stops the process or when it goes on.
    """
    exchange = _Exchange(url, seconds)
    pool = futures.ThreadPoolExecutor(1)
    under_way = pool.submit(exchange.run, body)
    pool.shutdown(wait=False)
    try:
        return under_way.result(seconds)
    finally:
        exchange.cut()


class _Exchange:
    def __init__(self, url: str, seconds: float) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds
        self._line: socket.socket | None = None
        self._is_over = False

    def run(self, body: Callable[[], str]) -> bytes:
        """Ask and read; on a thread of its own."""
        content = body()
        with closing(self._connection()) as connection:
            connection.connect()
            # The response takes it from the connection where the server is going to close it.
            self._line = connection.sock
            if self._is_over:
                raise TimeoutError
            connection.request("POST", self._url.path, content, _FORM)
            with connection.getresponse() as answer:
                if answer.status != _OK:
                    raise StatusError(answer.status)
                read = answer.read(_MOST_BYTES + 1)
        if len(read) > _MOST_BYTES:
            raise UnexpectedError("too much")
        return read

    def cut(self) -> None:
        """Have whatever still waits for a byte wait no longer; from any thread."""
        self._is_over = True
        if self._line is not None:
            with suppress(OSError):  # closed already
                # Not TLS's own, which is not made for two threads.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def _connection(self) -> http.client.HTTPConnection:
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._url.netloc, timeout=self._seconds, context=context
            )
        return http.client.HTTPConnection(self._url.netloc, timeout=self._seconds)
