"""Which version of a declared file counts: the first that is heard of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from intake.aws.files import Files
from intake.aws.uploads import LAPSED, UploadsBucket
from intake.inquiry import UPLOADS_LIVE, File

# How long to wait before looking again for what was declared, by the time since then.
_OFTEN, _SELDOM = timedelta(hours=1), timedelta(hours=12)
_FIRST_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Arrivals:
    """Rows of declared files, and where their objects should be."""

    files: Files
    uploads: UploadsBucket

    def pinned(self, file: File, message: Mapping[str, Any], now: datetime) -> File | None:
        """
        Return *file* with the version that counts; None if nothing has come.

        An event names the version; a look after a lost event ("") takes the oldest there is.
        """
        if file.version:
            return file
        if message["version"] and "size" in message:
            pinned = self.files.pin(file, message["version"], int(message["size"]), now)
            return pinned or self.files.find(file.inquiry, file.n)
        found = self.uploads.first(file.key)
        if found is None:
            self._wait(file, now)
            return None
        version, upload = found
        pinned = self.files.pin(file, version, upload.size, upload.arrived_at)
        return pinned or self.files.find(file.inquiry, file.n)

    def _wait(self, file: File, now: datetime) -> None:
        """Look again later, until nothing can come: S3 has given up, or no signature holds."""
        age = now - file.declared_at
        lapses = file.abandoned_at and file.abandoned_at + LAPSED
        if age >= UPLOADS_LIVE or (lapses and now >= lapses):
            self.files.give_up(file, now)
        else:
            self.files.look_again(file, lapses or now + (_OFTEN if age < _FIRST_DAY else _SELDOM))
