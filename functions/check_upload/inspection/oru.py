"""HL7 v2 observation messages (chapter 2: encoding; chapter 7: ORU^R01), alone or in batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import hl7

from check_upload.inspection.panels import Panels, bound
from check_upload.inspection.result import RefusedError

_BREAK = re.compile(r"[\r\n]+")
_FRAME = "\x0b\x1c\r\n"  # what MLLP puts around a message
# A sender may choose other separators. None does, and these are the ones that are counted.
_HEADER = re.compile(r"MSH\|\^~\\&#?\|")
_WEIGHT = 2  # a field is a container, and has one in it
_ORDER, _RESULT = "OBR", "OBX"
_OBSERVATIONS = "ORU"


def panels(content: bytes) -> Panels:
    """Read the orders and results of every observation message."""
    bound(content, b"|", b"^", b"~", b"&", b"\r", b"\n", weight=_WEIGHT)
    found, messages, results = Panels(), 0, 0
    for message in _messages(content):
        messages += 1
        for segment in message:
            name = str(segment[0])
            if name == _ORDER:
                found.name(_part(segment, 4, 2) or _part(segment, 4, 5) or _part(segment, 4, 1))
                found.date(_part(segment, 7))
            elif name == _RESULT:
                results += 1
                found.date(_part(segment, 14))
    if not messages:
        raise RefusedError("unknown_kind")
    if not results:
        raise RefusedError("file_damaged")  # orders without an answer: the end is missing
    return found


def _messages(content: bytes) -> Iterator[Iterable[Any]]:
    """Yield the parsed observation messages; FHS, BHS and their ends only stand around them."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # close enough for what other senders mean
    blocks: list[list[str]] = []
    for line in _BREAK.split(text):
        segment = line.strip(_FRAME)
        if _HEADER.match(segment):
            blocks.append([segment])
        elif blocks and segment[:3] in {_ORDER, _RESULT}:
            blocks[-1].append(segment)
    for block in blocks:
        try:
            message = hl7.parse("\r".join(block))
        except (hl7.HL7Exception, ValueError, LookupError, AssertionError):
            raise RefusedError("file_damaged") from None
        if _part(message[0], 9) == _OBSERVATIONS and _part(message[0], 9, 2) in {"R01", ""}:
            yield message


def _part(segment: Any, number: int, component: int = 1) -> str:
    """Return one component of a field, or "" where it has none."""
    try:
        return str(segment.extract_field(field_num=number, component_num=component))
    except (LookupError, ValueError, AssertionError):
        return ""
