"""Somebody else's website on this machine, whose pages a browser keeps and caches as any other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HostSite:
    """Serves what is put into `pages`, by path. `origin` is what an intake has to allow."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        """Stand behind *server*, which is told what to answer."""
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self.pages: dict[str, str] = {}


@contextmanager
def host_site() -> Iterator[HostSite]:
    """Serve a website on a free port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = site.pages.get(self.path)
            self.send_response(200 if html else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((html or "").encode())

        def log_message(self, *_said: object) -> None:
            """Say nothing: what a test prints is about the intake."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    site = HostSite(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()
