"""Files that came in part, or that nobody can open; and names that lie about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.records import small
from tests.records.hostile import sound
from tests.records.hostile.piece import Piece, harmless, refused, stopped
from tests.records.hostile.zips import AES, DEFLATED, ENCRYPTED, Entry, pack

# Where the mark of its kind is cut off, nothing is left to tell what it was.
_EITHER = ("file_damaged", "scan_damaged", "unknown_kind")

# Right-to-left override: shown as "scan_exe.pdf" with the last letters turned round.
_TURNED = "scan_\u202efdp.exe"
_LONG = "\U0001f9b4" * 60 + ".dcm"


def pieces() -> Iterator[Piece]:
    """Yield the files."""
    yield refused("empty", "empty_file", bytes)
    for kind, (make, _) in sound.ACCEPTED.items():
        for share in (2, 10):
            yield stopped(f"{kind} cut to one {share}th", partial(_cut, make, share), *_EITHER)
    yield from _locked()
    for name in (_TURNED, "knee\u2066.dcm", "scan\u200b.dcm", "scan.dcm\0.exe"):
        yield harmless(f"a name with {name!a}", small.dicom, "odd_name", name=name)
    yield harmless("a name of four bytes a letter", small.dicom, name=_LONG)
    yield harmless("a name that is a path", small.dicom, name="../../etc/scan.dcm")
    yield harmless("two extensions", small.pdf, "type_differs", name="report.pdf.exe")
    yield refused("two extensions and a program", "unknown_kind", sound.program, "scan.exe.dcm")


def _cut(make: Callable[[], bytes], share: int) -> bytes:
    content = make()
    return content[: len(content) // share]


def _locked() -> Iterator[Piece]:
    scan = small.dicom()
    yield refused("pdf under a password", "pdf_locked", partial(sound.locked_pdf, user="user"))
    yield refused(
        "pdf under an old password",
        "pdf_locked",
        partial(sound.locked_pdf, user="user", revision=4),
    )
    # It forbids printing, and opens for everybody.
    yield harmless("pdf that its owner locked", sound.locked_pdf, name="a.pdf")
    for title, method in (("ZipCrypto", DEFLATED), ("AES", AES)):
        locked = Entry("IM00001", scan, method, ENCRYPTED)
        yield refused(f"zip under {title}", "zip_locked", partial(pack, locked))
    mixed = (Entry("IM00001", scan), Entry("IM00002", scan, DEFLATED, ENCRYPTED))
    yield refused("zip with one locked member", "zip_locked", partial(pack, *mixed))
