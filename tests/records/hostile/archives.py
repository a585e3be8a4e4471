"""ZIP files and CD images: members that reach out, that hide, or that are programs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.records import small
from tests.records.hostile import sound
from tests.records.hostile.piece import Piece, harmless, refused, stopped, withheld
from tests.records.hostile.zips import FOLDER, STORED, SYMLINK, Entry, folder_of, pack

_UNSAFE = "archive_unsafe"
_NOTHING = ("scan_damaged", "no_images_found")


def pieces() -> Iterator[Piece]:
    """Yield the files."""
    yield from _names()
    yield from _members()
    yield from _discs()


def scan(name: str | bytes = "IM00001") -> Entry:
    """Return a member that is a sound scan."""
    return Entry(name, small.dicom())


def _names() -> Iterator[Piece]:
    for name in (
        *("../../etc/cron.d/x", "DICOM/../../x", "/etc/passwd", "..\\..\\x", "C:\\Windows\\x"),
        *("\\\\server\\share\\x", "DICOM/..", "a/../../b"),
    ):
        made = partial(pack, scan(), scan(name))
        yield withheld(f"zip with a member {name}", _UNSAFE, made, "cd.zip")
    link = Entry("DICOM/LINK", b"/etc/passwd", STORED, attributes=SYMLINK)
    yield withheld("zip with a symlink", _UNSAFE, partial(pack, scan(), link), "cd.zip")
    twice = partial(pack, scan(), Entry("IM00001", sound.program()))
    yield Piece("zip with one name twice", twice, ("withheld archive_unsafe", "clean"), "cd.zip")
    other = Entry("IM00001", small.dicom(), local_name=b"harm.exe")
    made = partial(pack, other)
    yield withheld("zip whose entry calls itself otherwise", _UNSAFE, made, "cd.zip")
    for name in ("knee\u202efdp.exe", "\U0001f9b4" * 60, "scan\n.dcm"):
        made = partial(pack, scan(name))
        yield Piece(f"zip with a member {name[:9]!a}", made, ("clean", "withheld archive_unsafe"))
    yield Piece(
        "zip with a name that is no text",
        partial(pack, Entry(b"\xff\xfe\xfd", small.dicom(), flags=0x800)),
        ("clean", "withheld archive_unsafe"),
    )
    yield stopped("zip with a name of 60 kB", partial(pack, scan("D/" * 30_000 + "I")), _UNSAFE)


def _members() -> Iterator[Piece]:
    inner = sound.zipped()
    yield refused("zip in a zip", "zip_in_zip", partial(folder_of, [("inner.zip", inner)]), "a.zip")
    hidden = [("IM00001", small.dicom()), ("IM00002", inner)]
    beside = partial(folder_of, hidden)
    yield harmless("zip in a zip by another name", beside, "programs_left_out", name="a.zip")
    alone = partial(folder_of, hidden[1:])
    yield refused("zip in a zip by another name, alone", "zip_in_zip", alone, "a.zip")
    yield refused("zip of nothing", "no_images_found", pack, "a.zip")
    folders = partial(pack, Entry("DICOM/", attributes=FOLDER))
    yield refused("zip of folders", "no_images_found", folders, "a.zip")
    only = partial(folder_of, [("setup.exe", sound.program())])
    yield refused("zip of a program", "no_images_found", only, "a.zip")
    page = partial(folder_of, [("index.html", sound.HTML)])
    yield refused("zip of a page", "no_images_found", page, "a.zip")
    bad = sound.program().ljust(128, b"\0")[:128] + small.dicom()[128:]
    beside = partial(folder_of, [("IM1", small.dicom()), ("IM2", bad)])
    yield withheld("zip with a scan that is a program", "two_things", beside, "a.zip")
    active = partial(folder_of, [("IM1", small.dicom()), ("report.pdf", _active())])
    yield Piece(
        "zip with a PDF that acts",
        active,
        ("refused pdf_active", "withheld archive_unsafe", "clean"),
        "a.zip",
    )
    cd = [
        ("DICOM/IM00001", small.dicom()),
        ("AUTORUN.INF", b"[autorun]\r\nopen=VIEWER.EXE\r\n"),
        ("VIEWER.EXE", sound.program()),
        ("LINUX/VIEWER", sound.ELF),
        ("HELP.HTM", sound.HTML),
    ]
    made = partial(folder_of, cd)
    yield harmless("zip of a CD with its viewer", made, "programs_left_out", name="cd.zip")
    disguised = partial(folder_of, [("IM1", small.dicom()), ("IM2", sound.program())])
    yield harmless("zip with a program named as a scan", disguised, "programs_left_out")


def _discs() -> Iterator[Piece]:
    held = (("DICOM/IM00001.;1", small.dicom()), ("VIEWER.EXE;1", sound.program()))
    viewer = partial(sound.iso, *held)
    yield harmless("CD with its viewer", viewer, "programs_left_out", name="cd.iso")
    program = partial(sound.iso, ("SETUP.EXE;1", sound.program()))
    yield refused("CD of a program", "no_images_found", program, "cd.iso")
    inner = partial(sound.iso, ("A.ZIP;1", sound.zipped()))
    yield refused("CD with a zip alone", "zip_in_zip", inner, "cd.iso")
    odd = {
        "whose file's name points upwards": partial(_renamed, b"../../../x"),
        "whose file's name is absolute": partial(_renamed, b"/etc/pass1"),
        "whose root is inside itself": _looped,
        "whose files lie behind its end": _far,
    }
    for title, make in odd.items():
        yield stopped(
            f"CD {title}", make, _UNSAFE, "file_damaged", "scan_damaged", "no_images_found"
        )


def _active() -> bytes:
    return small.pdf().replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(1)>>")


def _renamed(name: bytes) -> bytes:
    return sound.iso().replace(b"IM00001.;1", name)


def _looped() -> bytes:
    """Point the one file's record at the root folder, and call it a folder (ECMA-119, 9.1)."""
    disc = bytearray(sound.iso())
    record = disc.index(b"IM00001.;1") - 33
    root = 16 * 2048 + 156
    disc[record + 2 : record + 18] = disc[root + 2 : root + 18]
    disc[record + 25] |= 2
    return bytes(disc)


def _far() -> bytes:
    disc = bytearray(sound.iso())
    record = disc.index(b"IM00001.;1") - 33
    disc[record + 2 : record + 6] = b"\xff\xff\xff\x0f"
    disc[record + 6 : record + 10] = b"\x0f\xff\xff\xff"
    return bytes(disc)
