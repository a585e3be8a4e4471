"""Where a link in a PDF leads, when somebody clicks on it (ISO 32000-2, 12.6.4.8)."""

from __future__ import annotations

import codecs
import re
from typing import Any

import pikepdf

# What runs, installs or opens something on the reader's own machine, or sends its password off.
# Whatever else looks like a scheme ("doi:", "Tel.:", "www.clinic.example:80") leads nowhere bad.
_RUNS = (
    *("javascript", "vbscript", "livescript", "mocha", "jscript", "data", "blob", "file", "shell"),
    *("jar", "res", "mk", "mhtml", "view-source", "hcp", "help", "its", "search", "search-ms"),
    *("smb", "cifs", "nfs", "afp", "dav", "davs", "webdav", "ldap", "ldaps", "telnet", "ssh"),
    *("sftp", "rdp", "vnc", "x-apple[a-z.-]*", "itms-[a-z]*", "intent", "android-app", "chrome"),
    *("edge", "about", "wscript", "cmd", "powershell", "ms-[a-z.-]*", "[a-z]"),  # "c:" is a drive
)
_ACTS = re.compile(rf"(?:(?:{'|'.join(_RUNS)}):|[/\\]{{2}}|\\)", re.IGNORECASE)
_WEBSITE = re.compile(r"https?://[^/\\]", re.IGNORECASE)
_WRAPPER = re.compile(r"(?:ur[li]:)+", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF8, "utf-8"),
)


def acts(link: Any) -> bool:
    """
    Tell whether what stands under /URI does more than lead to a website, a mail or a number.

    In the catalogue it may hold the base of all links (7.7.2), and some readers only put the two
    together: so a base is a website's, whole, or "java" would make a script out of "script:".
    """
    if isinstance(link, pikepdf.Dictionary):
        base = link.get("/Base")
        return base is not None and not (
            isinstance(base, pikepdf.String) and _WEBSITE.match(_text(base))
        )
    return isinstance(link, pikepdf.String) and bool(_ACTS.match(_text(link)))


def _text(link: pikepdf.String) -> str:
    """Return the text as a browser takes it: without spaces and controls, in any encoding."""
    content = bytes(link)
    mark, encoding = next(
        (each for each in _MARKS if content.startswith(each[0])), (b"", "latin-1")
    )
    text = content[len(mark) :].decode(encoding, "replace")
    return _WRAPPER.sub("", "".join(char for char in text if char > " "), count=1)
