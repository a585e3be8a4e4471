"""C-CDA documents (HL7 CDA R2; C-CDA R2.1, results section), as patient portals export them."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from check_upload.inspection.panels import Panels, bound
from check_upload.inspection.result import RefusedError, WithheldError

_CDA = "{urn:hl7-org:v3}"
_RESULTS = "30954-2"  # LOINC, of the results section
# A browser that opens the document would run what stands under these names.
_PROGRAMS = ("{http://www.w3.org/1999/", "{http://www.w3.org/2000/svg}")
_INLINE_STYLE = re.compile(rb"<\?xml-stylesheet[^>]*(?:data|javascript):", re.IGNORECASE)


def panels(content: bytes) -> Panels:
    """Read the result organizers of a document that refers to nothing and runs nowhere."""
    bound(content, b"<", b"=")
    if b"\0" in content:
        raise RefusedError("file_damaged")  # UTF-16, in which nothing below would be seen
    if _INLINE_STYLE.search(content):
        raise WithheldError("two_things")
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        # No such document declares anything: entities read files, or grow without end.
        raise RefusedError("unknown_kind") from None
    except (ParseError, ValueError, LookupError):
        raise RefusedError("file_damaged") from None
    if root.tag != f"{_CDA}ClinicalDocument":
        raise RefusedError("unknown_kind")
    if any(each.tag.startswith(_PROGRAMS) for each in root.iter()):
        raise WithheldError("two_things")
    found = Panels()
    for section in root.iter(f"{_CDA}section"):
        code = section.find(f"{_CDA}code")
        if code is not None and code.get("code") == _RESULTS:
            for organizer in section.findall(f"{_CDA}entry/{_CDA}organizer"):
                found.name(_shown(organizer))
                _times(organizer, found)
    return found


def _shown(organizer: Element) -> str | None:
    code = organizer.find(f"{_CDA}code")
    if code is None:
        return None
    translated = (each.get("displayName") for each in code.iter(f"{_CDA}translation"))
    written = code.findtext(f"{_CDA}originalText")
    return code.get("displayName") or written or next(filter(None, translated), None)


def _times(organizer: Element, found: Panels) -> None:
    # By fixed paths, so that one that nests them a thousandfold costs no more.
    own, observed = f"{_CDA}effectiveTime", f"{_CDA}component/{_CDA}observation/"
    for time in (*organizer.findall(own), *organizer.findall(observed + own)):
        for place in (time, time.find(f"{_CDA}low"), time.find(f"{_CDA}high")):
            found.date(None if place is None else place.get("value"))
