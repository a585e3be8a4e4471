"""How fast files are checked, kind by kind, and the most that any hostile one gets out of it."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median

from check_upload.inspection import look
from check_upload.inspection.result import Asked
from check_upload.inspector import Inspector, Usage
from tests.bench.figures import Fact, Figure, alternate, elapsed_ms
from tests.bench.plan import Plan
from tests.records import small
from tests.records.hostile.corpus import corpus
from tests.records.hostile.sound import ACCEPTED
from tests.records.hostile.zips import Entry, pack
from tests.records.reading import Bytes

MOST_MB, MOST_S = 256, 5
_EXTRA_MB = 64
_SLICES, _SLICE = 300, 512 * 512 * 2
_ASKED = Asked("IM00001", "application/octet-stream", "radiology")


def rows(plan: Plan) -> list[Figure | Fact]:
    """Check files that are here already: what S3 takes to hand them out is its own."""
    with _inspector() as inspector:
        return [
            *(_kind(inspector, plan, kind) for kind in ACCEPTED),
            *_folder_of_scans(inspector, plan),
            *_corpus(inspector, plan),
        ]


@contextmanager
def _inspector() -> Iterator[Inspector]:
    made = Inspector()
    try:
        _spent(made, small.pdf())
        yield made
    finally:
        made.close()


def _spent(inspector: Inspector, content: bytes) -> Usage:
    inspector.inspect(Bytes(content), _ASKED)
    used: Usage = inspector.last_usage
    return used


def _kind(inspector: Inspector, plan: Plan, kind: str) -> Figure:
    content = ACCEPTED[kind][0]()
    apart, here = alternate(
        plan.rounds(7),
        elapsed_ms(plan.rounds(5), partial(_spent, inspector, content)),
        elapsed_ms(plan.rounds(5), lambda: look.inspect_any(Bytes(content), _ASKED)),
    )
    title = f"check a small {kind}, {1000 / median(apart):.0f} a second"
    return Figure(title, "ms", apart, here, "in the same process, unlimited")


def _folder_of_scans(inspector: Inspector, plan: Plan) -> list[Figure | Fact]:
    """Compare reading the beginnings of a CT's slices in their ZIP with unpacking all of it."""
    many = 10 if plan.short else _SLICES
    content = _computed_tomography(many)
    scan, unpack = alternate(
        plan.rounds(5),
        elapsed_ms(1, partial(_spent, inspector, content)),
        elapsed_ms(1, partial(_unpacked, content)),
    )
    extra = _spent(inspector, content).peak_bytes - _spent(inspector, small.pdf()).peak_bytes
    megabytes = max(extra, 0) / 2**20
    return [
        Figure(f"check a ZIP of {many} CT slices", "ms", scan, unpack, "zipfile unpacks it", 0.5),
        Fact(
            "memory for it beyond a small file's",
            f"{megabytes:.0f} MB",
            megabytes <= _EXTRA_MB,
            f"<= {_EXTRA_MB} MB",
        ),
    ]


def _computed_tomography(slices: int) -> bytes:
    """Return a ZIP of slices whose pixels pack to about half, as real ones do."""
    pixels = bytearray(_SLICE)
    pixels[::2] = random.Random(1).randbytes(_SLICE // 2)  # noqa: S311  noise, no secret
    scan = small.dicom(bytes(pixels))
    press = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = press.compress(scan) + press.flush()
    return pack(*(Entry(f"DICOM/IM{n:05d}", scan, raw=packed) for n in range(slices)))


def _unpacked(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            archive.read(name)


def _corpus(inspector: Inspector, plan: Plan) -> list[Fact]:
    pieces = corpus()[:: 40 if plan.short else 1]
    contents = (content for piece in pieces if (content := piece.make()))
    used = [_spent(inspector, content) for content in contents]
    peak = max(each.peak_bytes for each in used) / 2**20
    slowest = max(each.cpu_s for each in used)
    return [
        Fact(
            f"hostile files, most memory of {len(used)}",
            f"{peak:.0f} MB",
            peak <= MOST_MB,
            f"<= {MOST_MB} MB",
        ),
        Fact(
            f"hostile files, most CPU of {len(used)}",
            f"{slowest:.1f} s",
            slowest <= MOST_S,
            f"<= {MOST_S} s",
        ),
    ]
