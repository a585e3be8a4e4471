"""One pinned version of an upload, read piece by piece."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from check_upload.inspection.result import UNFINISHED, WithheldError
from intake.aws.uploads import UploadsBucket

_BLOCK = 64 * 2**10
_MOST_AT_ONCE = 16  # blocks in one request, 1 MiB: S3 needs longer to begin than to send that
_KEPT = 128  # blocks, 8 MiB
_AHEAD = 128  # blocks that are on their way or wait to be read, another 8 MiB
_WANTED = 20_000  # ranges that are announced and were not sent for yet
_THREADS = 8  # the client keeps ten connections


class VersionSource:
    """
    A Reader of one version by ranged requests.

    Neighbouring blocks come in one request, announced ones ahead of being read. What S3 answers
    wrongly comes out as its own error; a version that is gone, or reading without end, as
    WithheldError.
    """

    def __init__(
        self, uploads: UploadsBucket, key: str, version: str, size: int, budget: int = 2**30
    ) -> None:
        """Read *size* bytes of *version*, and fetch at most *budget* bytes for it."""
        self.size = size
        self.fetched = self.requests = 0
        self._uploads, self._key, self._version = uploads, key, version
        self._budget = budget
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._coming: OrderedDict[int, tuple[int, Future[bytes]]] = OrderedDict()
        self._wanted: deque[range] = deque()
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Fetch nothing more."""
        self._wanted.clear()
        self._coming.clear()
        if self._threads:
            self._threads.shutdown(cancel_futures=True)

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end of the file alone."""
        end = min(offset + size, self.size)
        if offset >= end:
            return b""
        first, last = offset // _BLOCK, (end - 1) // _BLOCK
        content = bytearray()
        for number in range(first, last + 1):
            content += self._block(number, last)
        self._send_for_more()
        skipped = offset - first * _BLOCK
        return bytes(content[skipped : skipped + end - offset])

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Have other threads fetch these (offset, size) in their order, some ahead of reading."""
        for offset, size in ranges:
            end = min(offset + size, self.size)
            if offset < end:
                self._wanted.append(range(offset // _BLOCK, (end - 1) // _BLOCK + 1))
            if len(self._wanted) > _WANTED:
                raise WithheldError(UNFINISHED)
        self._send_for_more()

    def _block(self, number: int, last: int) -> bytes:
        if number in self._coming:
            start, answer = self._coming[number]
            self._keep(start, answer.result())
        elif number not in self._kept:
            if len(self._coming) >= _AHEAD:  # announced, and then not read
                self._coming.clear()
            run = self._missing(range(number, last + 1))
            self._keep(run.start, self._fetch(self._counted(run)))
        self._kept.move_to_end(number)
        return self._kept[number]

    def _keep(self, start: int, content: bytes) -> None:
        for place in range(0, len(content), _BLOCK):
            number = start + place // _BLOCK
            self._coming.pop(number, None)
            self._kept[number] = content[place : place + _BLOCK]
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _here(self, number: int) -> bool:
        return number in self._kept or number in self._coming

    def _missing(self, numbers: range) -> range:
        """Return the start of *numbers*, the first of which is missing, up to one that is not."""
        most = numbers[:_MOST_AT_ONCE]
        return most[: next((n for n, number in enumerate(most) if self._here(number)), len(most))]

    def _send_for_more(self) -> None:
        """Send for what was announced, as long as little waits here to be read."""
        while self._wanted and len(self._coming) < _AHEAD:
            numbers = self._wanted.popleft()
            while numbers and self._here(numbers[0]):
                numbers = numbers[1:]
            if not numbers:
                continue
            run = self._missing(numbers)
            if numbers[len(run) :]:
                self._wanted.appendleft(numbers[len(run) :])
            self._send_for(self._counted(run))

    def _send_for(self, run: range) -> None:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS)
        answer = self._threads.submit(self._fetch, run)
        self._coming |= dict.fromkeys(run, (run.start, answer))

    def _counted(self, run: range) -> range:
        self.requests += 1
        self.fetched += len(run) * _BLOCK
        if self.fetched > self._budget:
            raise WithheldError(UNFINISHED)
        return run

    def _fetch(self, run: range) -> bytes:
        start, end = run.start * _BLOCK, min(run.stop * _BLOCK, self.size)
        content = self._uploads.read(self._key, self._version, start, end)
        if content is None or len(content) != end - start:
            raise WithheldError(UNFINISHED)
        return content
