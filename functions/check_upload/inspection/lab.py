"""
Lab exports: which panels they hold, and from when. Nothing in them is trusted for whose they are.

They are data for programs, so a few names and dates are all that is read. What a document refers
to (style sheets, attachments, other documents) is never fetched.
"""

from __future__ import annotations

from collections.abc import Callable

from check_upload.inspection import ccda, fhir, oru
from check_upload.inspection.panels import Panels
from check_upload.inspection.result import (
    CLEAN,
    MOST_PANELS,
    UNFINISHED,
    Inspection,
    Reader,
    WithheldError,
)
from intake.findings import FROM_LAB, Facts

# A year of results with pictures of the lab's paper inside is about 2 MB, scans in it far more.
MOST_BYTES = 16_000_000
_READERS: dict[str, Callable[[bytes], Panels]] = {
    "fhir": fhir.panels,
    "ccda": ccda.panels,
    "hl7": oru.panels,
}


def inspect_lab(reader: Reader, kind: str) -> Inspection:
    """
    Return what an export of this *kind* (fhir, ccda or hl7) holds.

    RefusedError for one that is not whole, WithheldError for one that is too large to tell.
    """
    if reader.size > MOST_BYTES:
        raise WithheldError(UNFINISHED)  # nothing is known to be wrong with it
    found = _READERS[kind](reader.read(0, reader.size))
    newest = max(found.dates, default=None)
    facts = Facts(
        date=newest,
        date_source=FROM_LAB if newest else None,
        panels=tuple(found.names)[:MOST_PANELS],
    )
    return Inspection(CLEAN, kind=kind, facts=facts)
