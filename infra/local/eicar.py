"""Looks for the one pattern that every scanner knows, EICAR's test file, and for nothing else."""

import io
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from lzma import LZMAError
from typing import IO, cast

from infra.local.stored import BLOCK, Stored, Verdict, clean, harmful, unsupported

_NAME = "EICAR-Test-File"
_ZIP = b"PK\x03\x04"
_BROKEN = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, ValueError, NotImplementedError)
"""What zipfile raises for archives that are damaged, or packed in a way it does not know."""


def pattern() -> bytes:
    """Return the pattern, put together here: a scanner on this machine must not take this file."""
    return b"".join(
        (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-ANTI", b"VIRUS-TEST-FILE!", b"$H+H*")
    )


@dataclass(frozen=True)
class Bounds:
    """How far archives are looked through: bytes unpacked and members in all, archives deep."""

    unpacked: int = 8 << 30
    members: int = 10_000
    deep: int = 5


class NotLookedThroughError(Exception):
    """The file cannot be looked through to its end, so nobody may call it clean."""


@dataclass(frozen=True)
class Eicar:
    """What scans where ClamAV is not installed."""

    bounds: Bounds = field(default_factory=Bounds)
    at_once: int = 1
    says: str = (
        "No ClamAV runs here, so files are only searched for the EICAR test pattern, also "
        "inside ZIP archives; real malware is not found."
    )

    def scan(self, files: Sequence[Stored]) -> list[Verdict]:
        """Return a verdict on each of *files*; OSError if one cannot be read."""
        return [self._verdict(file) for file in files]

    def _verdict(self, file: Stored) -> Verdict:
        try:
            with file.open() as content:
                found = _Search(self.bounds).finds_in(content, 0)
        except NotLookedThroughError as why:
            return unsupported(str(why))
        return harmful(_NAME) if found else clean()


class _Search:
    """One file, with what is left of its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._deepest, self._bytes, self._members = bounds.deep, bounds.unpacked, bounds.members

    def finds_in(self, content: IO[bytes], depth: int) -> bool:
        """Whether the pattern is in *content*, or in what is packed into it."""
        if self._is_in(content, counted=False):
            return True
        try:
            archive = zipfile.ZipFile(_Reluctant(content))
        except _BROKEN:
            return False  # no archive, whatever else it is
        with archive:
            members = archive.infolist()
            self._members -= len(members)
            if self._members < 0:
                raise NotLookedThroughError("too many files in an archive")
            try:
                return any(self._member(archive, one, depth + 1) for one in members)
            except _BROKEN as error:
                raise NotLookedThroughError("an archive is damaged") from error

    def _member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, depth: int) -> bool:
        if member.flag_bits & 1:
            raise NotLookedThroughError("a password is on an archive")
        with cast("zipfile.ZipExtFile", archive.open(member)) as content:
            if content.peek(len(_ZIP))[: len(_ZIP)] != _ZIP:
                return self._is_in(content)
            if depth > self._deepest:
                raise NotLookedThroughError("archives lie too deep in each other")
            with tempfile.TemporaryFile() as unpacked:
                while block := content.read(BLOCK):
                    self._spend(len(block))
                    unpacked.write(block)
                unpacked.seek(0)
                return self.finds_in(unpacked, depth)

    def _is_in(self, content: IO[bytes] | zipfile.ZipExtFile, *, counted: bool = True) -> bool:
        wanted, end = pattern(), b""
        while block := content.read(BLOCK):
            if counted:
                self._spend(len(block))
            end += block
            if wanted in end:
                return True
            end = end[1 - len(wanted) :]
        return False

    def _spend(self, size: int) -> None:
        self._bytes -= size
        if self._bytes < 0:
            raise NotLookedThroughError("too much is packed into an archive")


class _Reluctant(io.RawIOBase):
    """Lets zipfile read what a table of contents may need, and no more at once."""

    _MOST = 16 << 20

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        return self._content.tell()

    def read(self, size: int = -1) -> bytes:
        if size > self._MOST:
            raise NotLookedThroughError("an archive's table of contents is too large")
        return self._content.read(size)
