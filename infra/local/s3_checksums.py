"""Whether the bytes of a request are the bytes it promises."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping

from infra.local.s3_signatures import RefusedError

_DIGESTS: Mapping[str, Callable[[bytes], bytes]] = {
    "content-md5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
}


def check(headers: Mapping[str, str], body: bytes) -> None:
    """
    Raise RefusedError if a checksum in *headers* is not that of *body*.

    CRC32C and CRC64NVME are not computed here: neither is in the standard library.
    """
    promised = headers.get("x-amz-content-sha256", "")
    if promised.startswith("STREAMING-"):
        return  # the body is framed in chunks; its checksums are inside
    if len(promised) == 64 and hashlib.sha256(body).hexdigest() != promised:  # noqa: PLR2004
        raise RefusedError(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    for name, digest in _DIGESTS.items():
        if name not in headers:
            continue
        if base64.b64encode(digest(body)).decode("ascii") != headers[name]:
            raise RefusedError(
                400,
                "BadDigest",
                f"The {name} you specified did not match the calculated checksum.",
            )
