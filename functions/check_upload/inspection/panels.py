"""What is read out of a lab export, and how much of one is read at all."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from check_upload.inspection.result import UNFINISHED, WithheldError

# Every part costs a Python object of 100 to 500 bytes, whatever little it says. Sound exports of
# 9,000 results, or with a mark at every word, have a quarter of a million.
MOST_PARTS = 450_000
_LONGEST_NAME = 80
_UNSHOWN = {"Cf", "Co", "Cn", "Cs"}  # what turns or hides text, and what is no character
_DAY = re.compile(r"\A(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_BREAKS = {"Cc", "Zl", "Zp"}


@dataclass
class Panels:
    """Names and dates. A document may repeat a name; the order of the first ones is kept."""

    names: dict[str, None] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)

    def name(self, text: object) -> None:
        """Take the name of a panel, without what a page could not show as one line."""
        if isinstance(text, str):
            plain = "".join(
                " " if unicodedata.category(char) in _BREAKS else char
                for char in text[: 4 * _LONGEST_NAME]
                if unicodedata.category(char) not in _UNSHOWN
            )
            short = " ".join(unicodedata.normalize("NFC", plain).split())[:_LONGEST_NAME].strip()
            if short:
                self.names[short] = None

    def date(self, text: object) -> None:
        """Take a whole day as FHIR or HL7 writes it; a month or a year alone dates nothing."""
        if isinstance(text, str):
            try:
                self.dates.append(date(*map(int, _DAY.findall(text)[0])).isoformat())
            except (ValueError, IndexError):
                return


def bound(content: bytes, *marks: bytes, weight: int = 1) -> None:
    """
    Leave *content* in which these *marks*, one per part at least, are too many to a person.

    *weight* is what a part of this format costs, in parts of the others.
    """
    if sum(content.count(mark) for mark in marks) * weight > MOST_PARTS:
        raise WithheldError(UNFINISHED)
