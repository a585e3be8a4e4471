r"""
How files begin: what the page's script tells apart before a byte is sent.

Hints for people; the inspection decides, by the same first bytes. Patterns are JavaScript's, of a
text with one letter for each byte. The first that fits counts.
"""

from __future__ import annotations

# As the script names what it recognises. DICOM and ISO 9660 it finds by itself: their marks stand
# far behind the start.
KINDS = {
    "application/dicom": "dicom",
    "application/zip": "zip",
    "application/x-iso9660-image": "iso",
    "application/pdf": "pdf",
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/tiff": "tiff",
    "image/heic": "heic",
    "application/fhir+json": "fhir",
    "application/xml": "ccda",
    "x-application/hl7-v2+er7": "hl7",
}
STARTS = {
    # Office documents are no ZIP for us: nobody looks inside.
    "unknown": r"^PK[^]{28}(\[Con|_rels/|docP|word/|xl/|ppt/|mimetypea)",
    "pdf": r"^%PDF-",
    "jpeg": r"^\xff\xd8\xff",
    "png": r"^.PNG\r\n\x1a\n",
    "tiff": r"^(II\*\0|MM\0\*)",
    "zip": r"^PK(\x03\x04|\x05\x06)",
    # By its own brand, or one among several.
    "heic": r"^[^]{4}ftyp([^]{4}){0,60}?hei[cmsx]",
    "fhir": r'^[^\w{]*{[^]*"resourceType"\s*:\s*"Bundle"',
    "ccda": r"^[^\w<]*(?=<)[^]*<([\w.-]+:)?ClinicalDocument[\s>]",
    "hl7": r"^\W*(MSH|FHS|BHS)\|",
}
# DICOM's character sets (PS3.3, C.12.1.1.2) and what browsers call them. One that is not here is
# not read: a wrong name would be worse than none.
WRITINGS = {
    "": "utf-8",
    "ISO_IR 192": "utf-8",
    "ISO_IR 100": "latin1",
    "ISO_IR 166": "tis-620",
}
