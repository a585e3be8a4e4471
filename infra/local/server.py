"""A WSGI server on loopback in a thread, which stops without leaving a thread behind."""

import socket
import threading
import traceback
from io import BufferedIOBase, RawIOBase
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"
_STOP_SECONDS = 5
_CHUNK = 1 << 20
_MOST_LEFT = 64 * _CHUNK


class CallerLeftError(OSError):
    """The connection ended in the middle of a body, so nobody waits for an answer."""


class NoAnswerError(Exception):
    """The request was done, and its answer gets lost on the way: the connection just ends."""


class PortTakenError(Exception):
    """Somebody else listens on the port."""


class Handler(WSGIRequestHandler):
    """
    Keeps connections open and writes no access log: paths here hold keys to inquiries.

    werkzeug's own closes each connection, which costs a step a third of its time.
    """

    # Headers and body leave in two writes; with Nagle's algorithm the second waits 40 ms.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def run_wsgi(self) -> None:
        """Answer one request; the next may follow on the same connection."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.environ = environ = self.make_environ()
        if not environ.get("wsgi.input_terminated"):
            length = environ.get("CONTENT_LENGTH") or "0"
            environ["wsgi.input"] = _Body(self.rfile, int(length) if length.isdigit() else 0)
            environ["wsgi.input_terminated"] = True
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            told.append((status, headers))

        try:
            answered = self.server.app(environ, start_response)
            content = b"".join(answered)
        except (CallerLeftError, NoAnswerError):
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001 - one broken page must not end the world
            traceback.print_exc()
            told, content = [("500 Internal Server Error", [])], b""
        # The next request begins after this body. Reading on also lets a caller who is still
        # sending see the answer instead of a reset.
        if not _drained(environ["wsgi.input"]):
            self.close_connection = True
        self._send(*told[-1], content)

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        if "content-length" not in names and code not in {"204", "304"}:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class _Body(RawIOBase):
    """The request's body and not a byte of the next request."""

    def __init__(self, connection: BufferedIOBase, length: int) -> None:
        self._connection, self._left = connection, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._left)
        data = self._connection.read(wanted) if wanted else b""
        if wanted and not data:
            # Half a body is no request: a part that was torn off must not be stored as it is.
            raise CallerLeftError
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _drained(body: Any) -> bool:
    """Read *body* to its end; False if the end is too far away."""
    for _ in range(_MOST_LEFT // _CHUNK):
        try:
            if not body.read(_CHUNK):
                return True
        except OSError:
            return False
    return False


class _Server(ThreadedWSGIServer):
    """Remembers its connections, so that idle ones can be closed when it stops."""

    # SO_REUSEADDR would let two worlds share a port on some systems.
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, app: "WSGIApplication", handler: type[Handler]) -> None:
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
        handler: type[Handler] = Handler,
    ) -> None:
        """Take the port, or raise PortTakenError; nothing is answered before `start`."""
        if port:
            refuse_a_taken_port(name, port)
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


def refuse_a_taken_port(name: str, port: int) -> None:
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
