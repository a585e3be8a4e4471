"""Files that are two things at once: one that passes, and one that some program opens or runs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from tests.records import labs, small
from tests.records.hostile import sound
from tests.records.hostile.piece import Piece, harmless, stopped, withheld
from tests.records.hostile.zips import Entry, pack

_TWO = ("two_things", "unknown_kind", "file_damaged")


def pieces() -> Iterator[Piece]:
    """Yield the files."""
    yield from _preambles()
    yield from _behind_scans()
    yield from _archives_behind()
    yield from _pages()
    yield from _texts()


def in_preamble(make: Callable[[], bytes]) -> bytes:
    """Return a scan whose first 128 bytes, which DICOM leaves free, begin as another file does."""
    return make()[:128].ljust(128, b"\0") + small.dicom()[128:]


def _preambles() -> Iterator[Piece]:
    starts = {
        "PE": sound.program,
        "ELF": sound.NEVER["elf"],
        "HTML": sound.NEVER["html"],
        "SVG": sound.NEVER["svg"],
        "PDF": small.pdf,
        "script": sound.NEVER["script"],
        "batch file": lambda: b"@echo off\r\ndel *\r\n",
        "ZIP": sound.zipped,
        "RAR": sound.NEVER["rar"],
        "7z": lambda: b"7z\xbc\xaf\x27\x1c",
        "cabinet": lambda: b"MSCF\0\0\0\0",
        "JPEG": partial(small.picture, "JPEG"),
        "EICAR": sound.NEVER["eicar"],
        "FHIR": labs.fhir,
        "HL7": labs.oru,
    }
    for title, make in starts.items():
        yield withheld(f"DICOM with {title} before it", "two_things", partial(in_preamble, make))
    # Written by scanners for programs that know TIFF alone (PS3.10, 7.1).
    dual = partial(in_preamble, lambda: b"II*\0\x08\0\0\0")
    yield harmless("DICOM with a TIFF header before it", dual)


def _behind(front: Callable[[], bytes], rest: Callable[[], bytes]) -> bytes:
    return front() + rest()


def _behind_scans() -> Iterator[Piece]:
    for title in ("html", "exe", "elf"):
        make = partial(_behind, small.dicom, sound.NEVER[title])
        yield withheld(f"DICOM with {title} behind it", "two_things", make)
    # Some scanners do fill up, and the team is told.
    filled = partial(_behind, small.dicom, lambda: b"\xff" * 100)
    yield harmless("DICOM with noise behind it", filled, "trailing_bytes")


def _archives_behind() -> Iterator[Piece]:
    """A ZIP is found from its end, so it may stand behind anything (GIFAR)."""
    member = Entry("Harm.class", b"\xca\xfe\xba\xbe" + bytes(60))
    fronts = {
        "DICOM": small.dicom,
        "PDF": small.pdf,
        "JPEG": partial(small.picture, "JPEG"),
        "PNG": partial(small.picture, "PNG"),
        "TIFF": partial(small.picture, "TIFF"),
        "HEIC": sound.heic,
        "ISO": sound.iso,
        "PE": sound.program,
        "GIF": sound.NEVER["gif"],
        "HTML": sound.NEVER["html"],
    }
    for title, front in fronts.items():
        make = partial(_zip_behind, member, front)
        yield stopped(f"{title} with a ZIP behind it", make, *_TWO)
    scan = Entry("IM00001", small.dicom())
    mixed = {
        "PE with a ZIP of scans behind it": partial(_zip_behind, scan, sound.program),
        "ZIP with PDF behind it": partial(_behind, sound.zipped, small.pdf),
        "ZIP with PDF as its comment": lambda: pack(scan, after=small.pdf()),
        "ISO with PE before it": partial(_before_disc, sound.program),
        "ISO with PDF before it": partial(_before_disc, small.pdf),
        "ISO with a scan before it": partial(_before_disc, small.dicom),
    }
    for title, make in mixed.items():
        yield stopped(title, make, *_TWO, "archive_unsafe")


def _zip_behind(entry: Entry, front: Callable[[], bytes]) -> bytes:
    return pack(entry, before=front())


def _before_disc(start: Callable[[], bytes]) -> bytes:
    """Fill the 16 sectors that ISO 9660 leaves to whoever boots from a disc (ECMA-119, 6.2.1)."""
    return start().ljust(32768, b"\0") + sound.iso()[32768:]


def _pages() -> Iterator[Piece]:
    """Pages of the web inside or behind what is shown as a picture or as paper."""
    html, pdf = sound.NEVER["html"], partial(small.pdf, b"x" * 9_000)
    mixed = {
        "PDF with HTML before it": partial(_behind, html, pdf),
        "PDF with a script before it": partial(_behind, sound.NEVER["script"], pdf),
        "PDF with HTML behind it": partial(_behind, pdf, html),
        "PDF with PE behind it": partial(_behind, pdf, sound.program),
        "PNG with HTML behind it": partial(_behind, partial(small.picture, "PNG"), html),
        "JPEG with HTML behind it": partial(_behind, partial(small.picture, "JPEG"), html),
        "PNG with HTML in a text": partial(with_chunk, b"tEXt", b"Comment\0" + sound.HTML),
        "JPEG with HTML in a comment": partial(with_comment, sound.HTML),
        "JPEG that begins as BMP": lambda: b"BM" + small.picture("JPEG"),
    }
    for title, make in mixed.items():
        yield stopped(title, make, *_TWO)


def _texts() -> Iterator[Piece]:
    """Documents that a browser would show, and run what is in them."""
    run = "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>"
    mixed = {
        "C-CDA with a script": partial(labs.ccda, body=run),
        "HTML around a C-CDA": lambda: b"<html>" + labs.ccda().partition(b"?>")[2] + b"</html>",
        "C-CDA with HTML behind it": partial(_behind, labs.ccda, sound.NEVER["html"]),
        "FHIR with HTML behind it": partial(_behind, labs.fhir, sound.NEVER["html"]),
    }
    for title, make in mixed.items():
        yield stopped(title, make, *_TWO)


def with_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a PNG with one more chunk behind its header (PNG, 5.3)."""
    png, body = small.picture("PNG"), kind + content
    chunk = struct.pack(">L", len(content)) + body + struct.pack(">L", zlib.crc32(body))
    return png[:33] + chunk + png[33:]


def with_comment(content: bytes) -> bytes:
    """Return a JPEG with a comment (ISO 10918-1, B.2.4.5)."""
    jpeg = small.picture("JPEG")
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(content) + 2) + content + jpeg[2:]
