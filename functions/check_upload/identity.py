"""Compare whom a file names with the form's patient. The verdict is kept, never the name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from check_upload.inspection.result import Person
from intake.findings import ABSENT, DIFFERS, MATCH

# What Unicode does not take apart, and how passports write it (ICAO 9303-3, section 6).
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
# And what people write where the dots are missing.
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Within a word, where scanners leave them out: O'Brien is OBRIEN, Smith-Jones SMITHJONES.
_JOINING = dict.fromkeys(
    (
        *(ord(each) for each in "'`-"),
        0x00B4,  # acute accent
        *range(0x2010, 0x2016),  # hyphens and dashes
        *(0x2018, 0x2019, 0x02BC),  # quotation marks, letter apostrophe
    )
)
# Canonical combining classes from here on are accents; below are vowel signs, tones and the like.
_ACCENTS = 200
# They name nobody, so that two who share one share nothing.
_LATIN_TITLES = ("mr", "mrs", "ms", "miss", "dr", "prof", "jr", "sr", "md", "phd", "herr", "frau")
_TITLES = frozenset((*_LATIN_TITLES, "นาย", "นาง", "นางสาว", "คุณ"))
_NOBODY = re.compile(r"anonym|unknown|deidentif|nobody|noname|unnamed")
# Written by machines where no date is known.
_NO_BIRTH_DATES = frozenset({"1900-01-01", "0001-01-01", "1800-01-01"})


def compare(people: Iterable[Person], answers: Mapping[str, Any]) -> str:
    """
    Return whether one of *people* can be the form's patient: match, differs or absent.

    Birth dates decide if both are there; names that share a word agree. Names in different scripts
    can't be compared, and say nothing. Who sent the form for somebody else is not looked at.
    """
    patient = answers.get("patient") or {}
    born = patient.get("date_of_birth")
    names = [_words(str(patient.get(field) or "")) for field in ("full_name", "name_latin")]
    verdicts = {_one(person, born, frozenset().union(*names)) for person in people}
    return next((each for each in (MATCH, DIFFERS) if each in verdicts), ABSENT)


def _one(person: Person, born: str | None, patient: frozenset[str]) -> str:
    names_agree = _agree(_words(person.name), patient)
    if born and person.birth_date and person.birth_date not in _NO_BIRTH_DATES:
        # Somebody else may be born on that day: a name that can be compared has its say.
        return DIFFERS if person.birth_date != born or names_agree is False else MATCH
    if names_agree is None:
        return ABSENT
    return MATCH if names_agree else DIFFERS


def _agree(one: frozenset[str], other: frozenset[str]) -> bool | None:
    """Tell whether names share a word; None if no script occurs in both."""
    common = {_script(word) for word in one} & {_script(word) for word in other}
    if not common:
        return None
    return any(_same(a, b) for a in one for b in other)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    # Such scripts need no spaces: a title or the family name may be written onto the given name.
    unspaced = _script(one) == _script(other) not in {"LATIN", "CYRILLIC", "GREEK", "ARABIC"}
    shorter, longer = sorted((one, other), key=len)
    return unspaced and len(shorter) > 1 and shorter in longer


def _words(name: str) -> frozenset[str]:
    """
    Return the words of a name, folded, in all its spellings.

    DICOM writes up to three of them with = between, and ^ between a name's parts (PS3.5, 6.2).
    """
    if _NOBODY.search(name.casefold()):
        return frozenset()
    plain = name.casefold()
    joined = plain.translate(_JOINING)
    spellings = {
        _folded(each.translate(table)) for each in (plain, joined) for table in ({}, _SPELLED_OUT)
    }
    parts = {part for spelling in spellings for part in _split(spelling)}
    # An initial fits too many.
    return frozenset(
        part for part in parts - _TITLES if len(part) > 1 or _script(part) not in {"LATIN", ""}
    )


def _split(folded: str) -> list[str]:
    """Split where neither a letter nor a mark on one stands."""
    spaced = "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in folded)
    return spaced.split()


def _folded(name: str) -> str:
    """Return *name* without accents; a mark that is a vowel or makes another letter stays."""
    apart = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    plain = "".join(c for c in apart if unicodedata.combining(c) < _ACCENTS)
    return unicodedata.normalize("NFC", plain)


def _script(word: str) -> str:
    """Return the first word of a letter's Unicode name, which is its script."""
    script = unicodedata.name(word[0], "").partition(" ")[0] if word else ""
    return "HAN" if script in {"CJK", "KANGXI"} else script
