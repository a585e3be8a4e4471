"""PDFs that act, that hold other files, or that cost more to read than they weigh."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import partial

from tests.records import small
from tests.records.hostile import sound
from tests.records.hostile.piece import Piece, harmless, refused, stopped

_JS = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
_BROKEN = ("file_damaged", "check_unfinished", "pdf_active")
_MAYBE = ("clean", *(f"{each} {reason}" for each in ("refused", "withheld") for reason in _BROKEN))
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]%s>>"

# What the catalogue (ISO 32000-2, 7.7.2) may say that makes a program of a document.
_ACTING = {
    "runs a script on opening": b"/OpenAction" + _JS,
    "starts a program on opening": b"/OpenAction<</S/Launch/F(cmd.exe)>>",
    "sends itself somewhere": b"/OpenAction<</S/SubmitForm/F(https://x.example/)>>",
    "opens a page of the web": b"/OpenAction<</S/URI/URI(https://x.example/)>>",
    "opens another file": b"/OpenAction<</S/GoToR/F(\\\\\\\\x.example\\\\share)/D[0/Fit]>>",
    "runs a script on closing": b"/AA<</WC" + _JS + b">>",
    "names a script": b"/Names<</JavaScript<</Names[(a)" + _JS + b"]>>>>",
    "names a script in code": b"/Names<</#4aavaScript<</Names[(a)<</S/#4aavaScript/#4aS(1)>>]>>>>",
    "holds a file": b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.exe)>>]>>>>",
    "holds a form of its own kind": b"/AcroForm<</Fields[]/XFA[(a)(b)]>>",
    "plays a film": b"/Extra<</Subtype/RichMedia>>",
    "runs a script after another": b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next" + _JS + b">>",
}
_ROOT = b"<</Type/Catalog/Pages 2 0 R%s>>"
_BLANKS = b" " * 2**20
_IN_PAGE = {
    "a page that runs a script": b"/AA<</O" + _JS + b">>",
    "a button that runs a script": b"/Annots[<</Subtype/Widget/A" + _JS + b">>]",
    "a button that starts a program": b"/Annots[<</Subtype/Link/A<</S/Launch/F(a.exe)>>>>]",
    "a pinned file": b"/Annots[<</Subtype/FileAttachment/FS<</F(a.exe)/EF<</F 4 0 R>>>>>>]",
    "a film": b"/Annots[<</Subtype/Movie/Movie<</F(a.mov)>>>>]",
}


def pieces() -> Iterator[Piece]:
    """Yield the files."""
    for title, says in _ACTING.items():
        yield refused(f"PDF that {title}", "pdf_active", partial(catalogue, says), "a.pdf")
    for title, says in _IN_PAGE.items():
        yield refused(f"PDF with {title}", "pdf_active", partial(page, says), "a.pdf")
    hidden = partial(in_object_stream, b"<</Type/Catalog/Pages 2 0 R/OpenAction" + _JS + b">>")
    yield refused("PDF that hides a script in an object stream", "pdf_active", hidden, "a.pdf")
    moves = partial(catalogue, b"/OpenAction[3 0 R/Fit]")
    yield harmless("PDF that opens at a page", moves, "opens_itself", name="a.pdf")
    link = b"/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://x.example/)>>>>]"
    yield harmless("PDF with a link to click", partial(page, link), name="a.pdf")
    yield harmless("PDF with EICAR in a stream", partial(small.pdf, sound.EICAR), name="a.pdf")
    yield from _costly()
    yield from _looping()


def document(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Return a PDF of *objects*, numbered from 1 (ISO 32000-2, 7.5)."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for n, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(out))
    return bytes(out) + head + table + end


def _with(root: bytes = b"", in_page: bytes = b"", *more: bytes) -> bytes:
    pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    rest = more or (stream(b""),)
    return document((_ROOT % root, pages, _PAGE % in_page, *rest))


catalogue = _with


def page(says: bytes) -> bytes:
    """Return a PDF whose page says more."""
    return _with(b"", says)


def stream(content: bytes, says: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), says, content)


def in_object_stream(root: bytes, packed: bytes | None = None) -> bytes:
    """Return a PDF whose catalogue lies in an object stream (ISO 32000-2, 7.5.7)."""
    held = b"1 0 " + root
    press = zlib.compress(held) if packed is None else packed
    says = b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode"
    parts = (
        (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        (3, _PAGE % b""),
        (4, stream(press, says)),
    )
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for n, each in parts:
        places[n] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (n, each)
    rows = [(0, 0, 255), (2, 4, 0), *((1, places[n], 0) for n in (2, 3, 4)), (1, len(out), 0)]
    table = b"".join(bytes((a,)) + b.to_bytes(4, "big") + bytes((c,)) for a, b, c in rows)
    xref = stream(table, b"/Type/XRef/Size 6/W[1 4 1]/Root 1 0 R")
    return bytes(out) + b"5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (xref, len(out))


def flate(megabytes: int) -> bytes:
    """Return so many megabytes of blanks as FlateDecode packs them, at 1000 to 1."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = press.compress(_BLANKS) + press.flush(zlib.Z_FULL_FLUSH)
    check = 1
    for _ in range(megabytes):
        check = zlib.adler32(_BLANKS, check)
    return b"\x78\xda" + block * megabytes + press.flush() + check.to_bytes(4, "big")


