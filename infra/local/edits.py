"""Notices that somebody edits the forms while the world runs: on AWS that would be a deployment."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_AT_MOST_EVERY = 1.0  # seconds; a page and its files are asked for together


class Edits:
    """Looks at the JSON files of a folder, and does something once when they have changed."""

    def __init__(
        self,
        folder: Path,
        then: Callable[[], None],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember how *folder* is now; *then* is what a change calls for."""
        self._folder, self._then, self._seconds = folder, then, seconds
        self._guard = threading.Lock()
        self._looked = seconds()
        self._known = self._state()

    def look(self) -> None:
        """Look again, unless it was done in this very second."""
        with self._guard:
            if (seconds := self._seconds()) - self._looked < _AT_MOST_EVERY:
                return
            self._looked = seconds
            if (now := self._state()) != self._known:
                self._then()
                self._known = now

    def _state(self) -> Mapping[Path, tuple[int, int]]:
        found = {}
        for path in self._folder.rglob("*.json"):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue  # gone since it was listed
            found[path] = (told.st_mtime_ns, told.st_size)
        return found
