"""A WSGI server on loopback in a thread, which stops without leaving a thread behind."""

import socket
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"
_STOP_SECONDS = 5


class PortTakenError(Exception):
    """Somebody else listens on the port."""


class QuietHandler(WSGIRequestHandler):
    """Writes no access log: paths of this pipeline hold keys to inquiries."""

    # Headers and body leave in two writes; with Nagle's algorithm the second waits 40 ms.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class _Server(ThreadedWSGIServer):
    """Remembers its connections, so that idle ones can be closed when it stops."""

    # SO_REUSEADDR would let two worlds share a port on some systems.
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, app: "WSGIApplication", handler: type[WSGIRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(LOOPBACK, port, app, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._guard:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was faster

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that hangs up is no error, and handlers' errors are reported."""


class Server:
    """Serves *app* on 127.0.0.1; port 0 takes a free one."""

    def __init__(
        self,
        name: str,
        port: int,
        app: "WSGIApplication",
        handler: type[WSGIRequestHandler] = QuietHandler,
    ) -> None:
        """Take the port, or raise PortTakenError; nothing is answered before `start`."""
        if port:
            _refuse_a_taken_port(name, port)
        self._server = _Server(port, app, handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Stop answering and close every connection."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join(timeout=_STOP_SECONDS)


def _refuse_a_taken_port(name: str, port: int) -> None:
    """Raise PortTakenError with a sentence; werkzeug itself prints one and ends the process."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            message = (
                f"port {port} is taken, so {name} cannot start; "
                f"stop what listens there or choose another"
            )
            raise PortTakenError(message) from error

