"""What a file's name and declared type say against its content: doubts, and never a refusal."""

from __future__ import annotations

import re
import unicodedata

from check_upload.inspection.result import Asked

_DIFFERS, _ODD = "type_differs", "odd_name"

# What each extension means here. Files without one, or with part of a DICOM UID, say nothing.
_EXTENSIONS = {
    "pdf": ("pdf",),
    "jpg": ("jpeg",),
    "jpeg": ("jpeg",),
    "jpe": ("jpeg",),
    "png": ("png",),
    "tif": ("tiff",),
    "tiff": ("tiff",),
    "heic": ("heic",),
    "heif": ("heic",),
    "dcm": ("dicom",),
    "dicom": ("dicom",),
    "zip": ("zip",),
    "iso": ("iso",),
    "json": ("fhir",),
    "xml": ("ccda", "fhir"),
    "hl7": ("hl7",),
}
_TYPES = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpeg",),
    "image/jpg": ("jpeg",),
    "image/png": ("png",),
    "image/tiff": ("tiff",),
    "image/heic": ("heic",),
    "image/heif": ("heic",),
    "application/dicom": ("dicom",),
    "application/zip": ("zip",),
    "application/x-zip-compressed": ("zip",),
    "application/x-iso9660-image": ("iso",),
    "application/json": ("fhir",),
    "application/fhir+json": ("fhir",),
    "application/xml": ("ccda",),
    "text/xml": ("ccda",),
}
# What they mean is none of our kinds, whatever the content is.
_FOREIGN_EXTENSIONS = frozenset(
    (
        *("exe", "com", "scr", "msi", "bat", "cmd", "ps1", "vbs", "js", "jar", "app", "apk"),
        *("dll", "lnk", "sh", "py", "htm", "html", "xhtml", "svg", "doc", "docx", "xls", "xlsx"),
        *("ppt", "pptx", "rtf", "odt", "gif", "bmp", "webp", "mp4", "mov", "avi", "rar", "7z"),
        *("gz", "tar", "txt", "csv"),
    )
)
_FOREIGN_TYPES = ("text/html", "image/svg", "image/gif", "image/webp", "video/", "audio/")
# Persian, the scripts of India and emoji are written with these; all other invisible ones turn a
# name round or hide a part of it.
_JOINERS = "\u200c\u200d"
_PADDED = re.compile(r"\s{3,}|[/\\]|^\s|\s$|\.\.")


def doubts(kind: str, asked: Asked) -> tuple[str, ...]:
    """Return flags: name or type mean another kind, or the name is one that misleads."""
    found = []
    if _means_other(kind, asked):
        found.append(_DIFFERS)
    if _is_odd(asked.name):
        found.append(_ODD)
    return tuple(found)


def _means_other(kind: str, asked: Asked) -> bool:
    extension = asked.name.lower().rpartition(".")[2].strip()
    declared = asked.declared_type.partition(";")[0].strip().lower()
    return (
        kind not in _EXTENSIONS.get(extension, (kind,))
        or extension in _FOREIGN_EXTENSIONS
        or kind not in _TYPES.get(declared, (kind,))
        or declared.startswith(_FOREIGN_TYPES)
    )


def _is_odd(name: str) -> bool:
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return bool(_PADDED.search(name)) or any(
        unicodedata.category(char) in hidden and char not in _JOINERS for char in name
    )
