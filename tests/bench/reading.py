"""What looking into an archive costs beside unpacking it: a CT study as a hospital hands it out."""

from __future__ import annotations

import multiprocessing
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from check_upload.inspection.zipped import inspect_zip
from tests.bench.figures import Fact, Figure, alternate, cpu_ms
from tests.bench.plan import Plan
from tests.records import scans

SLICES, SIDE = 300, 512
GOAL = 1 / 2
MOST_EXTRA_MB = 64


@dataclass
class FileReader:
    """Reads pieces of a file, as the check reads pieces of an object."""

    path: Path

    @property
    def size(self) -> int:
        """How large the file is."""
        return self.path.stat().st_size

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes from *offset* on."""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Do nothing: the disk is near."""


def rows(plan: Plan) -> list[Figure | Fact]:
    """Measure both on the same file; the memory in a process that has made no file."""
    slices = 20 if plan.short else SLICES
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, mp_context=context) as apart:
        path = Path(folder, "ct.zip")
        pixels = _write(path, slices)
        extra = apart.submit(_extra_mb, path).result()
        ours, baseline = alternate(
            plan.rounds(9),
            cpu_ms(1, lambda: inspect_zip(FileReader(path))),
            cpu_ms(1, lambda: _unpack(path)),
        )
        title = f"headers of {slices} CT slices in a ZIP"
        size = f"{path.stat().st_size / 1e6:.0f} MB, {pixels / 1e6:.0f} unpacked"
    memory = f"{extra:.1f}"
    return [
        Figure(title, "ms", ours, baseline, "zipfile unpacking them", GOAL),
        Fact(
            f"{title}: extra memory, MB", memory, extra <= MOST_EXTRA_MB, "<= 64", size, "its size"
        ),
    ]


def _write(path: Path, slices: int) -> int:
    """Write the study; return its bytes unpacked."""
    of = scans.CT.as_(side=SIDE, noise=True)
    unpacked = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(1, slices + 1):
            content = scans.made(of.as_(n=n))
            unpacked += len(content)
            archive.writestr(f"DICOM/IM{n:05d}", content)
    return unpacked


def _unpack(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            archive.read(name)


def _extra_mb(path: Path) -> float:
    """Return by how much this process grew at the most; its imports are there before."""
    before = _peak_kib()
    found = inspect_zip(FileReader(path))
    grown = _peak_kib() - before
    if not found.facts.studies:
        raise LookupError("nothing was read")
    return grown / 1024


def _peak_kib() -> int:
    """Return this process's own peak; what getrusage says began with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)
