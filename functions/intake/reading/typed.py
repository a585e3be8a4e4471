"""What somebody typed into one control, as the value that the schema asks for, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from intake.errors import MalformedError
from intake.reading.dotted import ABSENT, Node
from intake.widgets import DATE_BOXES, type_of, widget

_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
# A comma too, because the number pad of many phones offers nothing else; never three digits
# behind it, since 1,000 may be a thousand.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15}|,[0-9]{1,2})?")
_TRUE = frozenset({"on", "true"})
_FALSE = frozenset({"off", "false"})
# Line breaks stay: nobody can type one into a single line, so one that comes is refused.
_BLANKS = " \t\u00a0\u3000"
# The Arabic decimal separator, the minus as printed, marks of direction that nobody sees, and
# ASCII in full width.
_SIGNS = str.maketrans(
    {
        "\u066b": ".",
        "\u2212": "-",
        "\u200e": "",
        "\u200f": "",
        "\u061c": "",
        **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},
    }
)
_IN_PHONE_NUMBERS = str.maketrans("", "", " \u00a0()-.")


def scalar(text: str, schema: Mapping[str, Any]) -> Any:
    """
    Give *text* the type of *schema*; ABSENT if it is blank.

    Text that can't have the type stays as it is, so that the schema refuses it and the page
    shows it again.
    """
    if widget(schema) == "textarea":
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else ABSENT
    text = text.strip(_BLANKS)
    if widget(schema) == "tel":
        text = plain_digits(text).translate(_IN_PHONE_NUMBERS)
    return _typed(text, type_of(schema)) if text else ABSENT


def plain_digits(text: str) -> str:
    """
    Return *text* with the digits and signs of a number as ASCII has them.

    People type the digits of their keyboard: Arabic-Indic, Persian, Thai, full-width.
    """
    if text.isascii():
        return text
    folded = text.translate(_SIGNS)
    return "".join(str(unicodedata.decimal(each, each)) for each in folded)


def _typed(text: str, kind: str) -> Any:
    if kind in {"integer", "number"}:
        return _number(plain_digits(text).strip(), kind, text)
    if kind == "boolean" and text in _TRUE | _FALSE:
        return text in _TRUE
    return text


def _number(text: str, kind: str, typed: str) -> int | float | str:
    if _INTEGER.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    return typed


def date_from_boxes(node: Node, kind: str) -> Any:
    """
    Join the boxes of a date to stored text, such as 2011, 2011-05 or 1971-02-03.

    What is no date becomes a text that is none; ABSENT if all boxes are blank.
    """
    boxes = DATE_BOXES[kind]
    if node.values or node.children.keys() - set(boxes):
        raise MalformedError
    typed = [_box(node.children.get(box, Node()).only, box) for box in boxes]
    if not any(typed):
        return ABSENT
    while kind == "partial-date" and not typed[-1]:
        typed.pop()
    return "-".join(typed)


def boxes_of_date(text: Any, kind: str) -> dict[str, str]:
    """Return what stands in the boxes of a date: the reverse of `date_from_boxes`."""
    boxes = DATE_BOXES[kind]
    typed = str(text).split("-", len(boxes) - 1) if text not in {None, ""} else []
    return dict(zip(boxes, [*typed, "", "", ""], strict=False))


def _box(text: str, box: str) -> str:
    # "-" parts the boxes, and the page must find each again.
    text = plain_digits(text).strip(_BLANKS).replace("-", "/")
    one_digit = len(text) == 1 and text.isascii() and text.isdigit()
    return f"0{text}" if one_digit and box != "year" else text
