"""Sound archives and discs. What contradicts itself is made by `tests.records.hostile`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

import pycdlib

Files = Iterable[tuple[str, bytes]]


def zip_of(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of *files*, written by Python."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def streamed(files: Files, *, large: bool = False) -> bytes:
    """Return a ZIP as programs write it that can't go back: sizes follow each file."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

    file = Pipe()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            with archive.open(name, "w", force_zip64=large) as member:
                member.write(content)
    return file.getvalue()


def disc_of(files: Files, *, joliet: bool = False, rock_ridge: str | None = None) -> bytes:
    """Return an ISO 9660 image of *files*, in folders one deep at the most."""
    disc = pycdlib.PyCdlib()
    disc.new(interchange_level=3, joliet=3 if joliet else None, rock_ridge=rock_ridge)
    folders = set()
    for path, content in files:
        folder, _, name = path.rpartition("/")
        rock = bool(rock_ridge)
        if folder and folder not in folders:
            folders.add(folder)
            disc.add_directory(
                f"/{folder}",
                joliet_path=f"/{folder}" if joliet else None,
                rr_name=folder if rock else None,
            )
        at = f"/{folder}" if folder else ""
        disc.add_fp(
            io.BytesIO(content),
            len(content),
            f"{at}/{name};1",
            joliet_path=f"{at}/{name}" if joliet else None,
            rr_name=name if rock else None,
        )
    file = io.BytesIO()
    disc.write_fp(file)
    disc.close()
    return file.getvalue()
