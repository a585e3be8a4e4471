"""One small file of each type, under no name: what is accepted, and what never is."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache

import pikepdf
import pillow_heif
import pycdlib
from PIL import Image

from tests.records import labs, small
from tests.records.hostile.zips import folder_of

# The program that every scanner knows: harmless, but one in one piece would stop every scanner
# that looks at this repository.
EICAR = b"".join(
    (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-", b"ANTIVIRUS-TEST-", b"FILE!$H+H*")
)
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
ELF = b"\x7fELF\x02\x01\x01".ljust(64, b"\0")
SCRIPT = b"#!/bin/sh\necho harm\n"


@cache
def heic() -> bytes:
    """Return an empty page as HEIC."""
    file = io.BytesIO()
    image = Image.new("RGB", (1200, 1600), "white")
    pillow_heif.from_pillow(image).save(file, quality=10)
    return file.getvalue()


@cache
def iso(*held: tuple[str, bytes]) -> bytes:
    """Return a CD image of files by their ISO 9660 names; of one scan if none is given."""
    disc, file = pycdlib.PyCdlib(), io.BytesIO()
    disc.new(interchange_level=3)
    folders = {name.rpartition("/")[0] for name, _ in held} - {""}
    for folder in sorted(folders):
        disc.add_directory(f"/{folder}")
    for name, content in held or (("IM00001.;1", small.dicom()),):
        disc.add_fp(io.BytesIO(content), len(content), f"/{name}")
    disc.write_fp(file)
    disc.close()
    return file.getvalue()


@cache
def zipped() -> bytes:
    """Return a ZIP with one scan."""
    return folder_of([("DICOM/IM00001", small.dicom())])


@cache
def word() -> bytes:
    """Return what a word processor saves, in as far as any program looks."""
    return folder_of(
        [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>")]
    )


@cache
def program() -> bytes:
    """Return a Windows program's beginning (PE format, "MS-DOS stub" and signature)."""
    stub = b"MZ".ljust(60, b"\0") + struct.pack("<L", 64)
    return stub + b"PE\0\0\x64\x86" + bytes(512)


@cache
def locked_pdf(*, user: str = "", owner: str = "owner", revision: int = 6) -> bytes:
    """Return a PDF under these passwords."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(small.pdf())) as pdf:
        pdf.save(file, encryption=pikepdf.Encryption(user=user, owner=owner, R=revision))
    return file.getvalue()


# What is accepted, by kind: where each is kept, and what its files are called.
ACCEPTED: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "pdf": (small.pdf, ("pdf",)),
    "jpeg": (lambda: small.picture("JPEG"), ("jpg", "jpeg")),
    "png": (lambda: small.picture("PNG"), ("png",)),
    "tiff": (lambda: small.picture("TIFF"), ("tif", "tiff")),
    "heic": (heic, ("heic",)),
    "dicom": (small.dicom, ("dcm", "")),
    "zip": (zipped, ("zip",)),
    "iso": (iso, ("iso",)),
    "fhir": (labs.fhir, ("json",)),
    "ccda": (labs.ccda, ("xml",)),
    "hl7": (labs.oru, ("hl7",)),
}
NEVER: dict[str, Callable[[], bytes]] = {
    "html": lambda: HTML,
    "svg": lambda: SVG,
    "exe": program,
    "elf": lambda: ELF,
    "script": lambda: SCRIPT,
    "txt": lambda: b"Hemoglobin 12.5 g/dL\n" * 40,
    "xml": lambda: b"<?xml version='1.0'?><feed><entry/></feed>",
    "json": lambda: b'{"resourceType":"Patient","id":"1"}',
    "gif": lambda: b"GIF89a\1\0\1\0\0\0\0;",
    "eicar": lambda: EICAR,
    "link": lambda: b"L\0\0\0\1\x14\2\0" + bytes(80),
    "rar": lambda: b"Rar!\x1a\7\1\0" + bytes(80),
}
EXTENSIONS = (
    *("pdf", "jpg", "png", "tif", "heic", "dcm", "zip", "iso", "docx", "html", "svg", "exe"),
    *("txt", "xml", "json", "hl7", ""),
)


def a_name(extension: str) -> str:
    """Return the name of a file with this *extension*, or with none."""
    return f"scan.{extension}" if extension else "IM00001"
