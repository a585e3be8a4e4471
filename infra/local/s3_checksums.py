"""Whether the bytes of a request are the bytes it promises."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from infra.local.s3_content import blocks
from infra.local.s3_signatures import RefusedError


class _Crc32:
    """zlib's checksum with hashlib's manners."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, block: bytes) -> None:
        self._value = zlib.crc32(block, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_DIGESTS: Mapping[str, Callable[[], Any]] = {
    "content-md5": lambda: hashlib.md5(usedforsecurity=False),
    "x-amz-checksum-sha256": hashlib.sha256,
    "x-amz-checksum-sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "x-amz-checksum-crc32": _Crc32,
}


def check(headers: Mapping[str, str], body: BinaryIO) -> None:
    """
    Raise RefusedError if a checksum in *headers* is not that of *body*.

    CRC32C and CRC64NVME are not computed here: neither is in the standard library.
    """
    promised = headers.get("x-amz-content-sha256", "")
    if promised.startswith("STREAMING-"):
        return  # the body is framed in chunks; its checksums are inside
    if len(promised) == 64 and _digest(hashlib.sha256(), body).hex() != promised:  # noqa: PLR2004
        raise RefusedError(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    for name, make in _DIGESTS.items():
        if name not in headers:
            continue
        if base64.b64encode(_digest(make(), body)).decode("ascii") != headers[name]:
            raise RefusedError(
                400,
                "BadDigest",
                f"The {name} you specified did not match the calculated checksum.",
            )


def _digest(algorithm: Any, body: BinaryIO) -> bytes:
    for block in blocks(body):
        algorithm.update(block)
    found: bytes = algorithm.digest()
    return found