def _extra(begin: bytes, end: bytes, times: int) -> bytes:
    return _with(b"/Extra " + begin * times + end * times)


def _of_page(contents: bytes) -> bytes:
    return _with(b"", b"/Contents 4 0 R", contents)


def _of_picture() -> bytes:
    says = b"/Subtype/Image/Width 60000/Height 60000/Filter/FlateDecode"
    shown = b"/Resources<</XObject<</I 4 0 R>>>>"
    return _with(b"", shown, stream(flate(64), says))


def _packed(megabytes: int, *, twice: bool = False) -> bytes:
    if twice:
        packed = zlib.compress(flate(megabytes), 9)
        return stream(packed, b"/Filter[/FlateDecode/FlateDecode]")
    return stream(flate(megabytes), b"/Filter/FlateDecode")


def _costly() -> Iterator[Piece]:
    for title, make in {
        "whose page unpacks to 512 MB": lambda: _of_page(_packed(512)),
        "whose page is packed twice": lambda: _of_page(_packed(1024, twice=True)),
        "of a picture of 60,000 by 60,000": _of_picture,
        "that has a billion pages": lambda: _with().replace(b"/Count 1", b"/Count 999999999"),
        "of 100,000 objects": lambda: _with(b"", b"", *[b"[1 0 R]"] * 100_000),
        "nested 100 deep": partial(_extra, b"[", b"]", 100),
        "with a name of 2 MB": partial(_extra, b"/" + b"A" * 2_000_000, b"", 1),
    }.items():
        # What viewers draw is not unpacked here, and they have limits of their own.
        yield Piece(f"PDF {title}", make, _MAYBE, "a.pdf")
    for title, make in {
        "whose objects unpack to 512 MB": lambda: in_object_stream(b"", flate(512)),
        "nested 100,000 deep": partial(_extra, b"[", b"]", 100_000),
        "nested 100,000 deep in dictionaries": partial(_extra, b"<</A", b">>", 100_000),
    }.items():
        yield stopped(f"PDF {title}", make, *_BROKEN, name="a.pdf")


def _looping() -> Iterator[Piece]:
    kids = b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"
    for title, make in {
        "whose pages go in circles": lambda: document((_ROOT % b"", kids, _PAGE % b"")),
        "whose tables go in circles": lambda: small.pdf().replace(b"/Root 1", b"/Prev 9/Root 1"),
        "without a table": lambda: small.pdf().rpartition(b"xref\n0 5")[0],
    }.items():
        yield Piece(f"PDF {title}", make, _MAYBE, "a.pdf")
    yield refused("PDF with a script 50,000 steps away", "pdf_active", _far_away, "a.pdf")


def _far_away() -> bytes:
    chain = [b"<</Next %d 0 R>>" % (n + 1) for n in range(5, 50_000)]
    return _with(b"/Extra 5 0 R", b"", stream(b""), *chain, _JS)
