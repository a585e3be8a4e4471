"""PDFs: they open without a password and without repair, and nothing in them acts."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, BinaryIO, cast

import pikepdf

from check_upload.inspection import acting, kinds
from check_upload.inspection.result import (
    CLEAN,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stream import Stream
from intake.findings import FROM_PDF, Facts

_DAMAGED, _LOCKED, _ACTIVE = "file_damaged", "pdf_locked", "pdf_active"
_OPENS, _SCANNED, _TRAILING = "opens_itself", "scanned_pages", "trailing_bytes"
_END = b"%%EOF"
_NEAR_END = 4096
# Bytes. A larger file of text has more objects than memory holds, and one of pictures has few.
_MOST_HELD = 16 * 2**20
# What qpdf says of a page that leaves out what has a default: every program shows it all the same.
# And of an xref stream that does not list itself, as many programs write when they add to a file.
_NO_HARM = re.compile(
    r": kid \d+ \(from \d+\) |xref entry for the xref stream itself is missing - a common error "
    r"handled correctly by qpdf and most other applications$"
)
_DATE = re.compile(r"D?:?(\d{4})(\d{2})(\d{2})")
_FIRST_PDF = 1993


def inspect_pdf(reader: Reader) -> Inspection:
    """
    Return pages and date of a PDF that only shows pages.

    A file that needs repair is refused: every program repairs in its own way, so what we walked
    would not be what the doctor's shows. A password that only forbids printing or copying opens
    for everybody, here and there, and is no reason to send somebody away.
    """
    stream = Stream(reader)
    flags = []
    with _opened(stream) as pdf:
        try:
            seen = acting.walk(pdf)
            odd = [each for each in pdf.get_warnings() if not _NO_HARM.search(str(each))]
            pages = len(pdf.pages)
            created = _created(pdf)
        except (pikepdf.PdfError, pikepdf.DataDecodingError) as error:
            raise RefusedError(_DAMAGED) from error
        if not pages or odd:
            raise RefusedError(_DAMAGED)
    if seen.acts:
        raise RefusedError(_ACTIVE)
    if seen.opens_itself:
        flags.append(_OPENS)
    if seen.images and not seen.fonts:
        flags.append(_SCANNED)
    tail = stream.at(max(stream.size - _NEAR_END, 0), _NEAR_END)
    behind = tail.rpartition(_END)[2]
    if kinds.is_another_thing(behind):
        raise WithheldError("two_things")
    if behind.strip(kinds.EMPTY):
        flags.append(_TRAILING)
    facts = Facts(
        pages=pages,
        date=created,
        date_source=FROM_PDF if created else None,
        flags=tuple(flags),
    )
    return Inspection(CLEAN, kind="pdf", facts=facts)


def _opened(stream: Stream) -> Any:
    file = stream.held() if stream.size <= _MOST_HELD else cast("BinaryIO", stream)
    try:
        return pikepdf.open(file, attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise RefusedError(_LOCKED) from error
    except pikepdf.PdfError as error:
        # A certificate instead of a password, or a cipher of one maker's own.
        locked = b"/Encrypt" in stream.at(max(stream.size - _NEAR_END, 0), _NEAR_END)
        raise RefusedError(_LOCKED if locked else _DAMAGED) from error


def _created(pdf: Any) -> str | None:
    """Return when the file was made (ISO 32000-1, 7.9.4): a weak hint at the document's date."""
    info = pdf.trailer.get("/Info")
    stated = info.get("/CreationDate") if isinstance(info, pikepdf.Dictionary) else None
    found = _DATE.match(str(stated)) if isinstance(stated, pikepdf.String) else None
    try:
        made = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return made.isoformat() if made and made.year >= _FIRST_PDF else None
