"""Pictures, sound and otherwise, most of them written by hand so that no decoder is needed."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def pages(*sizes: tuple[int, int]) -> bytes:
    """Return a TIFF of grey pages."""
    first, *others = [Image.new("1", size) for size in sizes]
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def progressive(width: int = 1200, height: int = 1600) -> bytes:
    """Return a JPEG of several scans, with restarts between them and a thumbnail in its EXIF."""
    page = Image.effect_noise((width, height), 40)
    small = io.BytesIO()
    page.resize((160, 120)).save(small, "JPEG")
    file = io.BytesIO()
    exif = b"Exif\0\0" + small.getvalue()
    page.save(file, "JPEG", progressive=True, restart_marker_rows=4, exif=exif)
    return file.getvalue()


def heic(width: int = 3024, height: int = 4032, *, brand: bytes = b"heic") -> bytes:
    """Return the boxes of a HEIC with a large picture of many tiles, and pixels of none."""
    tile = _box(b"ispe", struct.pack(">4xII", 512, 512))
    whole = _box(b"ispe", struct.pack(">4xII", width, height))
    properties = _box(b"iprp", _box(b"ipco", tile + whole))
    meta = _box(b"meta", b"\0" * 4 + _box(b"hdlr", b"\0" * 24) + properties)
    return _box(b"ftyp", brand + b"\0\0\0\0mif1" + brand) + meta + _box(b"mdat", b"\0" * 64)


def wide_png(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and holds almost nothing."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 64)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def wide_jpeg(width: int, height: int) -> bytes:
    """Return a JPEG that says it is so large, and holds one byte."""
    frame = b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8" + frame + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + b"\x2a\xff\xd9"


def wide_tiff(width: int, height: int, *, follow: int = 0) -> bytes:
    """Return a TIFF that says it is so large; *follow* is where it says the next page is."""
    entries = ((256, 4, 1, width), (257, 4, 1, height), (273, 4, 1, 8), (279, 4, 1, 4))
    table = b"".join(struct.pack("<HHII", *each) for each in entries)
    return (
        b"II*\0"
        + struct.pack("<I", 12)
        + b"\0\0\0\0"
        + struct.pack("<H", 4)
        + table
        + (struct.pack("<I", follow))
    )


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def _chunk(name: bytes, content: bytes) -> bytes:
    whole = name + content
    return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))
