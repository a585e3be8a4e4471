"""What a form accepts as a record: for the browser's picker, and in words for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from intake.words import Words

_DICOM = "application/dicom"
_SAID = {
    "application/pdf": "pdf",
    **dict.fromkeys(("image/jpeg", "image/png", "image/tiff", "image/heic"), "photo"),
    _DICOM: "dicom",
    **dict.fromkeys(("application/zip", "application/x-iso9660-image"), "disc"),
    **dict.fromkeys(
        ("application/fhir+json", "application/xml", "x-application/hl7-v2+er7"), "data"
    ),
}
# What these are called on a disc: few browsers know their types.
_ENDINGS = {
    "image/heic": (".heic", ".heif"),
    "application/fhir+json": (".json",),
    "application/xml": (".xml",),
    "x-application/hl7-v2+er7": (".hl7",),
    "application/x-iso9660-image": (".iso",),
}


def accepted(types: Collection[str]) -> str:
    """Return the file types to offer; none where DICOM may come, whose files have no ending."""
    endings = [ending for type_ in types for ending in _ENDINGS.get(type_, ())]
    return "" if _DICOM in types else ",".join([*types, *endings])


def said_types(words: Words, types: Iterable[str]) -> str:
    """Say in words what kinds of file may be added: of the names of types few mean anything."""
    kinds = dict.fromkeys(_SAID[each] for each in types)
    return words.listed(words.text(f"page.types.{kind}") for kind in kinds)
