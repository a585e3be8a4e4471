"""Files of our pages, under names that change whenever a file does."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from intake import http
from intake.errors import NotFoundError
from intake.pages import assets

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# The forms' script once more, for sites that would rather have the newest than check a hash.
ELEMENT = "clinic-inquiry.js"
_SOON = "public, max-age=300"
_FOR_EVER = "public, max-age=31536000, immutable"
_DIGITS = 16  # of the hash; a name must change, not withstand an attack
# How the page names a file ("/site/team.css") and one module another ("./words.js").
_NAMED = re.compile(r'(?<=")(/site/|\./)([\w.-]+)(?=")')


@dataclass(frozen=True)
class Site:
    """The files by their published names, and the page that uses them."""

    files: Mapping[str, str]
    page: str

    def file(self, name: str) -> http.Reply:
        """
        Return the file published as *name*; raise NotFoundError for any other name.

        The name comes from a URL: it is looked up among the few there are, never made a path.
        Another content has another name, so browsers need never ask again; but for one.
        """
        if name not in self.files:
            raise NotFoundError
        return http.reply(
            200,
            _TYPES[PurePosixPath(name).suffix],
            self.files[name],
            Cache_Control=_SOON if name == ELEMENT else _FOR_EVER,
            # Other sites show the forms. Where the API has rules of its own it drops this, and says
            # its own word to whoever names an origin: so what a browser kept of a page of ours,
            # which names none, must not be what another site gets.
            Access_Control_Allow_Origin="*",
            Vary="Origin",
        )


def read_site(folder: Path | str) -> Site:
    """Read the team's page and its files from *folder*, and the script of the forms."""
    sources = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(Path(folder).rglob("*"))
        if path.suffix in _TYPES
    }
    names = _published(sources)
    files = {names[name]: _renamed(text, names) for name, text in sources.items()}
    files[PurePosixPath(assets.script_path()).name] = files[ELEMENT] = assets.script()
    files[PurePosixPath(assets.element_style_path()).name] = assets.element_style()
    index = (Path(folder) / "index.html").read_text(encoding="utf-8")
    return Site(files, _renamed(index, names))


def _published(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the published name of each file: one hash for all, since they name each other."""
    whole = hashlib.sha256()
    for name, text in sources.items():
        whole.update(f"{name}\0{text}\0".encode())
    digest = whole.hexdigest()[:_DIGITS]
    return {name: f"{Path(name).stem}.{digest}{Path(name).suffix}" for name in sources}


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Return *text* with published names; a file that is not there raises LookupError."""

    def rename(found: re.Match[str]) -> str:
        if found[2] not in names:
            raise LookupError(f"the website has no {found[2]}")
        return found[1] + names[found[2]]

    return _NAMED.sub(rename, text)
