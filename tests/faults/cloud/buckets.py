"""Buckets with versions, and what is on its way to them in parts."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.faults.cloud.errors import RefusedError


@dataclass
class Version:
    """One version of an object; `name`, `size`, `etag` and `version_id` as moto calls them."""

    name: str
    version_id: str
    content: bytes
    etag: str
    modified: datetime
    content_type: str
    checksum: str | None = None
    # Of an object that came in parts: the upload that it was.
    upload: str | None = None

    @property
    def size(self) -> int:
        """Return its bytes."""
        return len(self.content)


@dataclass
class Upload:
    """An object that comes in parts."""

    key: str
    id: str
    content_type: str
    begun_at: datetime
    parts: dict[int, tuple[bytes, str, datetime]] = field(default_factory=dict)


@dataclass
class Bucket:
    """One bucket; every write makes a version."""

    name: str
    watched: bool
    is_versioned: bool = True
    keys: dict[str, list[Version]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything."""
        self.keys.clear()
        self.order.clear()
        self.uploads.clear()

    def add(self, version: Version) -> None:
        """Keep *version* as the newest of its key."""
        if version.name not in self.keys:
            insort(self.order, version.name)
        self.keys.setdefault(version.name, []).append(version)

    def remove(self, version: Version) -> None:
        """Remove exactly this version."""
        versions = self.keys[version.name]
        versions.remove(version)
        if not versions:
            del self.keys[version.name]
            del self.order[bisect_left(self.order, version.name)]

    def current(self, key: str) -> Version | None:
        """Return the newest version under *key*."""
        versions = self.keys.get(key)
        return versions[-1] if versions else None

    def version(self, key: str, version_id: str | None) -> Version:
        """Return one version, the newest if none is named, or refuse as S3 does."""
        if version_id is None:
            found = self.current(key)
            if found is None:
                raise RefusedError("NoSuchKey", "The specified key does not exist.", 404)
            return found
        for each in self.keys.get(key, ()):
            if each.version_id == version_id:
                return each
        raise RefusedError("NoSuchVersion", "The specified version does not exist.", 404)

    def listed(self, prefix: str) -> Iterator[Version]:
        """Yield versions by key, the newest of each first."""
        for at in range(bisect_left(self.order, prefix), len(self.order)):
            key = self.order[at]
            if not key.startswith(prefix):
                return
            yield from reversed(self.keys[key])

    def upload(self, key: str, upload_id: str) -> Upload:
        """Return an unfinished upload, or refuse as S3 does."""
        found = self.uploads.get(upload_id)
        if found is None or found.key != key:
            raise RefusedError(
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload"
                " may have been aborted or completed.",
                404,
            )
        return found


def etag(content: bytes) -> str:
    """Return S3's ETag of *content*, in its quotes."""
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def this_second() -> datetime:
    """Return the time as S3 keeps it."""
    return datetime.now(UTC).replace(microsecond=0)
