"""What a scanner is given, one version of an object, and what it says about it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

BLOCK = 4 << 20
_GONE = {"404", "NoSuchKey", "NoSuchVersion", "405", "MethodNotAllowed"}


@dataclass(frozen=True)
class Verdict:
    """GuardDuty's words for the scan and its result; *why* is for the people of this world."""

    scan: str
    result: str
    threats: tuple[str, ...] = ()
    why: str = ""


def clean() -> Verdict:
    """Say that nothing was found."""
    return Verdict("COMPLETED", "NO_THREATS_FOUND")


def harmful(name: str) -> Verdict:
    """Say that something was found, which the scanner calls *name*."""
    return Verdict("COMPLETED", "THREATS_FOUND", (name,))


def unsupported(why: str) -> Verdict:
    """Say that the file is not for this scanner: over its limits, or locked."""
    return Verdict("SKIPPED", "UNSUPPORTED", why=why)


def failed(why: str) -> Verdict:
    """Say that the scanner did not get through; another time it might."""
    return Verdict("FAILED", "FAILED", why=why)


class GoneError(Exception):
    """Nothing lies there any more."""


@dataclass(frozen=True)
class Stored:
    """One version of one object. *etag* is without quotes, *size* in bytes."""

    s3: Any
    bucket: str
    key: str
    version: str
    etag: str
    size: int

    def open(self) -> IO[bytes]:
        """Return the content as a file that asks S3 for what is read of it."""
        return io.BufferedReader(_Ranges(self), BLOCK)

    def blocks(self) -> Iterator[bytes]:
        """Yield the content piece by piece."""
        with self.open() as content:
            while block := content.read(BLOCK):
                yield block


def find(s3: Any, bucket: str, key: str, version: str | None) -> Stored:
    """Return the version, or the current one; GoneError if there is none, OSError if S3 fails."""
    named = {"VersionId": version} if version else {}
    try:
        found = s3.head_object(Bucket=bucket, Key=key, **named)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise GoneError(key) from error
        raise OSError(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise OSError(type(error).__name__) from error
    # Only an object that was written before its bucket had versions has the one called "null".
    given = found.get("VersionId") or version or "null"
    return Stored(s3, bucket, key, given, found["ETag"].strip('"'), found["ContentLength"])


class _Ranges(io.RawIOBase):
    """A version's bytes, by ranged requests: read whole, it would lie in memory whole."""

    def __init__(self, stored: Stored) -> None:
        self._stored, self._at = stored, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stored.size}[whence]
        if start + offset < 0:
            raise ValueError(offset)
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._stored.size)
        if end <= self._at:
            return 0
        one = self._stored
        try:
            answer = one.s3.get_object(
                Bucket=one.bucket,
                Key=one.key,
                VersionId=one.version,
                Range=f"bytes={self._at}-{end - 1}",
            )
            content: bytes = answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise OSError(type(error).__name__) from error
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
