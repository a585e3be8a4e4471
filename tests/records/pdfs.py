"""PDFs, sound and otherwise, out of objects."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import pikepdf
from pikepdf import Array, Dictionary, Name, String

FIRST_PAGE = "FIRST_PAGE"  # stands for the page in an action


def made(
    *,
    root: Mapping[str, object] | None = None,
    page: Mapping[str, object] | None = None,
    loose: Callable[[], object] | None = None,
    pages: int = 1,
    created: str | None = None,
    packed: bool = False,
    font: bool = False,
    image: bool = False,
    **save: object,
) -> bytes:
    """
    Return a PDF whose catalogue and first page hold more than they need.

    *loose* makes an object that no program looks for; *packed* compresses objects.
    """
    pdf = pikepdf.new()
    for _page in range(pages):
        pdf.add_blank_page()
    first = pdf.pages[0].obj
    for holder, more in ((pdf.Root, root), (first, page)):
        for key, value in (more or {}).items():
            holder[key] = _with_page(value, first)
    if font or image:
        resources = first.Resources = Dictionary()
        if font:
            resources.Font = Dictionary(F1=pdf.make_indirect(Dictionary(Type=Name.Font)))
        if image:
            picture = pikepdf.Stream(pdf, b"\0", Type=Name.XObject, Subtype=Name.Image)
            resources.XObject = Dictionary(I1=picture)
    if loose is not None:
        # qpdf writes what is referred to alone: so an array that no program reads does.
        pdf.Root.Loose = Array([pdf.make_indirect(loose())])
    if created is not None:
        pdf.docinfo["/CreationDate"] = String(created)
    file = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    pdf.save(file, object_stream_mode=mode, deterministic_id=not save, **save)
    return file.getvalue()


def script(text: str = "app.alert(1)") -> Dictionary:
    """Return an action that runs JavaScript."""
    return Dictionary(S=Name.JavaScript, JS=String(text))


def locked(user: str = "", owner: str = "owner") -> bytes:
    """Return a PDF that opens with *user*, and may be printed with *owner*."""
    return made(encryption=pikepdf.Encryption(user=user, owner=owner))


def nested(depth: int) -> bytes:
    """Return a PDF with an array in an array, so many times over."""
    return _with_object(b"[" * depth + b"]" * depth)


def twice_named() -> bytes:
    """Return a PDF with a dictionary that says one thing twice."""
    return _with_object(b"<</A 1/A 2>>")


def bomb(size: int) -> bytes:
    """Return a small PDF with a text in it that unpacks to *size* bytes."""
    return made(loose=lambda: String("x" * size), packed=True)


def _with_object(text: bytes) -> bytes:
    content = made(loose=lambda: String("PLACE" * 20))
    start = content.index(b"(PLACE")
    end = content.index(b")", start) + 1
    return moved(content[:start] + text + content[end:])


def moved(content: bytes) -> bytes:
    """Return *content* with a table of where its objects are now."""
    places = {}
    at = content.find(b" 0 obj")
    while at >= 0:
        start = content.rfind(b"\n", 0, at) + 1
        places[int(content[start:at])] = start
        at = content.find(b" 0 obj", at + 1)
    table_at = content.index(b"xref\n")
    trailer = content[content.index(b"trailer") : content.index(b"startxref")]
    rows = b"".join(b"%010d 00000 n \n" % places[n] for n in sorted(places))
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, rows)
    return content[:table_at] + table + trailer + b"startxref\n%d\n%%%%EOF\n" % table_at


def added_to() -> bytes:
    """Return a PDF with an object added behind its end, by an xref stream that lists that alone."""
    content = made(packed=True)
    before, size, root = (
        int(content.rpartition(key)[2].split()[0]) for key in (b"startxref", b"/Size", b"/Root")
    )
    added = b"\n%d 0 obj\n<</Title(x)>>\nendobj\n" % size
    row = b"\x01%s\0" % (len(content) + 1).to_bytes(4, "big")
    head = b"/Type/XRef/Size %d/Root %d 0 R/Index[%d 1]/W[1 4 1]/Prev %d/Length %d" % (
        *(size + 2, root, size, before),
        len(row),
    )
    table = b"%d 0 obj\n<<%s>>stream\n%s\nendstream\nendobj\n" % (size + 1, head, row)
    return content + added + table + b"startxref\n%d\n%%%%EOF\n" % (len(content) + len(added))


def _with_page(value: object, page: object) -> object:
    if value == FIRST_PAGE:
        return page
    if isinstance(value, list):
        return Array([_with_page(each, page) for each in value])
    if isinstance(value, dict):
        return Dictionary({key: _with_page(each, page) for key, each in value.items()})
    return value
