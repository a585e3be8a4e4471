"""One pinned version of an upload, read piece by piece."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from check_upload.inspection.result import UNFINISHED, WithheldError
from intake.aws.uploads import UploadsBucket

_BLOCK = 256 * 2**10
_KEPT_BLOCKS = 64  # 16 MiB
_AT_ONCE = 8


@dataclass
class VersionSource:
    """A Reader of one version by ranged requests; the blocks read last are kept."""

    uploads: UploadsBucket
    key: str
    version: str
    size: int
    budget: int = 2**30  # bytes fetched at the most
    fetched: int = 0
    requests: int = 0
    _blocks: OrderedDict[int, bytes] = field(default_factory=OrderedDict)

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on; fewer than *size* at the end of the file alone."""
        end = min(offset + size, self.size)
        content = bytearray()
        while offset < end:
            block, skipped = divmod(offset, _BLOCK)
            some = self._block(block)[skipped : skipped + end - offset]
            content += some
            offset += len(some)
        return bytes(content)

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Say which (offset, size) will be read soon."""

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * _BLOCK
        end = min(start + _BLOCK, self.size)
        self.requests += 1
        self.fetched += end - start
        if self.fetched > self.budget:
            raise WithheldError(UNFINISHED)
        block = self.uploads.read(self.key, self.version, start, end)
        if block is None or len(block) != end - start:
            raise WithheldError(UNFINISHED)
        self._blocks[number] = block
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block
