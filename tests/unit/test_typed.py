# ruff: noqa: RUF001  these digits look like letters to it
"""What people type into numbers, dates and telephones, in the digits of their keyboard."""

from __future__ import annotations

import pytest

from intake.reading.dotted import Node
from intake.reading.typed import date_from_boxes, scalar

NUMBER, INTEGER = {"type": "number"}, {"type": "integer"}
PHONE = {"type": "string", "x-widget": "tel"}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("typed", "schema", "meant"),
    [
        ("١٢", INTEGER, 12),  # Arabic-Indic
        ("۱۲", INTEGER, 12),  # Persian
        ("๑๒", INTEGER, 12),  # Thai
        ("１２", INTEGER, 12),  # full-width
        ("１２．５", NUMBER, 12.5),
        ("١٢٫٥", NUMBER, 12.5),
        ("๑๒,๕", NUMBER, 12.5),
        ("−3", INTEGER, -3),
        ("\u200e12\u200f", INTEGER, 12),
        ("＋６６ ８１ ２３４ ５６７８", PHONE, "+66812345678"),
        ("+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", PHONE, "+966501234567"),
    ],
)
def test_digits_of_every_keyboard_are_numbers(typed, schema, meant):
    assert scalar(typed, schema) == meant


@pytest.mark.parametrize("typed", ["½", "Ⅻ", "²", "一二", "१२ या १३", "1e3", "١٬٠٠٠"])
def test_what_is_no_number_stays_as_it_was_typed(typed):
    assert scalar(typed, NUMBER) == typed


def test_other_texts_keep_their_digits():
    assert scalar("ห้อง ๑๒", TEXT) == "ห้อง ๑๒"


def test_dates_may_be_typed_in_them():
    node = Node.tree([("day", "٧"), ("month", "๓"), ("year", "۱۹۶۸")], [])

    assert date_from_boxes(node, "date") == "1968-03-07"
