"""S3 as browsers and steps meet it: what AWS refuses is refused, the rest is moto's."""

import io
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from infra.local import s3_checksums, s3_content, s3_cors, s3_forms, s3_multipart
from infra.local.peek import etag_of
from infra.local.s3_signatures import Asked, RefusedError, check_presigned, denied

Answer = tuple[int, Headers, bytes]
_XML = {"Content-Type": "application/xml"}
_CORS = "access-control-"


@dataclass
class S3:
    """Answers requests to S3; *moto* is asked for all that is not answered here."""

    moto: Callable[[Request, BinaryIO], Answer]
    lock: threading.RLock
    cors: s3_cors.Rules = field(default_factory=dict)

    def answer(self, request: Request, body: BinaryIO) -> Answer:
        """Return S3's answer, or raise what it says instead."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.environ["RAW_URI"], headers)
        now = datetime.now(UTC)
        bucket, _, key = request.path.lstrip("/").partition("/")
        if request.method == "OPTIONS":
            return 200, Headers(s3_cors.preflight(self.cors.get(bucket, ()), headers)), b""
        if request.method == "POST" and not key and request.mimetype.startswith("multipart/"):
            return self._form(request, body, bucket, now)
        if {"X-Amz-Signature", "Signature"} & set(asked.query):
            check_presigned(asked, now)
        elif "authorization" not in headers:
            raise denied("Access Denied")
        s3_checksums.check(headers, body)
        with self.lock:
            if "uploadId" in asked.query:
                return self._in_parts(request, body, (bucket, key), asked.query)
            # moto knows If-None-Match of PutObject, but not of CopyObject.
            if {"x-amz-copy-source", "if-none-match"} <= headers.keys() and etag_of(bucket, key):
                raise RefusedError(412, "PreconditionFailed", "The object exists already.")
            with s3_content.read_in_part(
                headers.get("range") if request.method == "GET" and key else None
            ):
                return self.moto(request, body)

    def with_cors(self, request: Request, headers: Headers) -> None:
        """Tell the browser what its script may see, errors too, and nothing by moto's rules."""
        if request.method == "OPTIONS":
            return
        for name in [name for name in headers.keys() if name.lower().startswith(_CORS)]:  # noqa: SIM118
            del headers[name]
        bucket = request.path.lstrip("/").partition("/")[0]
        asked = {name.lower(): value for name, value in request.headers.items()}
        headers.update(s3_cors.told(self.cors.get(bucket, ()), request.method, asked))

    def _form(self, request: Request, body: BinaryIO, bucket: str, now: datetime) -> Answer:
        form = s3_forms.parse(request.headers["Content-Type"], body)
        try:
            s3_forms.check(form, bucket, now)
            s3_content.bucket_called(bucket)
        except RefusedError:
            form.content.close()
            raise
        with self.lock:
            made = s3_content.store(
                (bucket, form.key), form.content, form.metadata, s3_content.CREATED_BY_FORM
            )
            told = s3_content.headers_of(made)
        location = _location(request, bucket, form.key)
        status, headers, answer = s3_forms.answer(form, bucket, location, told)
        return status, Headers(headers), answer

    def _in_parts(
        self, request: Request, body: BinaryIO, place: tuple[str, str], query: Mapping[str, str]
    ) -> Answer:
        bucket, key = place
        if request.method == "POST":
            made = s3_multipart.complete(bucket, key, query, b"".join(s3_content.blocks(body)))
            location = _location(request, bucket, key)
            headers = Headers({**_XML, **s3_content.headers_of(made)})
            return 200, headers, s3_multipart.completed(location, bucket, made)
        upload = s3_multipart.check(bucket, key, query)
        if request.method == "GET":
            return 200, Headers(_XML), s3_multipart.listing(bucket, upload, query)
        if request.method == "DELETE":
            s3_multipart.give_up(bucket, upload)
            return 204, Headers(), b""
        s3_multipart.check_number(query.get("partNumber", ""))
        return self.moto(request, body)


def _location(request: Request, bucket: str, key: str) -> str:
    return f"{request.host_url}{bucket}/{quote(key)}"


def environ_for_moto(request: Request, body: BinaryIO) -> dict[str, Any]:
    """Return the request as moto gets it: the same, with its body read and counted."""
    kept = {k: v for k, v in request.environ.items() if not k.startswith("werkzeug.request")}
    kept.pop("HTTP_TRANSFER_ENCODING", None)
    if "uploadId" in request.args:
        kept.pop("CONTENT_TYPE", None)  # a part has none, and what is called a form would be parsed
    size = body.seek(0, io.SEEK_END)
    body.seek(0)
    return kept | {"wsgi.input": body, "CONTENT_LENGTH": str(size)}
