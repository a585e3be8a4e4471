"""Small files that want to become large: in memory, on disk or in time."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import partial

from tests.records import labs, small
from tests.records.hostile import sound
from tests.records.hostile.piece import Piece, refused, stopped
from tests.records.hostile.zips import STORED, Entry, flat, folder_of, overlapping, pack

# What an archive that wants too much is: something a person looks at, or too many files.
_ARCHIVE = ("archive_unsafe", "too_many_files")
_PIXELS = "too_many_pixels"
_BROKEN = ("file_damaged", "check_unfinished")


def pieces() -> Iterator[Piece]:
    """Yield the files."""
    yield from _archives()
    yield from _pictures()
    yield from _texts()


def _archives() -> Iterator[Piece]:
    scan = Entry("IM00001", small.dicom())
    for name in ("BIG", "IM00002", "BIG.dcm", "BIG.pdf"):
        made = partial(_flat, scan, name)
        yield stopped(f"zip of 1 GB of zeros called {name}", made, *_ARCHIVE, "no_images_found")
    yield stopped("zip of 400 times 4 MB", _slices, *_ARCHIVE, "no_images_found")
    yield refused("zip in zip in zip, six deep", "zip_in_zip", partial(_nested, 6))
    many = partial(overlapping, Entry("IM00000", small.dicom()), 300)
    yield stopped("zip of 300 overlapping scans", many, *_ARCHIVE)
    large = Entry("IM00000", bytes(2**20))
    yield stopped("zip of 60,000 overlapping", partial(overlapping, large, 60_000), *_ARCHIVE)
    quoted = Entry("IM00000", small.dicom(), at=0)
    other = Entry("IM00001", small.dicom(), at=40)
    yield stopped("zip whose entries begin in each other", partial(pack, quoted, other), *_ARCHIVE)
    empty = partial(_empty_entries, 65_000)
    yield stopped("zip of 65,000 empty files", empty, *_ARCHIVE, "no_images_found")
    yield from _forged(scan)


def _forged(scan: Entry) -> Iterator[Piece]:
    """Archives whose directory says other sizes than there are."""
    told = {
        "a packed size of 2 GB": {"packed": 2**31 - 1},
        "an unpacked size of 4 GB": {"size": 2**32 - 2},
        "ten bytes for 64 MB": {"size": 10, "raw": flat(64)},
        "a place behind the end": {"at": 2**31 - 1},
    }
    for title, forged in told.items():
        made = partial(pack, scan, Entry("IM00002", small.dicom(), **forged))
        yield stopped(f"zip that tells of {title}", made, *_ARCHIVE, "file_damaged", "scan_damaged")
    broken = {
        "of more entries than there are": partial(pack, scan, count=9_000),
        "of fewer entries than there are": partial(pack, *[scan] * 3, count=1),
        "that ends in its directory": lambda: pack(scan)[:-30],
        "whose directory is noise": lambda: _noise(pack(scan)),
    }
    for title, make in broken.items():
        yield stopped(f"zip {title}", make, "archive_unsafe", "file_damaged")


def _flat(scan: Entry, name: str) -> bytes:
    raw, size = flat(1024), 2**30
    return pack(scan, Entry(name, raw=raw, size=size))


def _slices() -> bytes:
    return pack(*(Entry(f"IM{n:05d}", raw=flat(4), size=4 * 2**20) for n in range(400)))


def _nested(depth: int) -> bytes:
    content = small.dicom()
    for level in range(depth):
        content = folder_of([(f"{level}.zip" if level else "IM00001", content)])
    return content


def _empty_entries(count: int) -> bytes:
    return pack(*(Entry(f"F{n:05d}", method=STORED) for n in range(count)))


def _noise(packed: bytes) -> bytes:
    start = packed.index(b"PK\1\2")
    return packed[: start + 4] + b"\xff" * 42 + packed[start + 46 :]


def _pictures() -> Iterator[Piece]:
    yield stopped("PNG of 60,000 by 60,000", partial(png, 60_000, 60_000), _PIXELS)
    yield stopped("PNG wider than a number holds", partial(png, 2**31 - 1, 1), _PIXELS, *_BROKEN)
    # No text is unpacked here, and viewers bound it.
    yield Piece("PNG whose text unpacks to 1 GB", _png_text, ("clean", "refused file_damaged"))
    yield stopped("PNG of a million chunks", _png_chunks, *_BROKEN)
    yield stopped("JPEG of 65,000 by 65,000", _jpeg, _PIXELS)
    yield stopped("TIFF of 100,000 by 100,000", partial(tiff, 100_000, 100_000), _PIXELS)
    yield stopped("TIFF whose pages go in circles", partial(tiff, 100, 100, follow=8), *_BROKEN)
    yield stopped("TIFF of 100,000 pages", partial(_tiff_pages, 100_000), *_BROKEN, _PIXELS)
    yield stopped("HEIC of 65,000 by 65,000", _heic, _PIXELS, *_BROKEN)


def png(width: int, height: int) -> bytes:
    """Return a PNG that says it is this large, and holds a line of it."""
    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(999))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk (PNG, 5.3)."""
    body = kind + content
    return struct.pack(">L", len(content)) + body + struct.pack(">L", zlib.crc32(body))


