"""
AWS as a recording: answers at once and always the same, over connections that stay open.

Run as a process of its own, so that no emulator's processor time counts as ours. Only what
accepting without files and signing call is known; anything else is an error, or we would measure
nonsense. Nothing is remembered but what PutItem was given, and no condition is looked at.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_UNUSED_KEY: Mapping[str, Any] = {}
_WRITTEN: Mapping[str, Any] = {}
_COUNTED = {"Attributes": {n: {"N": "1"} for n in ("files_declared", "bytes_declared", "posts")}}
_put: dict[str, Mapping[str, Any]] = {}


class _Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes; with Nagle's algorithm the second waits 40 ms.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer by the operation that the AWS JSON protocols name in a header."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        match operation:
            case "GetItem":
                self._answer(200, _UNUSED_KEY)
            case "TransactWriteItems":
                self._answer(200, _WRITTEN)
            case "PutItem":
                _put[_key(asked["Item"])] = asked["Item"]
                self._answer(200, _WRITTEN)
            case "BatchGetItem":
                self._answer(200, _found(asked["RequestItems"]))
            case "UpdateItem":
                self._answer(200, _COUNTED)
            case "SendMessage":
                self._answer(200, _taken(asked["MessageBody"]))
            case _:
                self._answer(501, {"__type": "NotRecorded", "message": operation})

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amz-crc32", str(zlib.crc32(content)))
        self.end_headers()
        self.wfile.write(content)


def _key(item: Mapping[str, Any]) -> str:
    return f"{item['pk']['S']} {item['sk']['S']}"


def _found(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    found = {
        table: [_put[_key(key)] for key in wanted["Keys"] if _key(key) in _put]
        for table, wanted in asked.items()
    }
    return {"Responses": found, "UnprocessedKeys": {}}


def _taken(body: str) -> Mapping[str, str]:
    """Return SQS's answer; the MD5 is how a client knows that the message arrived whole."""
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"MD5OfMessageBody": digest, "MessageId": "00000000-0000-0000-0000-000000000000"}


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stub) as server:
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
