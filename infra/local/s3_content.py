"""
What is inside objects, without holding it in memory.

moto keeps large contents in temporary files, but copies them several times on their way: a whole
upload of many parts takes five times its size. Here contents go from file to file.
"""

import hashlib
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from moto.s3 import notifications
from moto.s3.models import FakeKey, s3_backends

from infra.local.identity import ACCOUNT
from infra.local.s3_signatures import RefusedError

BLOCK = 1 << 20
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")
_now = threading.local()
CREATED_BY_FORM = notifications.S3NotificationEvent.OBJECT_CREATED_POST_EVENT
CREATED_FROM_PARTS = (
    notifications.S3NotificationEvent.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT
)


def spool() -> BinaryIO:
    """Return a file that stays in memory while it is small."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(BLOCK))


def blocks(source: Any) -> Iterator[bytes]:
    """Yield what *source* holds, from its beginning."""
    if source.seekable():
        source.seek(0)
    while block := source.read(BLOCK):
        yield block


def bucket_called(name: str) -> Any:
    """Return moto's bucket, or refuse as S3 does."""
    found = s3_backends[ACCOUNT]["aws"].buckets.get(name)
    if found is None:
        raise RefusedError(404, "NoSuchBucket", "The specified bucket does not exist")
    return found


def store(
    place: tuple[str, str],
    content: BinaryIO,
    metadata: Mapping[str, str],
    event: Any,
    **more: Any,
) -> FakeKey:
    """Make *content* an object and tell of it as *event*; *more* is moto's, such as the ETag."""
    bucket, name = place
    backend = s3_backends[ACCOUNT]["aws"]
    made = backend.put_object(bucket, name, b"", disable_notification=True, **more)
    made._value_buffer.close()  # noqa: SLF001 - moto has no other way in
    made._value_buffer = content  # type: ignore[assignment] # noqa: SLF001
    content.seek(0, 2)
    made.contentsize = content.tell()
    made.set_metadata(dict(metadata))
    notifications.send_event(ACCOUNT, event, backend.get_bucket(bucket), made)
    return made


def joined(parts: list[FakeKey]) -> tuple[BinaryIO, str]:
    """Return the contents of *parts* one after the other, and the ETag that S3 gives to them."""
    whole, digests = spool(), b""
    for part in parts:
        for block in blocks(part._value_buffer):  # noqa: SLF001
            whole.write(block)
        digests += bytes.fromhex(part.etag.strip('"'))
    digest = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    return whole, f"{digest}-{len(parts)}"


def headers_of(key: FakeKey) -> Mapping[str, str]:
    """Return what S3 tells of an object that was just made."""
    told = {"ETag": key.etag}
    return told | ({"x-amz-version-id": key.version_id} if key.version_id != "null" else {})


def _write(key: Any, content: bytes) -> None:
    """Write in blocks: written whole, it would lie in memory once more before it goes to disk."""
    key._value_buffer.seek(0)  # noqa: SLF001
    key._value_buffer.truncate()  # noqa: SLF001
    view = memoryview(content.encode() if isinstance(content, str) else content)
    for start in range(0, len(view), BLOCK):
        key._value_buffer.write(view[start : start + BLOCK])  # noqa: SLF001
    key.contentsize = len(view)


class _Window:
    """Stands for a content of which only a part will be read."""

    def __init__(self, key: Any) -> None:
        self._key = key

    def __len__(self) -> int:
        return int(self._key.contentsize)

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        with self._key.lock:
            self._key._value_buffer.seek(start)  # noqa: SLF001
            content: bytes = self._key._value_buffer.read(stop - start)  # noqa: SLF001
        return content


@contextmanager
def read_in_part(range_header: str | None) -> Iterator[None]:
    """Have moto read only what *range_header* asks for; it would read all and cut that out."""
    asked = _RANGE.fullmatch(range_header or "")
    _now.in_part = bool(asked and (asked[1] or asked[2]) and not _is_backwards(asked))
    try:
        yield
    finally:
        _now.in_part = False


def _is_backwards(asked: re.Match[str]) -> bool:
    return bool(asked[1] and asked[2]) and int(asked[1]) > int(asked[2])


_whole: Any = FakeKey.value.fget  # type: ignore[attr-defined]


def _read(key: Any) -> Any:
    return _Window(key) if getattr(_now, "in_part", False) else _whole(key)


FakeKey.value = property(_read, _write)  # type: ignore[assignment, method-assign]