def _png_text() -> bytes:
    text = b"Comment\0\0\x78\x9c" + flat(1024)
    png = small.picture("PNG")
    return png[:33] + chunk(b"zTXt", text) + png[33:]


def _png_chunks() -> bytes:
    sound_one = small.picture("PNG")
    return sound_one[:33] + chunk(b"teSt", b"") * 1_000_000 + sound_one[33:]


def _jpeg() -> bytes:
    jpeg = small.picture("JPEG")
    frame = jpeg.index(b"\xff\xc0")
    return jpeg[: frame + 5] + struct.pack(">HH", 65_000, 65_000) + jpeg[frame + 9 :]


def tiff(width: int, height: int, follow: int = 0) -> bytes:
    """Return a TIFF of one page of this size; *follow* is where it says the next one is."""
    tags = ((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1))
    strips = ((273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 8))
    entries = b"".join(struct.pack("<HHLL", *tag) for tag in (*tags, *strips))
    count = struct.pack("<H", len(tags) + len(strips))
    return b"II*\0" + struct.pack("<L", 8) + count + entries + struct.pack("<L", follow)


def _tiff_pages(pages: int) -> bytes:
    one = tiff(1200, 1600)[8:]
    out = bytearray(b"II*\0" + struct.pack("<L", 8))
    for n in range(1, pages + 1):
        follow = 8 + n * len(one) if n < pages else 0
        out += one[:-4] + struct.pack("<L", follow)
    return bytes(out)


def _heic() -> bytes:
    heic = bytearray(sound.heic())
    at = heic.index(b"ispe") + 8
    heic[at : at + 8] = struct.pack(">LL", 65_000, 65_000)
    return bytes(heic)


_UNREAD = ("unknown_kind", "file_damaged", "check_unfinished")


def _texts() -> Iterator[Piece]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    outside = '<!ENTITY f SYSTEM "file:///etc/passwd">'
    documents = {
        "that laughs a billion times": partial(
            labs.ccda, head=f"<!DOCTYPE x [{laughs}]>", body="&l11;"
        ),
        "that reads a file": partial(labs.ccda, head=f"<!DOCTYPE x [{outside}]>", body="&f;"),
        "that calls a server": partial(
            labs.ccda, head='<!DOCTYPE x SYSTEM "http://x.example/x.dtd">'
        ),
        "of half a million parts": partial(labs.ccda, body="<a/>" * 500_000),
        "nested 300,000 deep": partial(labs.ccda, body="<a>" * 300_000 + "</a>" * 300_000),
        "with 600,000 attributes": partial(_attributes, 600_000),
    }
    for title, make in documents.items():
        yield stopped(f"C-CDA {title}", make, *_UNREAD)
    bundles = {
        "nested 100,000 deep": lambda: b'{"resourceType":"Bundle","entry":' + b"[" * 100_000,
        "of a million parts": partial(labs.fhir, entries=[{}] * 1_000_000),
        "with a number of a million digits": lambda: labs.fhir().replace(b"12.5", b"9" * 1_000_000),
    }
    for title, make in bundles.items():
        yield stopped(f"FHIR {title}", make, *_UNREAD)
    fields = partial(labs.oru, "OBX" + "|" * 3_000_000)
    yield stopped("HL7 of three million fields", fields, "check_unfinished")


def _attributes(count: int) -> bytes:
    many = " ".join(f'a{n}=""' for n in range(count))
    return labs.ccda(body=f"<a {many}/>")
