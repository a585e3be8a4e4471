"""What is a program or an archive, by name and first bytes: in archives, and behind files."""

from __future__ import annotations

import re

# What Windows, macOS or Linux runs or installs, and what a viewer brings along.
_PROGRAMS = (
    *(".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".cpl", ".msi", ".msp", ".dll", ".ocx"),
    *(".sys", ".drv", ".inf", ".lnk", ".reg", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh"),
    *(".hta", ".ps1", ".psm1", ".chm", ".swf", ".jnlp", ".class", ".sh", ".command", ".so"),
    *(".dylib", ".app", ".pkg", ".deb", ".rpm", ".apk", ".py", ".pl"),
)
# Archives by their making, programs by their use: the viewers on many discs consist of them.
_PACKED_PROGRAMS = (".jar", ".war", ".cab", ".apk", ".msi", ".xpi", ".pack.gz", ".jar.xz")
_RUNS = (
    b"MZ",  # Windows
    b"\x7fELF",  # Linux
    b"#!",
    *(b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf"),  # macOS, Java
    *(b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    b"MSCF",  # Windows cabinets
    b"L\0\0\0\x01\x14\x02\0",  # Windows shortcuts
)

_ARCHIVES = (
    *(".zip", ".zipx", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".tbz2", ".xz", ".lzma"),
    *(".zst", ".arj", ".lzh", ".ace", ".iso", ".nrg", ".dmg", ".wim", ".vhd"),
    *(".vhdx", ".vmdk", ".img", ".mdf", ".toast"),
)
_PACKED = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"),
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",  # gzip
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",  # Zstandard
    *(b"vhdxfile", b"conectix"),  # discs of Windows
)
_TAR_AT, _TAR = 257, b"ustar"
# Text and tables are archives too, to programs that look no closer; nobody unpacks them.
_OFFICE = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".pages", ".numbers", ".epub")
_PDF, _PDF_WITHIN = b"%PDF-", 1024  # where readers look for it (ISO 32000-1, annex H.3.4.1)
_PAGE = re.compile(rb"<(?:script|html|!doctype\s+html|svg|iframe)[\s>/]", re.IGNORECASE)
# How much of what stands behind a file `is_something` wants to see.
ENOUGH = 4096


def is_something(start: bytes) -> bool:
    """Tell whether what stands behind a file is one itself, which runs, opens or unpacks."""
    is_named = start.startswith((*_RUNS, *_PACKED)) or _PDF in start[: _PDF_WITHIN + len(_PDF)]
    return is_named or bool(_PAGE.search(start))


def is_program(name: str, start: bytes) -> bool:
    """Tell whether a file of unknown kind may be run, whatever it is called."""
    return name.lower().endswith((*_PROGRAMS, *_PACKED_PROGRAMS)) or start.startswith(_RUNS)


def is_archive(name: str, start: bytes) -> bool:
    """Tell whether a file of unknown kind holds other files that somebody would unpack."""
    if name.lower().endswith(_OFFICE):
        return False
    is_packed = start.startswith(_PACKED) or start[_TAR_AT:].startswith(_TAR)
    return is_packed or name.lower().endswith(_ARCHIVES)
