"""Every extension on every type: the content decides, and a name that says otherwise is a doubt."""

from __future__ import annotations

from collections.abc import Iterator

from tests.records.hostile import sound
from tests.records.hostile.piece import CLEAN, Piece, refused

# What a hospital's own software calls them, beside the usual.
_ALSO = {"hl7": ("txt",), "fhir": ("xml",)}


def pieces() -> Iterator[Piece]:
    """Yield one file for each cell."""
    for extension in sound.EXTENSIONS:
        name = sound.a_name(extension)
        for kind, (make, own) in sound.ACCEPTED.items():
            # A name without an extension claims nothing.
            fits = extension in own or not extension or extension in _ALSO.get(kind, ())
            flags = frozenset() if fits else frozenset({"type_differs"})
            yield Piece(f"{kind} as .{extension}", make, (CLEAN,), name, flags=flags)
        for type_, make in sound.NEVER.items():
            yield refused(f"{type_} as .{extension}", "unknown_kind", make, name)
        office = "word_document" if extension in {"docx", "zip", ""} else None
        # A word processor's file by another name is a ZIP without scans; the hint may be either.
        reasons = (office,) if office else ("word_document", "no_images_found")
        expected = tuple(f"refused {reason}" for reason in reasons)
        yield Piece(f"word as .{extension}", sound.word, expected, name)
