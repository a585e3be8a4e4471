"""The server under the local world: what is torn off halfway was never asked."""

import http.client
import socket

import pytest

from infra.local.server import NoAnswerError, Server


@pytest.fixture
def echo():
    """A server that keeps every body that it was given whole."""
    kept = []

    def app(environ, start_response):
        kept.append(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"kept"]

    server = Server("echo", 0, app)
    server.start()
    yield server.url.removeprefix("http://"), kept
    server.stop()


def test_a_whole_body_is_kept_and_the_connection_goes_on(echo):
    place, kept = echo
    connection = http.client.HTTPConnection(place)

    for body in (b"one", b"two"):
        connection.request("PUT", "/", body)
        assert connection.getresponse().read() == b"kept"

    assert kept == [b"one", b"two"]
    connection.close()


def test_a_body_that_is_torn_off_is_kept_nowhere(echo):
    place, kept = echo
    host, _, port = place.partition(":")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n")
        caller.sendall(b"x" * 1000)
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(1000) == b""

    assert kept == []


def test_an_answer_that_is_lost_ends_the_connection_and_nothing_else():
    done = []

    def app(_environ, _start_response):
        done.append("asked")
        raise NoAnswerError

    server = Server("lost", 0, app)
    server.start()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    for _ in range(2):
        connection.request("GET", "/")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
    server.stop()

    assert done == ["asked", "asked"]
