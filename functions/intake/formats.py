"""Dates, numbers and names of places and languages, as a locale writes them (CLDR, by Babel)."""

# Babel is imported where it is used: it costs 60 ms, and a JSON post needs none of it.
# ruff: noqa: PLC0415

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale


# Day before month and a 24 hour clock: "11/12" must mean one day to every reader.
_FORMATTED_AS = {"en": "en_GB"}
_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte")
_STEP = 1000
_SMALL = 10
_THOUSAND = 1000
# One kind of digits in a text, whoever reads it: phone numbers, references, dates as typed and
# the boxes to type into have these, and who lives abroad reads them. Browsers are told the same.
_DIGITS = "latn"
# A page names 250 countries and some languages, and sorts them, anew for each reader.
_LOCALES, _NAMES = 256, 4_096
_THAI_LEADING_VOWELS = frozenset("เแโใไ")


@dataclass(frozen=True)
class Formats:
    """How one locale (a BCP 47 tag, such as "th") writes things."""

    locale: str

    @property
    def direction(self) -> str:
        """Either ltr or rtl, for HTML's `dir`."""
        return str(self._babel.text_direction)

    @property
    def year_first(self) -> bool:
        """Whether a date is said as year, month, day; else as day, month, year."""
        return str(self._babel.datetime_skeletons["yMd"].pattern).startswith("y")

    @property
    def in_browsers(self) -> str:
        """The tag for a page's script: days and numbers are written as here, of the common era."""
        tag = _FORMATTED_AS.get(self.locale, self.locale).replace("_", "-")
        return f"{tag}-u-ca-gregory-nu-{_DIGITS}"

    @property
    def own_name(self) -> str:
        """What the language calls itself."""
        found = self._babel.languages.get(self.locale.replace("-", "_"))
        return str(found or self._named(self.locale, self.locale)).capitalize()

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """Write a moment as in "Tue 24 Nov 17:00"; which zone that is, `zone_name` tells."""
        from babel.dates import format_skeleton, format_time

        there, locale = at.astimezone(zone), self._babel
        day = format_skeleton("MMMEd", there, locale=locale)
        return f"{day} {format_time(there, 'HH:mm', locale=locale)}"

    def zone_name(self, zone: ZoneInfo) -> str:
        """Name the place of a zone: "Bangkok"."""
        from babel.dates import get_timezone_location

        return str(get_timezone_location(zone, locale=self._babel, return_city=True))

    def day(self, partial_date: str) -> str:
        """Write a stored date of any precision: "24 Nov 2026", "Nov 2026" or "2026"."""
        from babel.dates import format_skeleton

        parts = [int(part) for part in partial_date.split("-")]
        year, month, day = (*parts, 1, 1)[:3]
        moment = datetime(year, month, day)  # noqa: DTZ001  a calendar day has no zone
        skeleton = ("y", "yMMM", "yMMMd")[len(parts) - 1]
        return str(format_skeleton(skeleton, moment, locale=self._babel))

    def number(self, value: float) -> str:
        """Write a number: "1,234.5"."""
        # Every locale writes these alike, and most limits are such.
        if isinstance(value, int) and 0 <= value < _THOUSAND:
            return str(value)
        from babel.numbers import format_decimal

        return str(format_decimal(value, locale=self._babel, numbering_system=_DIGITS))

    def plural(self, count: int) -> str:
        """Return CLDR's plural category for so many: zero, one, two, few, many or other."""
        return str(self._babel.plural_form(count))

    def size(self, size: int) -> str:
        """Write a number of bytes for people: "4.2 MB"."""
        from babel.units import format_unit

        amount, unit = float(size), 0
        # What would be rounded to a thousand is one of the next.
        while round(amount) >= _STEP and unit < len(_UNITS) - 1:
            amount, unit = amount / _STEP, unit + 1
        # CLDR's German writes one out ("1 Mbyte"): 1.0, which is shown as 1, is not one to it.
        rounded = Decimal(f"{amount:.1f}" if amount < _SMALL and unit else f"{amount:.0f}")
        name = f"digital-{_UNITS[unit]}"
        if not unit:
            # Bytes have a plural only where they are written out, which not each locale does.
            written = str(format_unit(rounded, name, "long", locale=self._babel))
            if name not in written:
                return written
        return str(format_unit(rounded, name, "short", locale=self._babel))

    def territory(self, code: str) -> str:
        """Name a country by its ISO 3166 code."""
        return str(self._babel.territories[code])

    def language(self, tag: str) -> str:
        """Name a language by its BCP 47 tag; one that CLDR can't name stays a tag."""
        return self._named(tag, self.locale)

    def in_order(self, named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Sort (value, name) pairs by name, as readers look for them."""
        key = _by_sound if self.locale == "zh-Hans" else _collation_key
        return sorted(named, key=lambda pair: key(pair[1]))

    @property
    def _babel(self) -> Locale:
        return _locale(_FORMATTED_AS.get(self.locale, self.locale))

    @staticmethod
    def _named(tag: str, reader: str) -> str:
        from babel import UnknownLocaleError

        try:
            return _locale(tag).get_display_name(_locale(reader)) or tag
        except (ValueError, UnknownLocaleError):
            return tag


@lru_cache(_LOCALES)
def _locale(tag: str) -> Locale:
    from babel import Locale

    return Locale.parse(tag.replace("-", "_"))


def _by_sound(name: str) -> bytes:
    """Return what to sort Chinese by: GB 2312 has the common characters in order of pinyin."""
    return name.encode("gb18030")


@lru_cache(_NAMES)
def _collation_key(name: str) -> str:
    """
    Return what to sort *name* by: without accents and case, Thai vowels behind their consonant.

    A small part of the Unicode Collation Algorithm, for lists in one script.
    """
    letters = [
        letter
        for letter in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(letter)
    ]
    for place in range(len(letters) - 1):
        if letters[place] in _THAI_LEADING_VOWELS:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)
